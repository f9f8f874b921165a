"""Scenarios over HTTP: kept, changed by one of two editors, checked against the data, made into plans, compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from planner.scenarios import from_toml, to_json

WIDER: dict[str, Any] = {
    "name": "Wider bands",
    "note": "What if we are less strict?",
    "folder_id": "grid",
    "changes": [
        {"change": "band", "measure": "accounts", "band": 0.3},
        {"change": "growth", "measure": "sales", "by": 0.1},
    ],
}


def _kept(service: Any, **other: Any) -> dict[str, Any]:
    answer = service.http.post("/api/scenarios", json={**WIDER, **other})
    assert answer.status_code == 201, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


def test_kinds_of_changes_are_told_with_their_fields(service: Any) -> None:
    kinds = {kind["change"]: kind for kind in service.http.get("/api/scenario-kinds").json()}
    assert {"growth", "band", "leave", "hire", "lock"} <= set(kinds)
    assert "measure" in kinds["growth"]["fields"]
    assert all(kind["about"].endswith(".") for kind in kinds.values())


def test_a_scenario_is_kept_and_told_in_words(service: Any) -> None:
    kept = _kept(service)
    assert (kept["name"], kept["folder_name"], kept["revision"]) == ("Wider bands", "Grid", 0)
    assert len(kept["in_words"]) == 2
    again = service.http.get(f"/api/scenarios/{kept['id']}")
    assert (again.json(), again.headers["etag"]) == (kept, '"0"')
    assert service.http.get("/api/scenarios").json()["items"] == [kept]


def test_a_scenario_comes_back_as_the_file_that_the_command_line_takes(service: Any) -> None:
    kept = _kept(service)
    answer = service.http.get(f"/api/scenarios/{kept['id']}/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="wider-bands.toml"'
    read = from_toml(answer.content, "wider-bands.toml")
    assert (read.name, read.note, to_json(read.changes)) == (kept["name"], kept["note"], kept["changes"])


def test_of_two_editors_the_second_is_told(service: Any) -> None:
    kept = _kept(service)
    where = f"/api/scenarios/{kept['id']}"
    first = service.http.put(where, json={**WIDER, "name": "First"}, headers={"If-Match": '"0"'})
    second = service.http.put(where, json={**WIDER, "name": "Second"}, headers={"If-Match": '"0"'})
    assert (first.status_code, first.headers["etag"], second.status_code) == (200, '"1"', 412)
    assert service.http.get(where).json()["name"] == "First"
    assert service.http.put(where, json=WIDER).status_code == 428
    assert service.http.delete(where, headers={"If-Match": '"0"'}).status_code == 412
    assert service.http.delete(where, headers={"If-Match": '"1"'}).status_code == 204
    assert service.http.get(where).status_code == 404
    told = [
        entry["what"]
        for entry in service.http.get("/api/trail", params={"subject": kept["id"]}).json()["items"]
    ]
    assert told == ["scenario.delete", "scenario.change", "scenario.create"]


@pytest.mark.parametrize(
    "changes",
    [
        [{"change": "grow"}],
        [{"change": "growth", "measure": "sales", "by": "much"}, {"change": "territories", "number": -1}],
        [{"change": "territories", "number": 4}, {"change": "territories", "number": 5}],
        ["nothing"],
    ],
)
def test_changes_that_cannot_be_are_refused_all_at_once(service: Any, changes: list[Any]) -> None:
    answer = service.http.post("/api/scenarios", json={**WIDER, "changes": changes})
    assert answer.status_code == 422
    assert (
        len(answer.json()["problems"]) >= len([each for each in changes if isinstance(each, dict)]) // 2 + 0
    )
    assert service.http.get("/api/scenarios").json()["items"] == []


def test_a_check_names_what_the_data_do_not_have(service: Any) -> None:
    good, bad = _kept(service), _kept(service, changes=[{"change": "leave", "seats": ["S9"]}])
    problems = service.http.get(f"/api/scenarios/{bad['id']}/check").json()
    assert any(
        problem["severity"] == "error" and "S9" in f"{problem['value']}{problem['why']}"
        for problem in problems
    )
    found = service.http.get(f"/api/scenarios/{good['id']}/check").json()
    assert [problem for problem in found if problem["severity"] == "error"] == []


def test_a_plan_of_a_scenario_says_so_and_is_compared_with_the_base(serve: Callable[..., Any]) -> None:
    service = serve("one_round")
    kept = _kept(service)
    base = service.plan(name="Base")
    made = service.http.post(f"/api/scenarios/{kept['id']}/plans").json()
    assert service.ended(base["id"])["state"] == service.ended(made["id"])["state"] == "done"
    run = service.http.get(f"/api/plans/{made['id']}/run").json()
    assert run["parameters"]["changes"]["name"] == "Wider bands"
    beside = service.http.get("/api/comparison", params={"plan": [base["id"], f"{made['id']}@1"]}).json()
    assert beside["names"] == ["Base", "Wider bands (1)"]
    value = {line["name"]: line["values"] for line in beside["lines"]}
    sales = next(
        values for name, values in value.items() if name.startswith("sales") and isinstance(values[0], float)
    )
    assert sales[0] != sales[1]


@pytest.mark.parametrize("plan", ["none-000000", "grid-plan@x", "grid-plan@9999999999"])
def test_what_is_no_plan_is_not_compared(service: Any, plan: str) -> None:
    assert service.http.get("/api/comparison", params={"plan": plan}).status_code in (404, 422)
