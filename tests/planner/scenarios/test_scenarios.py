"""Scenarios: written down and read back, put together in any order, and told what is wrong with them."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.data_changes import Growth as GrowthOfData
from planner.data_changes import RulePattern
from planner.demands import AskedRule, Band, BudgetRule, RegionRules, Span
from planner.errors import InvalidInput
from planner.scenario import QuotaSettings, Scenario
from planner.scenarios import (
    KINDS,
    Change,
    Known,
    NamedChanges,
    apply,
    canonical,
    changes_from_json,
    check,
    describe,
    from_toml,
    named_from_json,
    to_json,
    to_toml,
)
from planner.scenarios.goals import DisruptionPrice, Effort, Method, Objective
from planner.scenarios.holding import AddRule, Exclude, Lock, RemoveRule, Unlock
from planner.scenarios.limits import DropBand, DropBudget, SetBand, SetBudget
from planner.scenarios.money import Growth, OverAssignment, Quota, QuotaMethod, Target
from planner.scenarios.seats import HireSeat, Leave, Territories

TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=12).filter(
    lambda text: text == text.strip() and text
)
MAYBE = st.just("") | TEXT
IDS = st.lists(TEXT, min_size=1, max_size=4, unique=True).map(tuple)
SHARE = st.floats(0, 1)
MAYBE_SHARE = st.none() | SHARE
AMOUNT = st.integers(0, 10**14).map(lambda cents: str(cents))


def some(kind: type[Change], **fields: Any) -> st.SearchStrategy[Change | None]:
    """Return changes of a kind; None where the fields contradict each other."""

    def made(values: dict[str, Any]) -> Change | None:
        try:
            return kind(**values)
        except ValueError:
            return None

    return st.fixed_dictionaries(fields).map(made)


RULES = st.builds(
    AskedRule,
    kind=st.sampled_from(["lock", "reach_km", "mix"]),
    name=MAYBE,
    account_id=MAYBE,
    where=MAYBE,
    value=st.none() | st.floats(0.1, 1e9),
)
CHANGES = st.one_of(
    some(Leave, seats=IDS),
    some(HireSeat, seat_id=TEXT, latitude=st.just(41.25), longitude=st.just(-93.6), region=MAYBE),
    some(Territories, number=st.sampled_from([3, Span(2, 9), "capacity"]), region=MAYBE),
    some(SetBand, measure=TEXT, below=MAYBE_SHARE, above=MAYBE_SHARE, maximum=st.none() | st.floats(0, 1e12)),
    some(DropBand, measure=TEXT, region=MAYBE),
    some(SetBudget, measure=TEXT, total=MAYBE_SHARE, per_seat_amount=st.none() | st.floats(0, 1e9)),
    some(DropBudget, measure=MAYBE),
    some(Lock, accounts=IDS, territory=MAYBE),
    some(Lock, where=TEXT, of=st.sampled_from(["", "units"])),
    some(Unlock, accounts=IDS, units=IDS),
    some(Exclude, units=IDS, territory=MAYBE, region=MAYBE),
    some(AddRule, rule=RULES),
    some(
        RemoveRule,
        rule=st.builds(lambda n, v: RulePattern((("name", n), ("value", v))), TEXT, st.floats(0, 9)),
    ),
    some(
        Objective,
        compactness=st.sampled_from(["", "travel_time", "distance"]),
        contiguous=st.none() | st.booleans(),
    ),
    some(DisruptionPrice, km=st.none() | st.floats(0, 100), expected_loss=MAYBE_SHARE),
    some(Target, amount=st.just("") | AMOUNT, by=st.none() | st.floats(-0.9, 9)),
    some(OverAssignment, fraction=SHARE, level=MAYBE),
    some(QuotaMethod, weights=st.dictionaries(TEXT, st.floats(0.001, 9), max_size=3)),
    some(Quota, max_increase=st.none() | st.just("none") | SHARE, year=st.none() | st.integers(2000, 2100)),
    some(Effort, seed=st.none() | st.integers(0, 99), iterations=st.none() | st.integers(1, 99)),
    some(Method, name=TEXT),
    some(Growth, measure=TEXT, by=st.floats(-0.9, 9), region=MAYBE, segment=MAYBE),
).filter(lambda change: change is not None)


@given(changes=st.lists(CHANGES, max_size=5), name=TEXT, note=MAYBE)
def test_what_is_written_is_read_back(changes: list[Change], name: str, note: str) -> None:
    scenario = NamedChanges(name, tuple(changes), note)
    assert named_from_json(json.loads(json.dumps(scenario.as_json()))) == scenario
    assert from_toml(to_toml(scenario).encode(), "a.toml") == scenario
    assert len(describe(scenario)) == len(changes)
    assert all(sentence.endswith(".") for sentence in describe(scenario))


@given(changes=st.lists(CHANGES, max_size=5), turn=st.randoms())
def test_the_order_in_which_changes_are_listed_never_matters(changes: list[Change], turn: Any) -> None:
    shuffled = list(changes)
    turn.shuffle(shuffled)
    assert canonical(shuffled) == canonical(changes)
    base = Scenario(territories=9, measures={"sales": Band(0.1, 0.1)}, rules=(AskedRule("lock", name="x"),))
    if check(changes):
        with pytest.raises(InvalidInput):
            apply(base, shuffled)
    else:
        assert apply(base, changes) == apply(base, shuffled)


@given(changes=st.lists(CHANGES, max_size=4))
def test_what_is_asked_survives_a_run_record(changes: list[Change]) -> None:
    from data.export.text import plain

    if check(changes):
        return
    asked = apply(Scenario(), changes).scenario
    assert Scenario().overridden(json.loads(json.dumps(plain(asked)))) == asked


def test_every_kind_is_tried_and_says_what_it_sets() -> None:
    assert len(KINDS) == 21
    for name, kind in KINDS.items():
        assert kind.kind == name
        assert set(kind.CHECKS) == {field.name for field in fields(kind)}, name  # type: ignore[arg-type]


BASE = Scenario(
    territories=30,
    measures={"sales": Band(0.1, 0.1), "calls": Band(0.2, 0.2)},
    budgets=(BudgetRule("sales", 0.2),),
    disruption_budget=0.3,
    rules=(AskedRule("lock", name="keep", account_id="A1"), AskedRule("reach_km", value=150.0)),
    regions={"West": RegionRules(12)},
    quota=QuotaSettings(target_cents=100_000_00),
)


def asked_with(*changes: Change) -> Scenario:
    """Return what is asked with changes to the base."""
    return apply(BASE, changes).scenario


def test_seats_that_come_and_go_take_the_number_of_territories_along() -> None:
    asked = asked_with(Leave(("S1", "S2")), HireSeat("N1", 41.0, -93.0, "West"))
    assert asked.territories == 29
    assert asked.seat_changes.leave == ("S1", "S2")
    assert asked.seat_changes.hire[0].region == "West"
    assert asked.regions["West"].territories == 12
    assert asked_with(HireSeat("N1"), Territories(40)).territories == 40
    spanned = apply(BASE.replace(territories=Span(28, 32)), [Leave(("S1",))]).scenario
    assert spanned.territories == Span(27, 31)
    assert apply(BASE.replace(territories=None), [Leave(("S1",))]).scenario.territories is None


def test_each_change_changes_what_it_says() -> None:
    assert asked_with(Territories(Span(3, 5))).territories == Span(3, 5)
    assert asked_with(Territories(13, "West")).regions["West"].territories == 13
    assert asked_with(SetBand("sales", 0.05, 0.07)).measures == {
        "sales": Band(0.05, 0.07),
        "calls": Band(0.2, 0.2),
    }
    assert asked_with(SetBand("sales", 0.3, region="East")).regions["East"].measures == {"sales": Band(0.3)}
    assert list(asked_with(DropBand("sales")).measures) == ["calls"]
    assert asked_with(SetBudget("sales", per_seat=0.5)).budgets == (BudgetRule("sales", per_seat=0.5),)
    assert asked_with(DropBudget()).disruption_budget is None
    assert asked_with(DropBudget("sales")).budgets == ()
    assert asked_with(DropBudget("sales")).disruption_budget == 0.3
    assert asked_with(Lock(("A2",), territory="T1")).rules[-1] == AskedRule(
        "lock", account_id="A2", territory_id="T1"
    )
    assert asked_with(Exclude(units=("U1",), region="West")).rules[-1] == AskedRule(
        "exclude", unit_id="U1", region="West"
    )
    freed = asked_with(Unlock(("A1",)))
    assert [rule.kind for rule in freed.rules] == ["reach_km"]
    assert freed.lifted.accounts == ("A1",)
    without = asked_with(RemoveRule({"kind": "reach_km", "value": 150}))  # type: ignore[arg-type]
    assert [rule.name for rule in without.rules] == ["keep"]
    assert without.lifted.rules[0].found == 1
    assert asked_with(Objective(compactness="distance", measure="calls")).compactness_measure == "calls"
    assert asked_with(DisruptionPrice(km=5, expected_loss=0.1)).expected_loss == 0.1
    assert asked_with(Target("120000.5")).quota.target_cents == 120_000_50
    assert asked_with(Target(by=0.05)).quota.target_change == 0.05
    assert asked_with(Target(by=0.05)).quota.target_cents == 100_000_00
    assert asked_with(OverAssignment(0.1, "region")).quota.level_over_assignment == {"region": 0.1}
    assert asked_with(QuotaMethod({"even": 1})).quota.methods == {"even": 1.0}
    assert asked_with(Quota(max_decrease="none", rounding="50")).quota.max_decrease is None
    assert asked_with(Quota(max_decrease="none", rounding="50")).quota.rounding_cents == 5000
    assert asked_with(Growth("sales", 0.1, "West")).growth == (GrowthOfData("sales", 0.1, "West"),)
    asked = apply(BASE, [Effort(3, 7.5, 40), Method("exact")])
    assert (asked.scenario.seed, asked.scenario.time_limit_s, asked.iterations, asked.method) == (
        3,
        7.5,
        40,
        "exact",
    )


def test_a_new_target_is_the_whole_target() -> None:
    raised = QuotaSettings(target_cents=100, target_change=0.05)
    assert raised.changed({"target": Decimal(2)}) == replace(raised, target_cents=200, target_change=0.0)


def problems_of(*changes: Change, known: Known | None = None) -> list[str]:
    """Return the codes of what is wrong."""
    return [problem.code for problem in check(changes, BASE, known)]


def test_two_changes_to_the_same_thing_are_a_conflict() -> None:
    assert problems_of(Target("5"), Target(by=0.1)) == ["scenario_conflict"]
    assert problems_of(SetBand("sales", 0.1), DropBand("sales")) == ["scenario_conflict"]
    assert problems_of(Lock(("A1", "A2")), Unlock(("A3", "A2"))) == ["scenario_conflict"]
    assert problems_of(Effort(seed=1), Effort(time_limit_s=1)) == []
    assert problems_of(Growth("sales", 0.1, "West"), Growth("sales", 0.1, "East")) == []
    assert problems_of(Growth("sales", 0.1, "West"), Growth("sales", 0.2, "West")) == ["scenario_conflict"]
    (told,) = check([Leave(("S1",)), Leave(("S1", "S2"))])
    assert told.column == "changes[2]"
    assert "Seat S1 given up." in told.why


def test_changes_that_contradict_each_other_are_told() -> None:
    assert problems_of(Leave(("T1",)), Lock(("A1",), territory="T1")) == ["scenario_contradiction"]
    assert problems_of(Leave(("T1",)), AddRule(AskedRule("capacity", seat_id="T1"))) == [
        "scenario_contradiction"
    ]
    assert problems_of(Lock(("A1",), territory="T1"), Exclude(("A1",), territory="T1")) == [
        "scenario_contradiction"
    ]
    adds = AddRule(AskedRule("capacity", name="c"))
    assert problems_of(adds, RemoveRule({"name": "C"})) == ["scenario_contradiction"]  # type: ignore[arg-type]


KNOWN = Known(
    accounts=frozenset({"A1"}),
    units=frozenset(),
    seats=frozenset({"S1"}),
    territories=frozenset({"T1"}),
    regions=frozenset({"West"}),
    segments=frozenset({"A"}),
    levels=frozenset({"region"}),
    measures=frozenset({"sales", "accounts"}),
    rules=({"kind": "capacity", "name": "hours"},),
)


def test_names_that_are_not_in_the_data_are_all_told() -> None:
    wrong = (
        Leave(("S9",)),
        Lock(("A9", "A8"), territory="T9"),
        SetBand("sale", 0.1),
        Growth("sales", 0.1, "Wst", "B"),
        OverAssignment(0.1, "district"),
        HireSeat("S1"),
        RemoveRule({"name": "hour"}),  # type: ignore[arg-type]
    )
    assert problems_of(*wrong, known=KNOWN) == [
        "unknown_seat",
        "unknown_account",
        "unknown_territory",
        "unknown_measure",
        "unknown_region",
        "unknown_segment",
        "unknown_level",
        "seat_exists",
        "unknown_rule",
    ]
    found = check(wrong, BASE, KNOWN)
    assert found[1].count == 2
    assert "The nearest is 'sales'." in found[3].why


def test_names_that_are_there_are_not_told() -> None:
    right = (
        Leave(("T1",)),
        HireSeat("N1"),
        Lock(("A1",), territory="N1"),
        SetBand("accounts", 0.1),
        SetBudget("expected_loss", 0.1),
        Growth("history", 0.1, "West", "A"),
        RemoveRule({"name": "Hours"}),  # type: ignore[arg-type]
        DropBudget("sales"),
    )
    assert problems_of(*right, known=KNOWN) == []


@pytest.mark.parametrize(
    ("stated", "columns"),
    [
        (5, ["changes"]),
        ([5, {}], ["changes[1].change", "changes[2].change"]),
        ([{"change": "grow"}], ["changes[1].change"]),
        (
            [{"change": "growth", "by": 2e9, "where_": ""}],
            ["changes[1].where_", "changes[1].measure", "changes[1].by"],
        ),
        ([{"change": "band", "measure": "x", "band": 15}], ["changes[1].below"]),
        ([{"change": "target"}, {"change": "target", "amount": 5, "by": 0.1}], ["changes[1]", "changes[2]"]),
        ([{"change": "target", "amount": "1e400"}], ["changes[1].amount"]),
        ([{"change": "target", "by": float("nan")}], ["changes[1].by"]),
        ([{"change": "hire", "seat_id": "N", "latitude": 91}], ["changes[1].latitude"]),
        ([{"change": "lock", "accounts": ["A", "A"]}], ["changes[1].accounts"]),
        ([{"change": "lock"}], ["changes[1]"]),
        ([{"change": "leave", "seats": []}], ["changes[1].seats"]),
        ([{"change": "leave", "seats": ["\x00"]}], ["changes[1].seats"]),
        ([{"change": "effort", "seed": True}], ["changes[1].seed"]),
        ([{"change": "add_rule", "rule": {"kind": "lock", "colour": "red"}}], ["changes[1].rule"]),
        ([{"change": "remove_rule", "rule": {}}], ["changes[1].rule"]),
        ([{"change": "territories", "number": {"min": 5, "max": 4}}], ["changes[1].number"]),
    ],
)
def test_everything_wrong_with_what_was_written_is_told_with_its_place(
    stated: Any, columns: list[str]
) -> None:
    with pytest.raises(InvalidInput) as told:
        changes_from_json(stated)
    assert [problem.column for problem in told.value.problems] == columns


def test_short_ways_to_write_a_change_have_one_form() -> None:
    changes = changes_from_json(
        [
            {"change": "band", "measure": "sales", "band": "10%"},
            {"change": "quota_method", "name": "even"},
            {"change": "leave", "seats": "S1"},
            {"change": "target", "amount": "120,000.50"},
            {"change": "target", "amount": 7},
        ]
    )
    assert to_json(changes) == [
        {"change": "band", "measure": "sales", "below": 0.1, "above": 0.1},
        {"change": "quota_method", "weights": {"even": 1.0}},
        {"change": "leave", "seats": ["S1"]},
        {"change": "target", "amount": "120000.5"},
        {"change": "target", "amount": "7"},
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"\xff\xfe\xff", "encoding"),
        (b"name = ", "toml_syntax"),
        (b"nmae = 'x'", "scenario"),
        (b"", "scenario"),
    ],
)
def test_a_damaged_file_is_told(text: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as told:
        from_toml(text, "a.toml")
    assert {problem.code for problem in told.value.problems} == {code}
    assert told.value.problems[0].file == "a.toml"


def test_sentences_say_what_changes() -> None:
    told = describe(
        [
            Growth("potential", 0.05, "West"),
            SetBand("sales", 0.1, 0.1),
            Target("120000000"),
            Lock(("A1", "A2")),
            Growth("history", -0.1, segment="A"),
        ]
    )
    assert told == (
        "potential in the region West +5 %.",
        "sales within 10 % of the ideal.",
        "Target 120,000,000.",
        "Accounts A1, A2 locked to who has them today.",
        "The history of the segment A -10 %.",
    )
