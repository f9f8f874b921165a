"""Files that never change, found by what is in them.

Layout::

    objects/ab/abcd…         one file, named by its SHA-256
    trees/DIGEST/…           a folder put together of such files (links to them); can be made anew at any time

A *tree* is a folder of plain files. Its manifest (name, SHA-256 and size of every file, as canonical JSON) is itself
kept as an object, and the SHA-256 of the manifest is the digest of the tree. The same content is kept once, whoever
brings it, and content that was damaged is noticed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from data.store.database import StoreError

_CHUNK = 1024 * 1024


class ObjectStore:
    """A folder of content-addressed files. Writing the same content at the same time from several places is safe.

    Parameters
    ----------
    root
        Folder of the store; made where it is missing.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._objects, self._trees = self._root / "objects", self._root / "trees"
        for folder in (self._objects, self._trees):
            folder.mkdir(parents=True, exist_ok=True)

    def put_file(self, path: Path) -> str:
        """Take in a copy of a file and return its digest. It is on disk when this returns."""
        with path.open("rb") as source:
            return self.put_stream(source)

    def put_stream(self, source: IO[bytes], expected: str | None = None) -> str:
        """Take in what is left to read and return its digest. It is on disk when this returns.

        Parameters
        ----------
        expected
            The digest it must have: otherwise `StoreError`, and nothing is taken in.
        """
        beside = self._beside()
        seen = hashlib.sha256()
        try:
            with beside.open("xb") as target:
                while chunk := source.read(_CHUNK):
                    seen.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            digest = seen.hexdigest()
            if expected is not None and digest != expected:
                raise StoreError(f"The file {expected} is not what it was.")
            return self._keep(beside, digest)
        finally:
            beside.unlink(missing_ok=True)

    def put_bytes(self, content: bytes) -> str:
        """Take in bytes and return their digest."""
        return self.put_stream(io.BytesIO(content))

    def path(self, digest: str) -> Path:
        """Return where the file of a digest is; `StoreError` where there is none."""
        found = self._objects / digest[:2] / digest
        if not found.is_file():
            raise StoreError(f"The file {digest} is not in the store. Restore a backup.")
        return found

    def put_tree(self, folder: Path) -> str:
        """Take in a copy of a folder and return the digest of the tree."""
        return self.put_bytes(_manifest(folder, self.put_file))

    def manifest(self, digest: str) -> dict[str, tuple[str, int]]:
        """Return digest and size in bytes of every file of a tree by its name; `StoreError` where there is none."""
        try:
            content = json.loads(self.path(digest).read_bytes())
            return {name: (str(file), int(size)) for name, (file, size) in content.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise StoreError(f"The list of files {digest} is damaged. Restore a backup.") from error

    def tree(self, digest: str) -> Path:
        """Return a folder with the files of a tree, to be read only."""
        folder = self._trees / digest
        if folder.is_dir():
            return folder
        staging = self._trees / f".{digest[:12]}-{secrets.token_hex(4)}"
        try:
            for name, (file, _) in self.manifest(digest).items():
                target = staging / PurePosixPath(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                self._link(self.path(file), target)
            staging.mkdir(exist_ok=True)
            try:
                staging.rename(folder)
            except OSError:
                if not folder.is_dir():  # another one was not quicker
                    raise
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        return folder

    def has(self, digest: str) -> bool:
        """Return whether the file, or the manifest of the tree, of a digest is there."""
        return (self._objects / digest[:2] / digest).is_file()

    def digests(self) -> Iterator[str]:
        """Yield the digest of every file that is kept."""
        for shelf in sorted(self._objects.iterdir()):
            if shelf.is_dir() and len(shelf.name) == 2:
                yield from (path.name for path in sorted(shelf.iterdir()))

    def is_damaged(self, digest: str) -> bool:
        """Return whether the content of a file is no longer what it was."""
        return _digest_of_file(self.path(digest)) != digest

    def damaged(self) -> Iterator[str]:
        """Yield the digest of every file whose content is no longer what it was."""
        for digest in self.digests():
            if self.is_damaged(digest):
                yield digest

    def reachable(self, trees: Iterable[str]) -> set[str]:
        """Return the digests of everything that trees are made of, their manifests included."""
        found = set(trees)
        for tree in tuple(found):
            found |= {file for file, _ in self.manifest(tree).values()}
        return found

    def drop(self, digest: str) -> None:
        """Delete a file that nothing names."""
        (self._objects / digest[:2] / digest).unlink(missing_ok=True)

    def drop_all_but(self, keep: set[str], older_than_s: float = 0.0) -> tuple[int, int]:
        """Delete every file and tree that is not kept; return how many files went, and their bytes.

        Parameters
        ----------
        keep
            Digests of what stays.
        older_than_s
            Seconds since a file was last taken in, below which it stays too: somebody may be about to name it.
        """
        count = size = 0
        latest = time.time() - older_than_s
        for digest in list(self.digests()):
            path = self._objects / digest[:2] / digest
            found = path.stat()
            if digest in keep or found.st_mtime > latest:
                continue
            aside = self._beside()
            path.rename(aside)
            if aside.stat().st_mtime > latest:  # taken in again this very moment
                aside.rename(path)
                continue
            shutil.rmtree(self._trees / digest, ignore_errors=True)
            aside.unlink()
            count, size = count + 1, size + found.st_size
        for path in self._objects.glob(".*"):  # half a file, of a process that was killed
            if path.stat().st_mtime <= latest:
                path.unlink(missing_ok=True)
        for folder in self._trees.iterdir():
            if not self.has(folder.name) and folder.stat().st_mtime <= latest:
                shutil.rmtree(folder, ignore_errors=True)
        return count, size

    def _beside(self) -> Path:
        return self._objects / f".{secrets.token_hex(8)}"

    def _keep(self, beside: Path, digest: str) -> str:
        target = self._objects / digest[:2] / digest
        if not target.is_file():
            target.parent.mkdir(exist_ok=True)
            beside.chmod(0o444)
            beside.replace(target)
            _sync_folder(target.parent)
        else:
            os.utime(target)  # in use again: cleaning leaves what is young alone
        return digest

    @staticmethod
    def _link(source: Path, target: Path) -> None:
        try:
            os.link(source, target)
        except OSError:  # a file system without links, or too many of them
            shutil.copyfile(source, target)


def digest_of(folder: Path) -> str:
    """Return the digest that the tree of a folder has, or would have, in a store; takes nothing in."""
    return hashlib.sha256(_manifest(folder, _digest_of_file)).hexdigest()


def _manifest(folder: Path, digest: Callable[[Path], str]) -> bytes:
    files = {
        path.relative_to(folder).as_posix(): [digest(path), path.stat().st_size]
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    return json.dumps(files, sort_keys=True, ensure_ascii=False).encode("utf-8")


def _digest_of_file(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a loss of power, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
