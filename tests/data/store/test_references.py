"""What columns point to beyond foreign keys is stated, so that backups, checks and cleaning know it."""

from __future__ import annotations

import pytest

from data.store import references, rooms
from data.store.database import metadata

assert rooms  # every room states its tables on being imported
DIGESTS = [c for table in metadata.sorted_tables for c in table.columns if c.name.endswith("digest")]


@pytest.mark.parametrize("column", DIGESTS, ids=str)
def test_every_digest_says_what_it_is_of(column: object) -> None:
    assert "object" in column.info, f"{column}: info=TREE, FILE or NO_OBJECT"  # type: ignore[attr-defined]


def test_references_lead_to_keys() -> None:
    found = references.soft_references()
    assert found
    for column, target in found:
        assert target.primary_key or target.unique, f"{column} refers to {target}, which names no single row"
