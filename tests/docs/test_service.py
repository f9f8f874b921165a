"""What docs/service.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

from api.app import create_app
from api.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "service.md"


def test_every_operation_that_is_named_exists(tmp_path: Path) -> None:
    paths = create_app(Settings(workspace=tmp_path)).openapi()["paths"]
    named = re.findall(r"(GET|POST|PUT|DELETE) (/[\w/{}-]+)", PAGE.read_text("utf-8"))
    missing = [f"{method} {path}" for method, path in named if method.lower() not in paths.get(path, {})]
    assert missing == []
    assert len(named) > 25
