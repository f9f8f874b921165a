"""Finished plans: what is served is what the files say."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

TEXT = {"dtype": str, "keep_default_na": False}


@pytest.fixture
def get(service: Any, plan_id: str) -> Any:
    def ask(path: str, **query: Any) -> Any:
        answer = service.http.get(f"/api/plans/{plan_id}/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer

    return ask


def test_territories_are_those_of_the_files(get: Any, grid_output: Path) -> None:
    table = get("territories").json()
    told = pd.read_csv(grid_output / "territories.csv", **TEXT)
    assert [row["territory_id"] for row in table["territories"]] == list(told["territory_id"])
    sales = [row["measures"][table["measures"].index("sales")] for row in table["territories"]]
    np.testing.assert_allclose([m["value"] for m in sales], told["sales"].astype(float))
    np.testing.assert_allclose([m["deviation"] for m in sales], told["sales_deviation"].astype(float))
    assert [row["rep_name"] for row in table["territories"]] == ["Rep S1", "Rep S2", "Rep S3", "Rep S4"]
    assert all(row["colour"].startswith("#") for row in table["territories"])
    assert all(m["value_before"] is not None and m["lower"] is not None for m in sales)


def test_quotas_add_up_and_tie_out(get: Any, grid_output: Path) -> None:
    quotas = get("quotas").json()
    told = pd.read_csv(grid_output / "quotas.csv", **TEXT)
    cents = sum(int(amount.replace(".", "")) for amount in told["amount"])
    assert quotas["total_cents"] == cents == quotas["tie_out"]["street_cents"] == 157_500_000
    assert quotas["totals_cents"] == [
        sum(column) for column in zip(*(r["amounts_cents"] for r in quotas["rows"]), strict=True)
    ]
    assert quotas["tie_out"]["ties_out"]
    assert all(equation["difference_cents"] == 0 for equation in quotas["tie_out"]["equations"])
    assert len(quotas["periods"]) == len(quotas["totals_cents"])


def test_the_summary_is_that_of_scorecard_and_run(service: Any, plan_id: str, get: Any) -> None:
    summary = service.http.get(f"/api/plans/{plan_id}").json()["summary"]
    card, run = get("scorecard").json(), get("run").json()
    assert summary["status"] == run["status"] == "feasible"
    assert summary["gap"] == pytest.approx(0.1)
    assert summary["moved"] == card["after"]["moved_entities"]
    assert summary["measures"][0]["worst_before"] == card["before"]["totals"]["sales"]["worst_deviation"]
    assert summary["measures"][0]["above"] == 0.6
    assert (summary["ties_out"], summary["street_cents"]) == (True, 157_500_000)


def test_accounts_are_filtered_sorted_and_paged(get: Any, grid_output: Path) -> None:
    everything = get("accounts", limit=1000).json()
    assert everything["total"] == len(everything["accounts"]) == 60
    told = pd.read_csv(grid_output / "assignments.csv", **TEXT)
    owner = told[told["account_id"] != ""].set_index("account_id")["territory_id"]
    assert {a["account_id"]: a["territory_id"] for a in everything["accounts"]} == owner.to_dict()

    page = get("accounts", sort="sales", order="desc", offset=2, limit=5).json()
    values = sorted((a["values"]["sales"] for a in everything["accounts"]), reverse=True)
    assert [a["values"]["sales"] for a in page["accounts"]] == values[2:7]

    moved = get("accounts", moved=True, limit=1000).json()["accounts"]
    assert moved
    assert all(a["previous_territory_id"] != a["territory_id"] for a in moved)
    mine = get("accounts", territory_id="T2", limit=1000).json()["accounts"]
    assert {a["territory_id"] for a in mine} == {"T2"}
    assert [a["account_id"] for a in get("accounts", search="STORE 17").json()["accounts"]] == ["00017"]
    assert get("accounts", search="(1)").json()["total"] == 1


def test_names_come_back_as_they_came_in(get: Any) -> None:
    names = [a["name"] for a in get("accounts", limit=2).json()["accounts"]]
    assert names == ["=cmd()", "<img src=x onerror=alert(1)>"]


def test_sorting_by_an_unknown_column_says_which_there_are(service: Any, plan_id: str) -> None:
    answer = service.http.get(f"/api/plans/{plan_id}/accounts", params={"sort": "colour"})
    assert answer.status_code == 422
    assert "sales" in answer.json()["detail"]


def test_points_are_in_the_layout_as_documented(get: Any) -> None:
    raw = get("map/points").content
    assert raw[:4] == b"TPP1"
    (n,) = struct.unpack_from("<I", raw, 4)
    assert len(raw) == 8 + 17 * n
    lon, lat = np.frombuffer(raw, "<f4", n, 8), np.frombuffer(raw, "<f4", n, 8 + 4 * n)
    position = np.frombuffer(raw, "<u4", n, 8 + 8 * n)
    after, before = np.frombuffer(raw, "<u2", n, 8 + 12 * n), np.frombuffer(raw, "<u2", n, 8 + 14 * n)
    size = np.frombuffer(raw, "u1", n, 8 + 16 * n)
    territories = [row["territory_id"] for row in get("territories").json()["territories"]]
    accounts = {a["position"]: a for a in get("accounts", limit=1000).json()["accounts"]}
    assert n == 60
    for i in range(n):
        account = accounts[int(position[i])]
        assert territories[after[i]] == account["territory_id"]
        assert territories[before[i]] == account["previous_territory_id"]
    assert (lon.min(), lat.max()) >= (-94.5, 41)
    assert size.max() == 255
    one = get(f"accounts/{position[7]}").json()
    assert one == accounts[int(position[7])]


def test_an_account_that_is_not_there_is_not_found(service: Any, plan_id: str) -> None:
    assert service.http.get(f"/api/plans/{plan_id}/accounts/60").status_code == 404


def test_layers_hold_every_territory_and_area_at_every_level(get: Any) -> None:
    info = get("map").json()
    layers = {layer["name"]: layer for layer in info["layers"]}
    assert set(layers) == {"areas", "territories-after", "territories-before", "homes"}
    assert info["points"] == 60
    west, south, east, north = info["bounds"]
    assert (west, south, east, north) == pytest.approx((-94.5, 41, -91.5, 43), abs=0.01)
    for name, layer in layers.items():
        for level in range(layer["levels"]):
            answer = get(f"map/{name}", level=level)
            assert answer.headers["content-type"].startswith("application/geo+json")
            features = answer.json()["features"]
            assert len(features) == layer["features"] == {"areas": 24}.get(name, 4)
    assert {f["properties"]["after"] for f in get("map/areas").json()["features"]} <= {0, 1, 2, 3}


def test_a_level_that_is_not_there_is_not_found(service: Any, plan_id: str) -> None:
    assert service.http.get(f"/api/plans/{plan_id}/map/areas", params={"level": 9}).status_code == 404
    assert service.http.get(f"/api/plans/{plan_id}/map/rivers").status_code == 422


def test_files_are_downloaded_one_by_one_and_together(
    service: Any, plan_id: str, get: Any, grid_output: Path
) -> None:
    listed = get("files").json()
    assert {file["name"] for file in listed} == {path.name for path in grid_output.iterdir()}
    for file in listed:
        assert file["about"], file["name"]
        answer = get(f"files/{file['name']}")
        assert answer.content == (grid_output / file["name"]).read_bytes()
        assert "attachment" in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(get("download").content)) as archive:
        assert archive.testzip() is None
        packed = {Path(name).name: archive.read(name) for name in archive.namelist()}
    assert packed == {path.name: path.read_bytes() for path in grid_output.iterdir()}
    for name in ("..%2F..%2Fplan.json", "plan.json", "none.csv"):
        assert service.http.get(f"/api/plans/{plan_id}/files/{name}").status_code == 404


@pytest.mark.parametrize("left_out", ["units.geojson", "accounts.csv"])
def test_a_folder_with_only_accounts_or_only_areas_is_shown_too(
    serve: Any, grid_samples: Path, tmp_path: Path, left_out: str
) -> None:
    folder = tmp_path / "samples" / "grid"
    folder.mkdir(parents=True)
    kept = {"units.geojson", "accounts.csv"} - {left_out}
    for name in kept:
        (folder / name).write_bytes((grid_samples / "grid" / name).read_bytes())
    (folder / "plan.toml").write_text("territories = 3\n", encoding="utf-8")
    service = serve(samples=folder.parent)
    plan = service.ended(service.plan()["id"])
    assert plan["state"] == "done", plan["reason"]
    ask = f"/api/plans/{plan['id']}"
    info = service.http.get(f"{ask}/map").json()
    layers = {layer["name"]: layer["features"] for layer in info["layers"]}
    assert layers["territories-after"] == 3
    assert layers.get("areas", 0) == (0 if left_out == "units.geojson" else 24)
    assert info["points"] == plan["summary"]["accounts"] == (60 if left_out == "units.geojson" else 24)
    assert service.http.get(f"{ask}/quotas").json()["tie_out"] is None
    assert plan["summary"]["has_quotas"] is False
    assert service.http.get(f"{ask}/accounts").json()["total"] == info["points"]
    assert len(service.http.get(f"{ask}/territories").json()["territories"]) == 3
