"""Every text of the workbench, from one file; pages and browser modules read the same one."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=1)
def texts() -> dict[str, str]:
    """Return every text by its key."""
    found: dict[str, str] = json.loads((Path(__file__).parent / "texts.json").read_text("utf-8"))
    return found


def text(key: str, **values: object) -> str:
    """Return one text with `values` filled in; `KeyError` where there is none."""
    return texts()[key].format(**values)
