"""From the bytes of a text file to its text."""

from __future__ import annotations

import codecs
import re

from data.read.report import Report

_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive or a workbook (.xlsx)"),
    (b"PAR1", "a Parquet file"),
    (b"\xd0\xcf\x11\xe0", "an old or password-protected workbook (.xls)"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database or GeoPackage"),
    (b"{\\rtf", "a formatted text document (.rtf)"),
)
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_BINARY_SHARE = 0.01
"""Share of control characters above which a file is no text."""
_SAMPLE_BYTES = 1 << 20


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Return the text of `data`; None, reported, where it is no text.

    UTF-8 with or without a byte order mark is read silently; UTF-16 and UTF-32 with a mark, and Windows-1252 or
    Latin-1 for everything that is no UTF-8, with a warning.
    """
    for start, what in _SIGNATURES:
        if data.startswith(start):
            report.error(
                "binary_file",
                f"The file is not text: it looks like {what}.",
                "Save it as CSV (UTF-8), or give it the ending of its true format.",
                file=file,
            )
            return None
    for mark, encoding, name in _MARKS:
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as fault:
                report.error(
                    "encoding",
                    f"The file starts as {name} text but breaks off at byte {fault.start}.",
                    "Save it again as CSV (UTF-8).",
                    file=file,
                )
                return None
            _tell_encoding(name, text, file, report)
            return _without_nul(text, file, report)
    sample = data[:_SAMPLE_BYTES]
    if len(_CONTROL.findall(sample)) > _BINARY_SHARE * len(sample):
        odd = sample[1::2].count(0), sample[::2].count(0)
        what = "UTF-16 text without its mark" if max(odd) > 0.4 * len(sample) / 2 else "binary data"
        report.error(
            "binary_file",
            f"The file is not text: it looks like {what}.",
            "Save it as CSV (UTF-8).",
            file=file,
        )
        return None
    try:
        return _without_nul(data.decode("utf-8-sig"), file, report)
    except UnicodeDecodeError:
        pass
    try:
        text, name = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, name = data.decode("latin-1"), "Latin-1"
    _tell_encoding(name, text, file, report)
    return _without_nul(text, file, report)


def _tell_encoding(name: str, text: str, file: str, report: Report) -> None:
    """Report the encoding that was taken, with a word that shows whether it was right."""
    word = re.search(r"\w*[^\x00-\x7f]\w*", text)
    row = None if word is None else text.count("\n", 0, word.start()) + 1
    report.warning(
        "encoding",
        f"The file is not UTF-8; it was read as {name}.",
        "Look at a name with accents; if it is wrong, save the file as CSV (UTF-8).",
        file=file,
        row=row,
        value=None if word is None else word.group()[:40],
    )


def _without_nul(text: str, file: str, report: Report) -> str | None:
    """Return `text`, or None, reported, where it has NUL characters."""
    at = text.find("\0")
    if at < 0:
        return text
    report.error(
        "nul_byte",
        "There is a NUL character here, which no text has; the file is damaged or was cut while writing.",
        "Export the file again.",
        file=file,
        row=text.count("\n", 0, at) + 1,
        value="\\x00",
        count=text.count("\0"),
    )
    return None
