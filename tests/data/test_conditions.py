"""Conditions on accounts and units: what they pick, and where they go wrong."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.conditions import ConditionError, columns_of, parse_condition
from data.matching import matching

FRAME = pd.DataFrame(
    {
        "segment": ["A", "B", "", " A "],
        "potential": [100_000.0, 5.0, np.nan, -1.5],
        "renewal_open": ["yes", "no", "", "TRUE"],
        "postal_code": ["01234", "50010", "", "50010"],
        "closes": ["2026-07-31", "2025-12-01", "", "2026-01-01"],
        "locked": [True, False, False, True],
        "Annual plan": ["it's", "x", 'say "x"', "y"],
    }
)


def picked(text: str) -> list[int]:
    return np.flatnonzero(matching(parse_condition(text), FRAME)).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("segment = 'A'", [0, 3]),
        ('segment == "A"', [0, 3]),
        ("SEGMENT = 'A'", [0, 3]),
        ("segment = 'a'", []),
        ("segment != 'A'", [1, 2]),
        ("segment <> 'A'", [1, 2]),
        ("segment in ('A', 'B')", [0, 1, 3]),
        ("segment not in ('A')", [1, 2]),
        ("segment is empty", [2]),
        ("segment is not empty", [0, 1, 3]),
        ("potential >= 100000", [0]),
        ("potential < 5", [3]),
        ("potential = -1.5", [3]),
        ("potential != 5", [0, 2, 3]),
        ("potential in (5, 1e5)", [0, 1]),
        ("potential is empty", [2]),
        ("renewal_open", [0, 3]),
        ("not renewal_open", [1, 2]),
        ("renewal_open = false", [1, 2]),
        ("renewal_open = 'yes'", [0]),
        ("locked and potential > 0", [0]),
        ("locked = true", [0, 3]),
        ("postal_code = 50010", [1, 3]),
        ("postal_code = '01234'", [0]),
        ("closes < '2026-07-01'", [1, 3]),
        ("[Annual plan] = 'it''s'", [0]),
        ('[annual plan] = "say ""x"""', [2]),
        ("segment = 'A' or segment = 'B' and potential > 5", [0, 3]),
        ("(segment = 'A' or segment = 'B') and potential > 4", [0, 1]),
        ("not (segment = 'A' or locked)", [1, 2]),
        ("potential>=5and locked", None),
        ("potential >= 5 AND Locked", [0]),
    ],
)
def test_what_a_condition_picks(text: str, rows: list[int] | None) -> None:
    if rows is None:
        with pytest.raises(ConditionError):
            picked(text)
    else:
        assert picked(text) == rows


@pytest.mark.parametrize(
    ("text", "position", "why"),
    [
        ("", 1, "empty"),
        ("   ", 1, "empty"),
        ("segment =", 10, "ends where a number"),
        ("segment = A", 11, "'A' stands where"),
        ("segment = 'A", 11, "not closed"),
        ("segment ~ 'A'", 9, "'~' means nothing"),
        ("(segment = 'A'", 15, "ends where ')'"),
        ("segment = 'A')", 14, "'and' or 'or'"),
        ("a in ()", 7, "')' stands where a number"),
        ("a in ('x' 'y')", 11, "',' or ')'"),
        ("a not 'x'", 7, "'in'"),
        ("a is 5", 6, "'empty'"),
        ("5 < a", 1, "name of a column"),
        ("and", 1, "name of a column"),
        ("segmnt = 'A'", 1, "There is no column 'segmnt'; there are segment, potential"),
        ("locked and potential = '5'", 12, "without quotes"),
        ("segment > 5", 1, "neither below nor above"),
        ("segment", 1, "neither yes nor no"),
        ("potential", 1, "holds numbers"),
        ("locked = 'A'", 1, "true or false"),
        ("(" * 60 + "locked" + ")" * 60, 51, "50 deep"),
        (" or ".join(["locked"] * 300), 2507, "500 words"),
        ("__import__('os').system('x')", 17, "'.' means nothing"),
        ("potential.__class__ = 1", 1, "There is no column 'potential.__class__'"),
    ],
)
def test_where_a_condition_goes_wrong(text: str, position: int, why: str) -> None:
    with pytest.raises(ConditionError, match=r"^At character") as caught:
        picked(text)
    assert why in caught.value.why
    assert caught.value.position == position
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_every_column_is_named_once_a_test() -> None:
    found = columns_of(parse_condition("a = 1 and (b or not c in ('x')) or a is empty"))
    assert [each.column for each in found] == ["a", "b", "c", "a"]


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "segment",
                "potential",
                "'A'",
                "5",
                "(",
                ")",
                "and",
                "or",
                "not",
                "in",
                "is",
                "empty",
                "=",
                "<",
                ",",
                "locked",
                "true",
                "[",
                "]",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        found = matching(parse_condition(text), FRAME)
    except ConditionError as fault:
        where = fault.position
    else:
        assert found.shape == (4,)
        assert found.dtype == bool
        where = 1
    assert 1 <= where <= len(text) + 2


LEAVES = st.sampled_from(
    ["segment = 'A'", "potential > 4", "locked", "closes < '2026-01-02'", "segment is empty"]
)


@given(LEAVES, LEAVES)
def test_conditions_obey_logic(one: str, other: str) -> None:
    assert picked(f"not ({one} and {other})") == picked(f"not {one} or not {other}")
    assert picked(f"not ({one} or {other})") == picked(f"not {one} and not {other}")
    assert picked(f"not not {one}") == picked(one)
