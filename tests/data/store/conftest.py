"""A store over each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store.opening import Store
from tests.stores import KINDS, fresh_store


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Give an empty store over SQLite, and one over PostgreSQL."""
    with fresh_store(request.param, tmp_path / "store") as found:
        yield found
