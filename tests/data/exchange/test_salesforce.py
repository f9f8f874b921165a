"""What is loaded into Salesforce: accepted in its order, leads to what the plan says, and can be taken back."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples

from data.exchange.crm_ids import long_id
from data.exchange.load import Load, Step
from data.exchange.names import developer_name, runs_in_spreadsheet
from data.exchange.plan_state import Holder, Node, Person, PlanState
from data.exchange.salesforce import salesforce_load
from data.exchange.salesforce_naming import naming
from data.exchange.salesforce_state import ACCOUNTS, QUOTAS, TERRITORY, USERS, CrmState
from data.exchange.settings import CrmSettings, SalesforceSettings
from data.read.report import Report
from planner.errors import Severity
from tests.data.exchange.drawn import ACCOUNTS as ACCOUNT_IDS
from tests.data.exchange.drawn import FORECAST, MODEL, TYPE, plans
from tests.data.exchange.drawn import USERS as USER_IDS
from tests.data.exchange.drawn import settings as drawn_settings
from tests.data.exchange.organisation import Organisation, Refused

NOTHING = PlanState("nothing")
SETTINGS = CrmSettings(
    salesforce=SalesforceSettings(territory_model=MODEL, territory_type=TYPE, forecasting_type=FORECAST)
)


def made(
    plan: PlanState, prior: PlanState, settings: CrmSettings = SETTINGS, snapshot: Path | None = None
) -> Load:
    """Return a load that has no errors."""
    load = salesforce_load(plan, prior, settings, Report(), snapshot)
    assert load.ok, load.problems
    return load


def step(load: Load, kind: str, action: str, label: str = "") -> Step:
    """Return the one step of a kind."""
    found = [s for s in load.steps if (s.kind, s.action) == (kind, action) and s.label.startswith(label)]
    assert len(found) == 1
    return found[0]


def plan_of(**changes: object) -> PlanState:
    """Return a plan of two territories with one account each, changed as told."""
    seats = {seat: Person(user) for seat, user in USER_IDS.items()}
    plan = PlanState(
        "plan",
        territories={"N": "", "S": ""},
        holders={"N": (Holder("S0", "owner", 1),), "S": (Holder("S1", "owner", 1),)},
        accounts={ACCOUNT_IDS[0]: "N", ACCOUNT_IDS[1]: "S"},
        seats=seats,
    )
    return replace(plan, **changes)  # type: ignore[arg-type]


def loaded(plan: PlanState, settings: CrmSettings = SETTINGS) -> Organisation:
    """Return an organisation that holds a plan."""
    organisation = Organisation()
    organisation.load(made(plan, NOTHING, settings).steps)
    return organisation


@examples(max_examples=100)
@given(plans(), plans(), drawn_settings())
def test_a_delta_leads_to_the_plan_and_its_roll_back_to_what_was(
    prior: PlanState, plan: PlanState, settings: CrmSettings
) -> None:
    organisation = loaded(prior, settings)
    was = organisation.without_ids()
    load = made(plan, prior, settings)
    organisation.load(load.steps)
    there = organisation.without_ids()
    names = {dict(row)["DeveloperName"] for row in there[TERRITORY]}
    assert len(there[TERRITORY]) == len(names) >= len(plan.territories)
    called = naming((prior, plan), CrmState(), frozenset(), settings, Report()).territory
    places = {(dict(row)["ObjectId"], dict(row)["Territory2Id"]) for row in there[ACCOUNTS]}
    left = {(a, called[t]) for a, t in prior.accounts.items() if a not in plan.accounts}
    assert places == left | {(account, called[one]) for account, one in plan.accounts.items()}
    people = {(dict(row)["UserId"], dict(row)["Territory2Id"]) for row in there[USERS]}
    for one, holders in plan.holders.items():
        assert {user for user, name in people if name == called[one]} == {
            USER_IDS[h.seat_id] for h in holders
        }
    assert made(plan, plan, settings).empty
    organisation.load(load.rollback)
    assert organisation.without_ids() == was


@examples(max_examples=40)
@given(plans(), plans(), drawn_settings())
def test_a_snapshot_gives_the_same_and_then_nothing_more(
    prior: PlanState, plan: PlanState, settings: CrmSettings
) -> None:
    with tempfile.TemporaryDirectory() as place:
        organisation = loaded(prior, settings)
        was = organisation.without_ids()
        load = made(plan, prior, settings, organisation.export(Path(place) / "now"))
        for one in load.steps:
            assert one.action != "delete" or not one.needs_ids, "what is there has an id"
        organisation.load(load.steps)
        again = made(plan, prior, settings, organisation.export(Path(place) / "then"))
        # Ids that give the same DeveloperName are told, with the advice to state the names: only then may it differ.
        clash = {p.code for one in (load, again) for p in one.problems} & {"developer_name"}
        assert again.empty or clash or _same_names(prior, plan), again.steps
        organisation.load(load.rollback)
        assert organisation.without_ids() == was


def _same_names(*plans_: PlanState) -> bool:
    """Return whether two ids of the plans give the same DeveloperName."""
    ids = {
        (kind, one) for p in plans_ for kind, part in (("t", p.territories), ("n", p.nodes)) for one in part
    }
    return len({developer_name(one).casefold() for _, one in ids}) < len(ids)


@examples(max_examples=40)
@given(plans(), plans(), drawn_settings())
def test_no_cell_is_run_by_a_spreadsheet(prior: PlanState, plan: PlanState, settings: CrmSettings) -> None:
    load = made(plan, prior, settings)
    cells = [cell for one in (*load.steps, *load.rollback) for row in one.rows for cell in row]
    assert not [cell for cell in cells if runs_in_spreadsheet(cell)]


@examples(max_examples=40)
@given(plans())
def test_each_owner_has_one_quota_per_type_and_period(plan: PlanState) -> None:
    settings = CrmSettings(
        salesforce=SalesforceSettings(
            territory_model=MODEL, territory_type=TYPE, forecasting_type=FORECAST, territory_quotas=False
        )
    )
    load = made(plan, NOTHING, settings)
    rows = [dict(zip(s.columns, row, strict=True)) for s in load.steps if s.kind == QUOTAS for row in s.rows]
    keys = [(row["QuotaOwnerId"], row["ForecastingTypeId"], row["StartDate"]) for row in rows]
    assert len(set(keys)) == len(keys)
    assert all("Territory2Id" not in row and "PeriodId" not in row for row in rows)
    cents = sum(round(100 * float(row["QuotaAmount"])) for row in rows)
    assert cents == sum(plan.seat_quotas.values())


def test_parents_come_before_children_in_files_of_their_own() -> None:
    nodes = {"co": Node(""), "west": Node("co", name="West")}
    load = made(plan_of(nodes=nodes, territories={"N": "west", "S": "west"}), NOTHING)
    levels = [s for s in load.steps if s.kind == TERRITORY and s.action == "insert"]
    assert [[row[1] for row in s.rows] for s in levels] == [["co"], ["west"], ["N", "S"]]
    assert levels[2].rows[0][4] == "{{Territory2:west}}"
    assert [s.label for s in levels] == ["level_1", "level_2", "level_3"]


def test_the_forecast_manager_comes_in_a_second_pass() -> None:
    load = made(plan_of(), NOTHING)
    kinds = [(s.kind, s.action, s.label) for s in load.steps]
    assert kinds.index((USERS, "insert", "")) < kinds.index((TERRITORY, "update", "forecast_user"))
    assert "ForecastUserId" not in step(load, TERRITORY, "insert").columns


def test_a_move_is_a_removal_and_a_new_place() -> None:
    load = made(plan_of(accounts={ACCOUNT_IDS[0]: "S", ACCOUNT_IDS[1]: "S"}), plan_of())
    assert load.counts() == {ACCOUNTS: {"delete": 1, "insert": 1}}
    assert [s.action for s in load.steps] == ["delete", "insert"]
    assert step(load, ACCOUNTS, "insert").rows == ((ACCOUNT_IDS[0], "{{Territory2:S}}", "Territory2Manual"),)
    assert load.unchanged[ACCOUNTS] == 1


def test_swapped_parents_never_make_a_circle() -> None:
    before = plan_of(nodes={"a": Node(""), "b": Node("a")}, territories={"N": "b", "S": "b"})
    after = plan_of(nodes={"b": Node(""), "a": Node("b")}, territories={"N": "a", "S": "a"})
    organisation = loaded(before)
    was = organisation.without_ids()
    load = made(after, before)
    organisation.load(load.steps)
    organisation.load(load.rollback)
    assert organisation.without_ids() == was


def test_the_simulated_organisation_refuses_what_the_real_one_does() -> None:
    organisation = loaded(plan_of())
    one = next(iter(organisation.records[ACCOUNTS]))
    territory = next(iter(organisation.records[TERRITORY]))
    user = next(iter(organisation.records[USERS]))
    for action, kind, cells in (
        ("update", ACCOUNTS, {"Id": one, "ObjectId": ACCOUNT_IDS[3]}),
        ("delete", TERRITORY, {"Id": territory}),
        ("delete", USERS, {"Id": user}),
        ("update", TERRITORY, {"Id": territory, "ParentTerritory2Id": territory}),
        ("insert", ACCOUNTS, dict(organisation.records[ACCOUNTS][one])),
        ("insert", TERRITORY, {**organisation.records[TERRITORY][territory], "DeveloperName": "n"}),
    ):
        with pytest.raises(Refused):
            organisation.load([Step(action, kind, tuple(cells), (tuple(cells.values()),), "")])


class TestSnapshot:
    def test_a_change_of_role_takes_the_manager_off_and_puts_him_back(self, tmp_path: Path) -> None:
        organisation = loaded(plan_of())
        was = organisation.without_ids()
        asked = SalesforceSettings(**{**SETTINGS.salesforce.model_dump(), "roles": {"owner": "Owner"}})
        now = organisation.export(tmp_path / "now")
        load = made(plan_of(), plan_of(), CrmSettings(salesforce=asked), now)
        assert [(s.kind, s.action, s.label, len(s.rows)) for s in load.steps] == [
            (TERRITORY, "update", "forecast_user_clear", 2),
            (USERS, "delete", "", 2),
            (USERS, "insert", "", 2),
            (TERRITORY, "update", "forecast_user", 2),
        ]
        organisation.load(load.steps)
        managers = {row.get("ForecastUserId") for row in organisation.records[TERRITORY].values()}
        assert managers == {USER_IDS["S0"], USER_IDS["S1"]}
        organisation.load(load.rollback)
        assert organisation.without_ids() == was

    def test_the_same_amount_written_otherwise_is_no_change(self, tmp_path: Path) -> None:
        plan = plan_of(seat_quotas={("S0", "N", "", "2026-Q1"): 150})
        organisation = loaded(plan)
        for row in organisation.records[QUOTAS].values():
            row["QuotaAmount"] = "1.5"
        now = organisation.export(tmp_path / "now")
        assert made(plan, plan, snapshot=now).empty
        load = made(replace(plan, seat_quotas={("S0", "N", "", "2026-Q1"): 151}), plan, snapshot=now)
        assert step(load, QUOTAS, "update").rows[0][1] == "1.51"
        assert [s.rows[0][1] for s in load.rollback] == ["1.5"]

    def test_what_the_plan_does_not_know_stays(self, tmp_path: Path) -> None:
        organisation = loaded(plan_of())
        territories = {row["DeveloperName"]: one for one, row in organisation.records[TERRITORY].items()}
        other = organisation.insert(
            TERRITORY, Name="Overlay", DeveloperName="Overlay", Territory2ModelId=MODEL, Territory2TypeId=TYPE
        )
        cause = "Territory2Manual"
        organisation.insert(ACCOUNTS, ObjectId=ACCOUNT_IDS[0], Territory2Id=other, AssociationCause=cause)
        organisation.insert(
            ACCOUNTS, ObjectId=ACCOUNT_IDS[7], Territory2Id=territories["N"], AssociationCause=cause
        )
        organisation.insert(USERS, UserId="005zz0000000001AAA", Territory2Id=territories["N"])
        was = organisation.without_ids()
        load = salesforce_load(
            plan_of(), plan_of(), SETTINGS, Report(), organisation.export(tmp_path / "now")
        )
        assert load.empty
        assert {p.code for p in load.problems} == {"accounts_left", "users_left"}
        organisation.load(load.steps)
        assert organisation.without_ids() == was
        asked = SETTINGS.model_copy(update={"other_users": "remove"})
        load = made(plan_of(), plan_of(), asked, tmp_path / "now")
        assert load.counts() == {USERS: {"delete": 1}}

    def test_accounts_of_assignment_rules_are_told_and_left(self, tmp_path: Path) -> None:
        organisation = loaded(plan_of())
        row = next(r for r in organisation.records[ACCOUNTS].values() if r["ObjectId"] == ACCOUNT_IDS[0])
        row["AssociationCause"] = "Territory2AssignmentRule"
        moved = plan_of(accounts={ACCOUNT_IDS[0]: "S", ACCOUNT_IDS[1]: "S"})
        load = made(moved, plan_of(), snapshot=organisation.export(tmp_path / "now"))
        assert load.counts() == {ACCOUNTS: {"insert": 1}}
        assert [p.code for p in load.problems] == ["by_rule"]
        organisation.load(load.steps)
        load = made(plan_of(), plan_of(), snapshot=organisation.export(tmp_path / "there"))
        assert load.counts() == {ACCOUNTS: {"delete": 1}}

    def test_territories_are_found_by_settings_record_id_name_and_developer_name(
        self, tmp_path: Path
    ) -> None:
        organisation = Organisation()
        fields = {"Territory2ModelId": MODEL, "Territory2TypeId": TYPE}
        ids = [
            organisation.insert(TERRITORY, Name=name, DeveloperName=developer, **fields)
            for name, developer in (("x", "A1"), ("By name", "B1"), ("y", "by_dev"), ("z", "Stated"))
        ]
        plan = plan_of(
            territories=dict.fromkeys((ids[0][:15], "By name", "BY_DEV", "mine"), ""), holders={}, accounts={}
        )
        asked = SalesforceSettings(**{**SETTINGS.salesforce.model_dump(), "territories": {"mine": "Stated"}})
        load = made(plan, NOTHING, CrmSettings(salesforce=asked), organisation.export(tmp_path / "now"))
        assert load.empty
        assert load.unchanged[TERRITORY] == 4

    def test_other_models_are_left_alone_but_their_developer_names_are_taken(self, tmp_path: Path) -> None:
        organisation = Organisation()
        organisation.insert(
            TERRITORY,
            Name="N",
            DeveloperName="n",
            Territory2ModelId=str(long_id("0MA00000000000Z")),
            Territory2TypeId=TYPE,
        )
        load = made(plan_of(), NOTHING, snapshot=organisation.export(tmp_path / "now"))
        names = [row[1] for row in step(load, TERRITORY, "insert").rows]
        assert "S" in names
        assert "N" not in names
        assert "developer_name" in {p.code for p in load.problems}
        organisation.load(load.steps)

    def test_damaged_exports_are_told_cell_by_cell(self, tmp_path: Path) -> None:
        organisation = loaded(plan_of())
        folder = organisation.export(tmp_path / "now")
        path = folder / f"{ACCOUNTS}.csv"
        path.write_text(path.read_text().replace("001Ab", "001AB", 1))
        load = salesforce_load(plan_of(), plan_of(), SETTINGS, Report(), folder)
        assert not load.ok
        (fault,) = (p for p in load.problems if p.severity is Severity.ERROR)
        assert (fault.file, fault.row, fault.column) == (f"{ACCOUNTS}.csv", 2, "ObjectId")
        assert fault.value is not None
        assert fault.value.startswith("001AB")
        assert "case" in fault.why

    def test_a_missing_folder_and_a_folder_without_territories_are_told(self, tmp_path: Path) -> None:
        for folder in (tmp_path / "none", tmp_path):
            load = salesforce_load(plan_of(), NOTHING, SETTINGS, Report(), folder)
            assert [p.code for p in load.problems if p.severity is Severity.ERROR] == ["no_snapshot"]

    def test_a_name_that_a_spreadsheet_would_run_is_neither_changed_nor_deleted(self, tmp_path: Path) -> None:
        organisation = loaded(plan_of())
        for row in organisation.records[TERRITORY].values():
            row["Name"] = f"={row['Name']}"
        plan = plan_of(territories={"N": ""}, names={"N": "New name"}, accounts={ACCOUNT_IDS[0]: "N"})
        asked = SETTINGS.model_copy(update={"retired_territories": "delete", "other_users": "remove"})
        load = made(plan, plan_of(), asked, organisation.export(tmp_path / "now"))
        assert "retired" in {p.code for p in load.problems}
        assert TERRITORY not in {s.kind for s in load.steps if s.action == "delete"}
        cells = [cell for s in (*load.steps, *load.rollback) for row in s.rows for cell in row]
        assert not [cell for cell in cells if runs_in_spreadsheet(cell)]


class TestProblems:
    def test_missing_settings_are_all_told_with_what_to_add(self) -> None:
        plan = plan_of(seat_quotas={("S0", "N", "", "2026-Q1"): 100})
        load = salesforce_load(plan, NOTHING, CrmSettings(), Report())
        assert not load.ok
        errors = [p for p in load.problems if p.severity is Severity.ERROR]
        assert {p.column for p in errors} == {
            "salesforce.territory_model",
            "salesforce.territory_type",
            "salesforce.forecasting_type",
        }
        assert all("crm.toml" in p.what_to_do for p in errors)

    def test_years_and_unknown_periods_are_no_forecast_periods(self) -> None:
        plan = plan_of(
            seat_quotas={("S0", "N", "", "2026"): 1, ("S0", "N", "", "H1"): 1, ("S0", "N", "", "2026-02"): 1}
        )
        load = salesforce_load(plan, NOTHING, SETTINGS, Report())
        (fault,) = (p for p in load.problems if p.severity is Severity.ERROR)
        assert (fault.code, fault.count) == ("forecast_period", 2)

    def test_seats_without_a_user_leave_their_territories_as_they_are(self, tmp_path: Path) -> None:
        plan = plan_of(seat_quotas={("S0", "N", "", "2026-Q1"): 100, ("S1", "S", "", "2026-Q1"): 100})
        organisation = loaded(plan)
        seats = {seat: Person() if seat == "S0" else Person(user) for seat, user in USER_IDS.items()}
        load = made(replace(plan, seats=seats), plan, snapshot=organisation.export(tmp_path / "now"))
        assert load.empty
        (told,) = load.problems
        assert (told.code, told.value) == ("no_user", "S0")

    def test_ids_that_are_none_are_told(self) -> None:
        seats = {"S0": Person("005xx"), "S1": Person(USER_IDS["S1"])}
        load = salesforce_load(
            plan_of(seats=seats, accounts={"17": "N", ACCOUNT_IDS[0]: "S"}), NOTHING, SETTINGS, Report()
        )
        told = {p.code: p for p in load.problems}
        assert told["user_id"].value == "005xx"
        assert told["account_record"].severity is Severity.WARNING
        load = salesforce_load(plan_of(accounts={"17": "N"}), NOTHING, SETTINGS, Report())
        assert not load.ok

    def test_one_record_by_two_spellings_in_two_territories_is_told(self) -> None:
        accounts = {ACCOUNT_IDS[0]: "N", ACCOUNT_IDS[0][:15]: "S"}
        load = salesforce_load(plan_of(accounts=accounts), NOTHING, SETTINGS, Report())
        assert "account_twice" in {p.code for p in load.problems}
        same = dict.fromkeys(accounts, "N")
        assert len(step(made(plan_of(accounts=same), NOTHING), ACCOUNTS, "insert").rows) == 1

    def test_territories_that_are_no_more_are_kept_unless_asked(self) -> None:
        plan = plan_of(territories={"N": ""}, holders={}, accounts=dict.fromkeys(ACCOUNT_IDS[:2], "N"))
        load = made(plan, plan_of())
        assert ("retired", "S") in {(p.code, p.value) for p in load.problems}
        assert not [s for s in load.steps if s.kind == TERRITORY and s.action == "delete"]
        asked = SETTINGS.model_copy(update={"retired_territories": "delete"})
        load = made(plan, plan_of(), asked)
        assert step(load, TERRITORY, "delete").rows == (("{{Territory2:S}}",),)

    @pytest.mark.parametrize(("currency", "told"), [("USD", "12.34"), ("JPY", "1234"), ("KWD", "1.234")])
    def test_amounts_have_the_decimals_of_their_currency_and_no_sign(self, currency: str, told: str) -> None:
        plan = plan_of(seat_quotas={("S0", "N", "", "2026-Q2"): 1234}, currency=currency)
        load = made(plan, NOTHING)
        row = dict(
            zip(step(load, QUOTAS, "insert").columns, step(load, QUOTAS, "insert").rows[0], strict=True)
        )
        assert (row["QuotaAmount"], row["CurrencyIsoCode"], row["StartDate"]) == (
            told,
            currency,
            "2026-04-01",
        )
