"""One plan of the grid sample for all tests of what goes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.data.exchange.grid import write_crm_plan


@pytest.fixture(scope="session")
def crm_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a plan of the grid, beside its plan folder with record ids and ``crm.toml``."""
    return write_crm_plan(tmp_path_factory.mktemp("crm"))
