"""Chromium as people have it, watched: any error or any request to elsewhere fails a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page


@pytest.fixture
def open_page(chromium: Browser, service: Any) -> Iterator[Callable[..., Page]]:
    """Open a path of the service in a page of its own; complaints of the page fail the test at its end."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_(path: str, **context: Any) -> Page:
            given = {"locale": "en-US", "viewport": {"width": 1280, "height": 800}, **context}
            opened = chromium.new_context(**given)
            stack.callback(opened.close)
            page = opened.new_page()
            page.on(
                "console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None
            )
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("request", lambda request: _only_here(request.url, service.url, complaints))
            page.goto(service.url + path)
            return page

        yield open_
        assert complaints == []


def _only_here(url: str, here: str, complaints: list[str]) -> None:
    if not url.startswith((f"{here}/", "data:", "blob:")):
        complaints.append(f"asked elsewhere: {url}")
