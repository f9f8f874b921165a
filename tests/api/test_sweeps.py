"""Sweeps over HTTP: cases solved together as a job, their numbers, and one of them taken over as a plan."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

SWEEP = {
    "name": "How many?",
    "folder_id": "grid",
    "axes": ["band.accounts=0.2,0.3"],
    "iterations": 1,
    "seed": 2,
}


def _started(service: Any, **other: Any) -> dict[str, Any]:
    answer = service.http.post("/api/sweeps", json={**SWEEP, **other})
    assert answer.status_code == 202, answer.text
    started: dict[str, Any] = answer.json()
    return started


def _ended(service: Any, job_id: str) -> dict[str, Any]:
    with service.http.stream("GET", f"/api/jobs/{job_id}/events") as answer:
        for _ in answer.iter_lines():
            pass
    found: dict[str, Any] = service.http.get(f"/api/jobs/{job_id}").json()
    return found


def test_a_sweep_solves_its_cases_and_one_becomes_a_plan(service: Any) -> None:
    scenario = service.http.post(
        "/api/scenarios",
        json={
            "name": "More",
            "folder_id": "grid",
            "changes": [{"change": "growth", "measure": "sales", "by": 0.1}],
        },
    ).json()
    started = _started(service, scenario_ids=[scenario["id"]])
    assert started["cases"] is None
    assert _ended(service, started["job_id"])["state"] == "done"
    found = service.http.get(f"/api/sweeps/{started['id']}").json()
    assert [case["state"] for case in found["cases"]] == ["done", "done"]
    assert {case["point"]["band.accounts"] for case in found["cases"]} == {"0.2", "0.3"}
    table = service.http.get(f"/api/sweeps/{started['id']}/table").text
    assert len(list(csv.reader(io.StringIO(table)))) == 3
    assert "<html" in service.http.get(f"/api/sweeps/{started['id']}/page").text
    key = next(case["key"] for case in found["cases"] if case["point"]["band.accounts"] == "0.3")
    plan = service.http.post(f"/api/sweeps/{started['id']}/cases/{key}/plans").json()
    assert plan["summary"]["territories"] == 4
    run = service.http.get(f"/api/plans/{plan['id']}/run").json()
    assert "More" in run["parameters"]["changes"]["name"]
    assert run["scenario"]["measures"]["accounts"]["above"] == 0.3
    assert service.http.delete(f"/api/sweeps/{started['id']}").status_code == 204
    assert service.http.get("/api/sweeps").json()["items"] == []
    assert service.http.get(f"/api/plans/{plan['id']}").status_code == 200


@pytest.mark.parametrize(
    "other",
    [
        {"axes": ["territories"]},
        {"axes": ["nonsense=1,2"]},
        {"axes": []},
        {"axes": ["seed=1..5000"]},
        {"time_limit_s": 1e9},
        {"scenario_ids": ["none-000000"]},
        {"folder_id": "none"},
    ],
)
def test_what_is_no_sweep_is_refused(service: Any, other: dict[str, Any]) -> None:
    answer = service.http.post("/api/sweeps", json={**SWEEP, **other})
    assert answer.status_code in (404, 422), answer.text
    assert service.http.get("/api/sweeps").json()["items"] == []
    assert service.http.get("/api/jobs").json()["items"] == []


def test_a_sweep_without_a_result_says_so(service: Any) -> None:
    started = _started(service, axes=["band.nothing=0.1,0.2"])
    assert _ended(service, started["job_id"])["state"] == "failed"
    assert service.http.get(f"/api/sweeps/{started['id']}").json()["reason"]
    assert service.http.get(f"/api/sweeps/{started['id']}/table").status_code == 409
