"""Overrides, credit, rates and targets of accounts: what is read, and every fault told with its place."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from data.assemble import assemble
from data.assemble.quota_inputs import quota_inputs
from data.read import read_folder
from planner.errors import InvalidInput, Problem
from planner.quota.inputs import Credit
from planner.quota.settings import Relief
from planner.scorecard import scorecard
from tests.data.damaged.kit import good_folder, problems_of
from tests.data.full_quotas import write_full_folder

CREDIT = "seat_id,territory_id,share,kind\n"


def told(folder: Path) -> list[tuple[str, str | None, int | None, str | None, str | None]]:
    """Return code, file, row, column and value of every problem of reading and assembling."""
    found: tuple[Problem, ...] = problems_of(folder)
    if not any(problem.severity == "error" for problem in found):
        try:
            found = assemble(read_folder(folder)).problems
        except InvalidInput as fault:
            found = fault.problems
    return [(p.code, p.file, p.row, p.column, p.value) for p in found]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("overrides", "territory_id,amount,reason\nT1,5.5.5,x", ("not_a_number", 2, "amount", "5.5.5")),
        ("overrides", "territory_id,amount,reason\nT1,,x", ("missing_amount", 2, "amount", "")),
        ("overrides", "territory_id,amount,reason\nT1,-5,x", ("negative", 2, "amount", "-5")),
        ("overrides", "territory_id,amount,reason\n,5,x", ("blank_id", 2, "territory_id", "")),
        ("overrides", "territory_id,seat_id,amount,reason\nT1,S1,5,x", ("ambiguous_id", 2, "territory_id", "T1")),
        ("overrides", "territory_id,amount,reason\nT1,5,x\nT1,6,x", ("duplicate_override", 3, "amount", "6")),
        ("overrides", "territory_id,amount,reason\nT1,5,", ("override_without_reason", 2, "reason", "")),
        ("overrides", "territory_id,amount,reason\nT9,5,x", ("unknown_territory", 2, "territory_id", "T9")),
        ("overrides", "seat_id,amount,reason\nS9,5,x", ("unknown_seat", 2, "seat_id", "S9")),
        ("overrides", "node_id,amount,reason\nnorth,5,x", ("unknown_node", 2, "node_id", "north")),
        ("overrides", "territory_id,amount,period,reason\nT1,5,soon,x", ("not_period", 2, "period", "soon")),
        ("overrides", "territory_id,amount,currency,reason\nT1,5,EUR,x", ("missing_rate", None, "currency", "EUR")),
        ("overrides", "territory_id,amount,date,reason\nT1,5,32.1.2026,x", ("not_date", 2, "date", "32.1.2026")),
        ("credits", "seat_id,territory_id,share,kind\nS2,T1,150%,split", ("fraction_range", 2, "share", "150%")),
        ("credits", "seat_id,territory_id,share,kind\nS2,T1,,split", ("missing_share", 2, "share", "")),
        ("credits", "seat_id,territory_id,share,kind\nS2,T1,0.2,half", ("unknown_credit", 2, "kind", "half")),
        ("credits", "seat_id,territory_id,share,kind\nS2,T9,0.2,split", ("unknown_territory", 2, "territory_id", "T9")),
        ("credits", f"{CREDIT}S2,T1,0.2,split\nS2,T1,0.1,split", ("duplicate_credit", 3, "seat_id", "S2")),
        ("credits", f"{CREDIT}S2,T1,0.6,split\nS3,T1,0.5,split", ("too_much_credit", 3, "share", "0.5")),
        ("credits", "seat_id,territory_id,share,kind\nX,T1,0.5,overlay", ("unknown_seat", 2, "seat_id", "X")),
        ("rates", "currency,rate\nEUR,0", ("rate_range", 2, "rate", "0")),
        ("rates", "currency,rate\nEUR,", ("missing_amount", 2, "rate", "")),
        ("rates", "currency,rate\nEURO,1.1", ("currency", 2, "currency", "EURO")),
        ("rates", "currency,rate\nEUR,1.1\nEUR,1.2", ("duplicate_rate", 3, "currency", "EUR")),
        ("rates", "currency,rate\nEUR,1e-12", ("rate_range", 2, "rate", "1e-12")),
        ("rates", "currency,rate\nEUR,1000000000000", ("rate_range", 2, "rate", "1000000000000")),
        ("rates", "currency,rate\nUSD,1.1", ("rate_range", 2, "rate", "1.1")),
        ("credits", f"{CREDIT}S1,T1,0.2,split", ("own_territory", 2, "seat_id", "S1")),
        ("credits", f"{CREDIT}S2,T2,0.2,overlay", ("own_territory", 2, "seat_id", "S2")),
        ("account_targets", "account_id,amount,period\nA1,5,2031", ("other_year", None, "period", "2031")),
        ("seats", "seat_id,territory_id,ote\nS1,T1,€ 5\nS2,T2,7", ("other_currency", 2, "ote", "€ 5")),
        ("seats", "seat_id,quota_last_year\nS1,£5", ("other_currency", 2, "quota_last_year", "£5")),
        ("account_targets", "account_id,amount\nA1,x", ("not_a_number", 2, "amount", "x")),
        ("account_targets", "account_id,amount\nA9,5", ("unknown_account", 2, "account_id", "A9")),
        ("account_targets", "account_id,amount\nA1,5\nA1,6", ("duplicate_target", 3, "account_id", "A1")),
        ("account_targets", "account_id,amount,currency\nA1,5,EUR", ("mixed_currency", None, "currency", "EUR")),
    ],
)  # fmt: skip
def test_every_fault_is_told_with_its_place(file: str, text: str, expected: tuple, tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    (folder / f"{file}.csv").write_text(f"{text}\n", "utf-8")
    code, row, column, value = expected
    found = told(folder)
    assert any(
        (p[0], p[1], p[3], p[4]) == (code, f"{file}.csv", column, value) and row in (None, p[2])
        for p in found
    ), found


def test_targets_of_accounts_for_a_component_without_quotas_are_told(tmp_path: Path) -> None:
    folder = write_full_folder(tmp_path / "plan")
    (folder / "account_targets.csv").write_text(
        "account_id,component,amount\nA3,Servise,1\nA4,Service,2\n", "utf-8"
    )
    assert ("unknown_component", "account_targets.csv", None, "component", "Servise") in told(folder)


def test_amounts_of_a_seat_have_the_decimals_of_its_own_currency(tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    (folder / "rates.csv").write_text("currency,rate\nKWD,3.25\n", "utf-8")
    (folder / "seats.csv").write_text(
        "seat_id,territory_id,currency,quota_last_year,ote\nS1,T1,,12.5,7\nS2,T2,KWD,12.5,7\n", "utf-8"
    )
    seats = read_folder(folder).seats
    assert seats is not None
    assert seats["quota_last_year_cents"].tolist() == [1_250, 12_500]
    assert seats["on_target_earnings_cents"].tolist() == [700, 7_000]


def test_everything_reaches_the_quotas(tmp_path: Path) -> None:
    folder = write_full_folder(tmp_path / "plan")
    (folder / "account_targets.csv").write_text(
        "account_id,component,amount\nA3,Service,1200.5\nA0,,70\n", "utf-8"
    )
    assembled = assemble(read_folder(folder))
    problem = assembled.problem
    found = quota_inputs(assembled, problem.current, scorecard(problem, problem.current, assembled.accounts))
    assert found.node_of_territory is not None
    assert found.hierarchy is not None
    hung = [str(found.hierarchy.node_id[node]) for node in found.node_of_territory]
    assert hung == ["north", "north", "south", "east", "east", "east"]
    assert [(o.territory, o.node, o.component, o.period, o.amount_cents) for o in found.overrides] == [
        (0, -1, "", "", 60_000_007),
        (-1, 2, "Service", "", 76_000_007),
        (4, -1, "Hardware", "2026-Q2", 9_000_007),
    ]
    assert [o.author for o in found.overrides] == ["Hall 2026-01-05", "", "@me"]
    assert found.credits[0] == Credit("S2", 0, Fraction(1, 4), False)
    assert found.credits[1] == Credit("SPEC", 0, Fraction(1, 10), True, "Service")
    assert found.currency_of_territory == ("", "", "KWD", "", "KWD", "")
    assert found.rates == {"KWD": Fraction(13, 4)}
    assert found.staffing is not None
    assert [None if day is None else day.isoformat() for day in found.staffing.start][:2] == [
        None,
        "2026-02-15",
    ]
    assert found.asked is not None
    assert found.asked.periods == ("2026",)
    asked = zip(
        found.asked.entity.tolist(),
        found.asked.component.tolist(),
        found.asked.amount_cents.tolist(),
        strict=True,
    )
    assert sorted(asked) == [(0, 1, 7_000), (3, 0, 120_050)]


def test_an_override_in_another_currency_is_converted_to_the_cent(tmp_path: Path) -> None:
    folder = write_full_folder(tmp_path / "plan")
    (folder / "overrides.csv").write_text("territory_id,amount,currency,reason\nT2,100.001,KWD,x\n", "utf-8")
    assembled = assemble(read_folder(folder))
    problem = assembled.problem
    found = quota_inputs(assembled, problem.current, scorecard(problem, problem.current, assembled.accounts))
    assert [o.amount_cents for o in found.overrides] == [32_500]


@pytest.mark.parametrize(
    ("currency", "cents", "unit"), [("JPY", 1_000_000, 1), ("USD", 100_000_000, 100), ("KWD", 10**9, 1000)]
)
@pytest.mark.parametrize("where", ["plan.toml", "targets", "sign"])
def test_amounts_have_the_decimals_of_the_plan_wherever_it_says_its_currency(
    currency: str, cents: int, unit: int, where: str, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path / "plan")
    column = ",currency" if where == "targets" else ""
    stated = f",{currency}" if where == "targets" else ""
    (folder / "targets.csv").write_text(f"node_id,amount{column}\nco,1000000{stated}\n", "utf-8")
    (folder / "history.csv").write_text("account_id,period,amount\nA1,2025-01,7\nA2,2025-01,8\n", "utf-8")
    toml = {
        "plan.toml": f'[quota]\ntarget = 1000000\ncurrency = "{currency}"\n',
        "targets": "[quota]\ntarget = 1000000\n",
        "sign": f'[quota]\ntarget = "{currency} 1000000"\n',
    }[where]
    (folder / "plan.toml").write_text(toml, "utf-8")
    read = read_folder(folder)
    assert read.scenario.quota.currency == currency
    assert read.scenario.quota.target_cents == cents
    assert read.scenario.quota.rounding_cents == unit
    assert read.targets is not None
    assert read.targets["amount_cents"].tolist() == [cents]
    assert read.history is not None
    assert read.history["amount_cents"].tolist() == [7 * unit, 8 * unit]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('methods = "auto"', {}),
        ('methods = "even"', {"even": 1.0}),
        (
            'methods = { last_year_plus = 0.7, potential_share = "30%" }',
            {"last_year_plus": 0.7, "potential_share": 0.3},
        ),
    ],
)
def test_methods_are_a_word_a_name_or_weights(
    written: str, expected: dict[str, float], tmp_path: Path
) -> None:
    folder = good_folder(tmp_path / "plan")
    (folder / "plan.toml").write_text(f'[quota]\n{written}\nramp = "fitted"\nrelief = "absorbed"\n', "utf-8")
    quota = read_folder(folder).scenario.quota
    assert quota.methods == expected
    assert (quota.ramp, quota.relief) == ((), Relief.ABSORBED)


@pytest.mark.parametrize(
    ("written", "key", "words"),
    [
        ('methods = "last_yaer_plus"', "quota.methods", "nearest is last_year_plus"),
        ("methods = { even = 0 }", "quota.methods", "all weights are 0"),
        ('methods = "even"\nhistory_weight = 0.5', "quota", "keep one"),
        ("ramp = 0.5", "quota.ramp", "a list of fractions"),
        ("ramp = [2]", "quota.ramp.0", "less than or equal to 1"),
        ("ramp = [nan]", "quota.ramp.0", "less than or equal to 1"),
        ("max_increase = nan", "quota.max_increase", "less than or equal to 100"),
        ('relief = "nobody"', "quota.relief", "shared"),
        ("min_share = 0.5\nmax_share = 0.2", "quota", "min_share is larger"),
        ('currency = "JPY"\ntarget = "10.5"', "quota.target", "more decimals than its currency"),
    ],
)
def test_faults_of_quota_settings_are_told_with_their_key(
    written: str, key: str, words: str, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path / "plan")
    (folder / "plan.toml").write_text(f"[quota]\n{written}\n", "utf-8")
    found = [p for p in problems_of(folder) if p.file == "plan.toml" and p.column == key]
    assert found, problems_of(folder)
    assert words in found[0].why
