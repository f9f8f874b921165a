"""Whatever rules say, assembling either makes a problem that means it, or tells what is wrong."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.assemble import assemble
from data.read.rule_kinds import GROUPING, KINDS
from planner.demands import AskedRule, BudgetRule, RegionRules
from planner.errors import InvalidInput, Severity
from planner.scenario import Band, BasicUnit, Scenario

ACCOUNTS = [
    {
        "account_id": name,
        "territory_id": ["N", "S", "", "gone"][at % 4],
        "sales": 10.0 + at,
        "workload_hours": 5.0,
        "latitude": np.nan if at == 7 else 42.1 + 0.1 * (at % 3),
        "longitude": -93.9 + 0.2 * at,
        "segment": "AB"[at % 2],
        "parent_account_id": "abc"[at % 3] if at > 4 else "",
        "language": ["fr", "", "de; fr"][at % 3],
    }
    for at, name in enumerate("abcdefgh")
]
SEATS = [
    {
        "seat_id": seat,
        "territory_id": seat.upper(),
        "region": region,
        "latitude": 42.2,
        "longitude": -93.5,
        "skills": skills,
        "capacity_hours": hours,
    }
    for seat, region, skills, hours in (
        ("n", "west", "fr; de", 30.0),
        ("s", "west", "de", np.nan),
        ("e", "east", "", 20.0),
    )
]
SOME = st.sampled_from
CELLS = {
    "account_id": SOME("abcdefg"),
    "unit_id": SOME(["U00", "U10", "U30"]),
    "where": SOME(["segment = 'A'", "sales > 13", "not language = 'fr'", "segment = 'Z'"]),
    "of": st.just(""),
    "territory_id": SOME(["N", "S", "E"]),
    "seat_id": SOME(["n", "s", "e"]),
    "region": SOME(["west", "east"]),
    "with_account_id": SOME("bcdefgh"),
    "with_unit_id": SOME(["U00", "U20"]),
    "group": SOME("xy"),
    "by": SOME(["parent_account_id", "language"]),
    "skill": SOME(["fr", "de"]),
    "measure": SOME(["sales", "accounts"]),
    "value": SOME([0.5, 6.0, 1000.0]),
    "min_share": SOME([0.1, 0.2]),
    "max_share": SOME([0.5, 1.0]),
}
UNITS_ONLY = {"unit_id", "with_unit_id"}


@st.composite
def rules(draw, with_units: bool) -> AskedRule:
    """Draw a rule that fills in what its kind needs, and some of what it may; now and then something else."""
    kind = draw(SOME(KINDS))
    usable = [name for name in CELLS if with_units or name not in UNITS_ONLY]
    filled = {draw(SOME([name for name in group if name in usable])) for group in kind.one_of}
    if kind.name in GROUPING and filled & {"account_id", "unit_id"}:
        filled.add(
            draw(SOME([name for name in ("with_account_id", "with_unit_id", "group") if name in usable]))
        )
    elif kind.may and draw(st.booleans()):
        filled.add(draw(SOME([name for name in kind.may if name in usable])))
    if draw(st.integers(0, 19)) == 0:
        filled.add(draw(SOME(usable)))
    return AskedRule(kind.name, **{name: draw(CELLS[name]) for name in sorted(filled)})


SCENARIOS = st.builds(
    Scenario,
    measures=st.just({"sales": Band(0.5, 0.5)}),
    contiguous=SOME([None, True, False]),
    territories=SOME([None, None, 3, "capacity"]),
    keep_regions=SOME([None, True, False]),
    regions=SOME(
        [
            {},
            {"west": RegionRules(None, False, {"sales": Band(0.2, 0.2)})},
            {"east": RegionRules(contiguous=True)},
        ]
    ),
    budgets=SOME(
        [(), (BudgetRule("sales", total=0.5, per_seat=0.6),), (BudgetRule("expected_loss", total=0.1),)]
    ),
)
KINDS_OF_UNITS = SOME([BasicUnit.AUTO, BasicUnit.UNIT, BasicUnit.SPLIT, BasicUnit.ACCOUNT])


@st.composite
def cases(draw) -> tuple[Scenario, bool]:
    """Draw a scenario, and whether the folder has units."""
    with_units = draw(st.booleans())
    asked = tuple(draw(st.lists(rules(with_units), min_size=1, max_size=4)))
    kind = draw(KINDS_OF_UNITS) if with_units else BasicUnit.AUTO
    return draw(SCENARIOS).replace(rules=asked, basic_unit=kind), with_units


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases())
def test_any_rules_make_a_problem_or_are_told(make_folder, make_grid, case):
    scenario, with_units = case
    more = {"units": make_grid(4, 1)} if with_units else {}
    folder = make_folder(accounts=ACCOUNTS, seats=SEATS, scenario=scenario, **more)
    try:
        problem = assemble(folder).problem
    except InvalidInput as fault:
        errors = [problem for problem in fault.problems if problem.severity is Severity.ERROR]
        assert errors
        assert all(p.why.endswith((".", "?")) and p.what_to_do.endswith(".") and p.code for p in errors)
        return
    # Built at all, the arrays agree with each other; the rest is what assembling adds to that.
    group = problem.together
    assert (np.bincount(group[group >= 0]) > 1).all()
    one, other = problem.apart.T
    assert ((group[one] != group[other]) | (group[one] < 0)).all()
    locked = np.flatnonzero(problem.locked >= 0)
    held = problem.locked[locked]
    assert problem.excluded is None or not len(locked) or not problem.excluded.toarray()[locked, held].any()
    region = problem.region_of_unit[locked]
    assert ((region < 0) | (problem.region_of_territory[held] == region)).all()
    assert not {rule.kind for rule in scenario.rules} & {"mix"} or problem.mixes
