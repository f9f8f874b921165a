"""The output folder says what the plan is, in every file."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from data.export import OUTPUT_FILES, is_output, write_plan
from data.export.folder import DETAIL_FILES, JUDGED_FILES, PAY_FILES, TESTED_FILES
from planner.alignment import Alignment
from planner.budget import Budget
from planner.errors import InvalidAlignment
from planner.mix import Mix
from planner.scorecard import scorecard

TEXT = {"dtype": str, "keep_default_na": False}
UNPAID = set(OUTPUT_FILES) - {*PAY_FILES, *DETAIL_FILES, *TESTED_FILES}
KINDS = [{}, {"areas": False}, {"accounts": False}, {"split": True}]


def table(out: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(out / f"{name}.csv", **TEXT)


def strict_json(path: Path) -> dict:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is not JSON")

    return json.loads(path.read_text("utf-8"), parse_constant=refuse)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_there_and_fingerprinted(make_toy: Callable, out: Path, kind: dict) -> None:
    toy = make_toy(**kind)
    write_plan(out, toy.assembled, toy.plan)
    assert sorted(path.name for path in out.iterdir()) == sorted(UNPAID)
    assert is_output(out)
    run = strict_json(out / "run.json")
    assert run["output"] == {
        name: sha256((out / name).read_bytes()).hexdigest() for name in UNPAID if name != "run.json"
    }
    assert run["input"] == {"folder": "plan", "path": "../plan", "files": toy.assembled.folder.fingerprints}
    assert (run["status"], run["termination"], run["gap"]) == ("feasible", "no improvement", 0.1)
    assert run["scenario"]["quota"]["target_cents"] == 100_003
    assert [problem["row"] for problem in run["problems"]] == [3]


def test_without_a_target_there_are_no_quota_files(make_toy: Callable, out: Path) -> None:
    toy = make_toy(quotas=False)
    write_plan(out, toy.assembled, toy.plan)
    missing = UNPAID - {path.name for path in out.iterdir()}
    assert missing == {"quotas.csv", "tie_out.json", *JUDGED_FILES}
    assert openpyxl.load_workbook(out / "report.xlsx").sheetnames[0] == "Summary"


@pytest.mark.parametrize("kind", KINDS)
def test_every_account_and_area_is_listed_once(make_toy: Callable, out: Path, kind: dict) -> None:
    toy = make_toy(**kind)
    write_plan(out, toy.assembled, toy.plan)
    rows, unplaced = table(out, "assignments"), table(out, "unplaced")
    folder = toy.assembled.folder
    assert not (rows["territory_id"] == "").any()
    assert not (rows["reason"] == "").any()
    accounts = rows.loc[rows["account_id"] != "", "account_id"].tolist()
    units = rows.loc[rows["unit_id"] != "", "unit_id"].tolist()
    assert [*accounts, *unplaced["account_id"]] == (
        [] if folder.accounts is None else list(folder.accounts["account_id"])
    )
    assert units == ([] if folder.units is None else list(folder.units["unit_id"]))


def test_reasons_say_why(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    write_plan(out, toy.assembled, toy.plan)
    reason = table(out, "assignments").set_index("account_id")["reason"]
    assert reason["000"] == "named account of seat S3"
    assert reason["001"] == "locked"
    assert reason["004"] == "kept with its current owner"
    assert reason["002"].startswith("moved: ")
    assert reason["002"].endswith("km nearer to the centre of its territory")
    assert reason["-lost"] == "no place: stays with its current owner"
    unplaced = table(out, "unplaced")
    assert unplaced["account_id"].tolist() == ["unknown"]
    assert unplaced["reason"].tolist() == ["no place that could be found, and no current territory"]
    assert unplaced["sales"].tolist() == ["7.5"]


def test_what_nobody_owned_is_new(make_toy: Callable, out: Path) -> None:
    toy = make_toy(accounts=False)
    problem = toy.assembled.problem.replace(
        current=np.full(toy.assembled.problem.n_units, -1), owned=None, had_owner=None
    )
    assembled = replace(toy.assembled, problem=problem, previous_territory=np.full(problem.n_units, ""))
    write_plan(out, assembled, replace(toy.plan, before=None))
    assert set(table(out, "assignments")["reason"]) == {"new: had no owner"}
    assert strict_json(out / "scorecard.json")["before"] is None


def test_a_split_area_is_listed_with_most_of_its_accounts_and_says_so(make_toy: Callable, out: Path) -> None:
    toy = make_toy(split=True)
    territory = toy.plan.result.alignment.territory.copy()
    territory[0] = 1
    result = toy.plan.result.replace(alignment=Alignment(territory))
    write_plan(out, toy.assembled, replace(toy.plan, result=result))
    row = table(out, "assignments").set_index("unit_id").loc["05000"]
    assert row["reason"] == "split between 007, =T2: see its accounts"
    assert row["territory_id"] == "007"


@pytest.mark.parametrize("kind", KINDS)
def test_territories_hold_what_their_accounts_add_up_to(make_toy: Callable, out: Path, kind: dict) -> None:
    toy = make_toy(**kind)
    write_plan(out, toy.assembled, toy.plan)
    folder, rows, stated = toy.assembled.folder, table(out, "assignments"), table(out, "territories")
    key, frame, measure = ("account_id", folder.accounts, "sales")
    if frame is None:
        key, frame, measure = ("unit_id", folder.units, "people")
    owner = rows[rows[key] != ""].set_index(key)["territory_id"]
    wanted = frame[measure].groupby(frame[key].map(owner)).sum()
    got = stated.set_index("territory_id")[measure].astype(float)
    np.testing.assert_allclose(got[wanted.index], wanted, rtol=1e-9)
    card = strict_json(out / "scorecard.json")
    assert [row["measures"][measure]["value"] for row in card["after"]["territories"]] == got.tolist()
    counted = stated[f"{'units' if folder.accounts is None else 'accounts'}_gained"].astype(int).sum()
    assert counted == card["after"]["moved_entities"]


def test_the_scorecard_tells_every_budget_and_mix(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    n, k = toy.assembled.problem.n_units, toy.assembled.problem.n_territories
    nothing = np.zeros(k)
    problem = toy.assembled.problem.replace(
        budgets=(Budget("revenue", np.ones(n), 0.5, 0.25), Budget("accounts", np.ones(n))),
        mixes=(Mix("A", np.ones(n), np.ones(n), nothing, nothing, nothing, np.full(k, 0.5)),),
    )
    assembled = replace(toy.assembled, problem=problem)
    after = scorecard(problem, toy.plan.result.alignment.territory)
    write_plan(out, assembled, replace(toy.plan, before=None, after=after))
    told = strict_json(out / "scorecard.json")["after"]
    used = float(after.budget_used[0])
    assert told["budgets"] == [
        {"name": "revenue", "used": used, "total": 0.5},
        {"name": "accounts", "used": used, "total": None},
    ]
    breaches = ("apart_breaches", "together_breaches", "region_breaches", "mix_breaches", "budget_breaches")
    assert [told[name] for name in breaches] == [0, 0, 0, after.mix_breaches, after.budget_breaches]
    first = told["territories"][0]
    assert first["mixes"] == [{"name": "A", "share": 1.0, "lower": 0.0, "upper": 0.5, "violation": 0.5}]
    assert first["budgets"][0] == {"name": "revenue", "lost": float(after.budget_lost[0, 0]), "limit": 0.25}


def test_an_empty_territory_has_a_row_and_no_shape(make_toy: Callable, out: Path) -> None:
    toy = make_toy(accounts=False, quotas=False)
    territory = np.minimum(toy.plan.result.alignment.territory, 1)
    result = toy.plan.result.replace(alignment=Alignment(territory))
    write_plan(
        out,
        toy.assembled,
        replace(toy.plan, result=result, after=scorecard(toy.assembled.problem, territory)),
    )
    row = table(out, "territories").set_index("territory_id").loc["Nörd, 3"]
    assert (row["people"], row["pieces"], row["centre_latitude"]) == ("0", "0", "")
    features = strict_json(out / "territories.geojson")["features"]
    assert [feature["geometry"] is None for feature in features] == [False, False, True]


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_are_valid_tile_the_plan_and_turn_the_right_way(
    make_toy: Callable, out: Path, kind: dict
) -> None:
    toy = make_toy(**kind)
    write_plan(out, toy.assembled, toy.plan)
    layer = strict_json(out / "territories.geojson")
    assert layer["type"] == "FeatureCollection"
    shapes = [shapely.geometry.shape(feature["geometry"]) for feature in layer["features"]]
    assert all(shape.is_valid and shape.area > 0 for shape in shapes)
    whole = shapely.union_all(shapes)
    assert whole.area == pytest.approx(sum(shape.area for shape in shapes), rel=1e-5)
    for shape in shapes:
        assert all(part.exterior.is_ccw for part in shapely.get_parts(shape))
    ids = [feature["properties"]["territory_id"] for feature in layer["features"]]
    assert ids == table(out, "territories")["territory_id"].tolist()
    colours = [feature["properties"]["colour"] for feature in layer["features"]]
    assert len(set(colours)) == 3
    if not kind.get("areas", True) or kind.get("split"):
        places = toy.assembled.account_place_deg
        owner = toy.assembled.accounts.territory(toy.plan.result.alignment.territory)
        geographic = (owner >= 0) & (toy.assembled.accounts.fixed < 0)
        for place, territory in zip(places[geographic], owner[geographic], strict=True):
            assert shapes[territory].buffer(1e-6).contains(shapely.Point(place))


def test_quotas_are_exact_and_complete(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    write_plan(out, toy.assembled, toy.plan)
    rows = table(out, "quotas")
    assert rows.columns.tolist() == ["territory_id", "seat_id", "component", "period", "amount", "currency"]
    assert rows["amount"].tolist() == ["100.01", "200.02", "200.01", "200.00", "300.00", "99.99"]
    assert set(rows["component"]) == {""}
    total = table(out, "territories").set_index("territory_id")["quota_total"]
    for territory_id, part in rows.groupby("territory_id"):
        assert sum(map(Decimal, part["amount"])) == Decimal(total[territory_id])


def test_components_are_named_where_there_are_several(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    quotas = replace(
        toy.plan.quotas,
        components=("A", "a"),
        amount_cents=np.repeat(toy.plan.quotas.amount_cents, 2, axis=1),
        target_cents=np.array([100_003, 100_003]),
        street_cents=np.array([110_003, 110_003]),
    )
    write_plan(out, toy.assembled, replace(toy.plan, quotas=quotas))
    assert table(out, "quotas")["component"].tolist() == ["A", "A", "a", "a"] * 3
    sheet = openpyxl.load_workbook(out / "report.xlsx", data_only=True)["Tie-out"]
    assert [cell.value for cell in sheet[5]] == ["A", 1000.03, pytest.approx(0.099997), 1100.03, 1100.03, 0]


def test_the_workbook_shows_live_sums_with_their_values(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    write_plan(out, toy.assembled, toy.plan)
    live = openpyxl.load_workbook(out / "report.xlsx")
    shown = openpyxl.load_workbook(out / "report.xlsx", data_only=True)
    assert live.sheetnames[:2] == ["Tie-out", "Summary"]
    assert {"Territories", "Seats", "Quotas", "Assignments", "Problems"} <= set(live.sheetnames)
    quotas, values = live["Quotas"], shown["Quotas"]
    first = [cell.value for cell in values[4]]
    assert first == ["007", "S1", "Ann", None, "total", 100.01, 200.02, 300.03]
    assert quotas["H4"].value == "=SUM(F4:G4)"
    assert [quotas[f"{column}7"].value for column in "FGH"] == ["=SUM(F4:F6)", "=SUM(G4:G6)", "=SUM(H4:H6)"]
    assert [values[f"{column}7"].value for column in "FGH"] == [600.02, 500.01, 1100.03]
    assert (quotas["H10"].value, values["H10"].value) == ("=ROUND(H7-H9,2)", 0)
    assert live["Tie-out"]["E5"].value == "=SUM('Quotas'!$H$4:$H$6)"
    assert shown["Tie-out"]["E5"].value == 1100.03
    assert shown["Tie-out"]["A2"].value == "Every sum holds to the cent."
    assert quotas.freeze_panes == "D4"
    assert quotas.page_setup.orientation == "landscape"


def test_the_workbook_shouts_where_a_sum_does_not_hold(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    cents = toy.plan.quotas.amount_cents.copy()
    cents[0, 0, 0] += 1
    write_plan(out, toy.assembled, replace(toy.plan, quotas=replace(toy.plan.quotas, amount_cents=cents)))
    sheet = openpyxl.load_workbook(out / "report.xlsx", data_only=True)["Tie-out"]
    assert sheet["A2"].value.startswith("Sums do not hold")
    assert sheet["F5"].value == 0.01


def test_no_text_in_the_workbook_is_a_formula(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    write_plan(out, toy.assembled, toy.plan)
    book = openpyxl.load_workbook(out / "report.xlsx")
    texts = {cell.value: cell.data_type for row in book["Territories"].iter_rows() for cell in row}
    assert texts["=T2"] == texts["=HYPERLINK(1)"] == texts["+Bob"] == "s"
    notes = [
        cell
        for row in book["Tie-out"].iter_rows()
        for cell in row
        if cell.value == "=A note that looks like a formula"
    ]
    assert [cell.data_type for cell in notes] == ["s"]
    assert table(out, "territories")["rep_name"].tolist() == ["Ann", "'=HYPERLINK(1)", "'+Bob"]
    assert table(out, "territories")["territory_id"].tolist() == ["007", "=T2", "Nörd, 3"]


def test_the_same_plan_gives_the_same_bytes(make_toy: Callable, tmp_path: Path) -> None:
    toy = make_toy()
    for name in ("a", "b"):
        write_plan(tmp_path / name, toy.assembled, toy.plan)
    assert (tmp_path / "a" / "run.json").read_bytes() == (tmp_path / "b" / "run.json").read_bytes()


def test_a_plan_without_an_alignment_writes_nothing(make_toy: Callable, out: Path) -> None:
    toy = make_toy()
    with pytest.raises(InvalidAlignment, match="nothing to write"):
        write_plan(out, toy.assembled, replace(toy.plan, result=toy.plan.result.replace(alignment=None)))
    assert not out.exists()
