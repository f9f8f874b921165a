"""Edits to JSON and back, with every problem told."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from planner.editing import ClearQuota, Edit, Lock, Move, Place, SetQuota, State, Unlock, edits_of
from planner.editing.changes import from_json
from planner.editing.edits import as_json
from planner.errors import InvalidInput

IDS = st.text(min_size=1, max_size=4)
NAMES = st.lists(IDS, min_size=1, max_size=3, unique=True).map(tuple)
PLACES = st.lists(
    st.builds(Place, IDS, st.text(max_size=3)), min_size=1, max_size=3, unique_by=lambda p: p.id
)
EDITS = st.one_of(
    st.builds(Move, IDS, PLACES.map(tuple), PLACES.map(tuple)),
    st.builds(Lock, NAMES, NAMES),
    st.builds(Unlock, NAMES, st.just(())),
    st.builds(SetQuota, IDS, st.integers(0, 2**53), st.text(max_size=3), st.text(max_size=3)),
    st.builds(ClearQuota, IDS, st.text(max_size=3), st.text(max_size=3)),
)


@given(st.lists(EDITS, min_size=1, max_size=4))
@settings(max_examples=50, deadline=None)
def test_edits_come_back_from_json(edits: list[Edit]) -> None:
    sent = json.loads(json.dumps([as_json(edit) for edit in edits]))
    assert edits_of(sent) == tuple(edits)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {"kind": st.sampled_from(["move", "lock", "unlock", "set_quota", "clear_quota"]) | JSON},
    optional=dict.fromkeys(("to", "accounts", "units", "territory", "amount_cents", "period", "other"), JSON),
)


@given(st.lists(NEARLY, max_size=3) | JSON)
@settings(max_examples=80, deadline=None)
def test_what_is_no_list_of_edits_is_refused_with_problems_and_nothing_else(stated: Any) -> None:
    with contextlib.suppress(InvalidInput):
        assert edits_of(stated)
        return
    with pytest.raises(InvalidInput) as caught:
        edits_of(stated)
    assert all(problem.column for problem in caught.value.problems)


@given(JSON)
@settings(max_examples=50, deadline=None)
def test_content_that_is_no_event_or_state_is_refused(stated: Any) -> None:
    with contextlib.suppress(ValueError):
        from_json(stated)
    with pytest.raises(ValueError, match="no state"):
        State.from_bytes(json.dumps(stated).encode())


def test_every_problem_is_told_at_its_place() -> None:
    with pytest.raises(InvalidInput) as caught:
        edits_of(
            [
                {"kind": "move", "to": "", "accounts": [{"id": "a"}]},
                {"kind": "lock", "units": ["u", "u"]},
                {"kind": "unlock"},
                {"kind": "set_quota", "territory": "T1", "amount_cents": 1.5, "colour": "red"},
                {"kind": "burn"},
            ]
        )
    told = {problem.column: problem.why for problem in caught.value.problems}
    assert told.keys() == {
        "edits[0].to",
        "edits[0].accounts",
        "edits[1].units",
        "edits[2].accounts",
        "edits[3].amount_cents",
        "edits[3].colour",
        "edits[4].kind",
    }
    assert "1.5" in told["edits[3].amount_cents"]
    assert "named twice" in told["edits[1].units"]
