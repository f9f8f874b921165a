"""Which column is which, as people settled it: one book for the whole service."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Connection, Integer, Table, insert, select, update

from data.exchange.mapping import MappingBook
from data.store.database import metadata

_ONLY = 1

mappings = Table(
    "mappings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("book", JSON, nullable=False),
)


def book(connection: Connection, *, lock: bool = False) -> MappingBook:
    """Return what is remembered, locked against changes by others where asked; an empty book at first."""
    wanted = select(mappings.c.book).where(mappings.c.id == _ONLY)
    found = connection.execute(wanted.with_for_update() if lock else wanted).scalar()
    return MappingBook() if found is None else MappingBook.from_dict(found)


def keep_book(transaction: Connection, kept: MappingBook) -> None:
    """Replace what is remembered."""
    content = kept.as_dict()
    changed = transaction.execute(update(mappings).where(mappings.c.id == _ONLY).values(book=content))
    if not changed.rowcount:
        transaction.execute(insert(mappings).values(id=_ONLY, book=content))
