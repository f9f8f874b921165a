"""Minor units of currencies, and how amounts are written for people."""

from __future__ import annotations

from collections.abc import Mapping

USUAL_DIGITS = 2
MINOR_DIGITS: Mapping[str, int] = {
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV"), 0
    ),
    **dict.fromkeys(("XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""Digits after the point of currencies that do not have two (ISO 4217, list one, column "minor unit")."""


def minor_digits(currency: str) -> int:
    """Return how many digits after the point amounts in a currency have; 2 where it is none that has others.

    >>> minor_digits("USD"), minor_digits("JPY"), minor_digits("KWD")
    (2, 0, 3)
    """
    return MINOR_DIGITS.get(currency.upper(), USUAL_DIGITS)


def money(cents: int, currency: str = "") -> str:
    """Return an amount of minor units as people read it, e.g. ``1,234.50 USD`` or ``1,235 JPY``.

    Two digits after the point where `currency` is empty.
    """
    digits = minor_digits(currency)
    whole, part = divmod(abs(int(cents)), 10**digits)
    fraction = f".{part:0{digits}d}" if digits else ""
    return f"{'−' if cents < 0 else ''}{whole:,}{fraction}{' ' if currency else ''}{currency}"
