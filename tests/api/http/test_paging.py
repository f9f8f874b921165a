"""Pages: every row once, whatever the size of a page; cursors that are none are refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ApiError
from api.http.paging import after, after_moment, cursor, page_of


@given(st.lists(st.integers(0, 1000), unique=True), st.integers(1, 7))
def test_pages_hold_every_row_once(rows: list[int], limit: int) -> None:
    rows = sorted(rows)
    seen: list[int] = []
    given_cursor: str | None = None
    for _ in range(len(rows) + 1):
        stands = after(given_cursor, int)
        rest = [row for row in rows if stands is None or row > stands[0]]
        page = page_of(rest[: limit + 1], limit, lambda row: (row,), str)
        seen += [int(item) for item in page.items]
        given_cursor = page.next
        if given_cursor is None:
            break
    assert seen == rows


@given(st.text(max_size=40).map(lambda text: text.replace("\x00", "")), st.integers(1 - 2**31, 2**31 - 1))
def test_a_cursor_comes_back_as_it_went(name: str, number: int) -> None:
    assert after(cursor((name, number)), str, int) == (name, number)


@pytest.mark.parametrize(
    "given_cursor",
    ["", "!", "bm8", cursor((1, 2)), cursor(("a",)), cursor((True,)), cursor((2**70,)), cursor((2**31,))],
)
def test_what_is_no_cursor_of_the_list_is_refused(given_cursor: str) -> None:
    with pytest.raises(ApiError) as found:
        after(given_cursor, int)
    assert found.value.status_code == 422


def test_a_moment_comes_back_as_it_went() -> None:
    moment = datetime(2026, 3, 1, 12, 30, 1, 123456, tzinfo=UTC)
    assert after_moment(cursor((moment.isoformat(), "a"))) == (moment, "a")
    assert after_moment(None) is None


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-01T12:00:00"])
def test_a_moment_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ApiError):
        after_moment(cursor((text, "a")))
