"""In and out over HTTP: imports from a database, columns settled once, exports as files and as changes for a CRM."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import create_engine

from tests.stores import empty_database_url

ACCOUNTS = "Customer No.;Breite;longitude;Umsatz\nA1;41.5;-93.5;10\nA2;41.6;-93.4;12\n"


def _followed(service: Any, job_id: str) -> dict[str, Any]:
    with service.http.stream("GET", f"/api/jobs/{job_id}/events") as answer:
        for _ in answer.iter_lines():
            pass
    found: dict[str, Any] = service.http.get(f"/api/jobs/{job_id}").json()
    return found


def _exported(service: Any, plan_id: str, **wanted: Any) -> dict[str, Any]:
    answer = service.http.post(f"/api/plans/{plan_id}/exports", json=wanted)
    assert answer.status_code == 202, answer.text
    _followed(service, answer.json()["job_id"])
    found: dict[str, Any] = service.http.get(f"/api/exports/{answer.json()['job_id']}").json()
    return found


@pytest.fixture
def warehouse() -> str:
    """The URL of a real database that holds customers."""
    url = str(empty_database_url("postgresql"))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE customers (id text, lat float, lon float, sales numeric(12, 2))"
        )
        connection.exec_driver_sql(
            "INSERT INTO customers SELECT '0' || n, 41 + n / 100.0, -93 - n / 100.0, n FROM generate_series(1, 40) n"
        )
    engine.dispose()
    return url


def test_data_come_in_from_a_database_whose_address_stays_in_the_settings(
    serve: Callable[..., Any], warehouse: str
) -> None:
    service = serve(connections={"warehouse": warehouse})
    assert [each["name"] for each in service.http.get("/api/connections").json()] == ["warehouse"]
    query = "SELECT id AS account_id, lat AS latitude, lon AS longitude, sales FROM customers"
    started = service.http.post(
        "/api/imports", json={"name": "Customers", "connection": "warehouse", "queries": {"accounts": query}}
    ).json()
    assert service.http.get(f"/api/folders/{started['folder_id']}").status_code == 404
    job = _followed(service, started["job_id"])
    assert (job["state"], job["result"]["rows"]) == ("done", {"accounts": 40})
    check = service.http.get(f"/api/folders/{started['folder_id']}/check").json()
    assert "accounts" in json.dumps(check)
    folder = service.http.get(f"/api/folders/{started['folder_id']}").json()
    assert (folder["source"], folder["files"]) == ("import", ["accounts.parquet"])
    assert warehouse not in json.dumps(job)
    assert warehouse.encode() not in service.http.get("/api/trail/export").content


@pytest.mark.parametrize(
    "queries",
    [
        {"accounts": "DELETE FROM customers"},
        {"accounts": "SELECT 1; DROP TABLE customers"},
        {"nothing": "SELECT 1"},
    ],
)
def test_a_statement_that_could_write_brings_nothing_in(
    serve: Callable[..., Any], warehouse: str, queries: dict[str, str]
) -> None:
    service = serve(connections={"warehouse": warehouse})
    started = service.http.post(
        "/api/imports", json={"name": "Customers", "connection": "warehouse", "queries": queries}
    ).json()
    job = _followed(service, started["job_id"])
    assert (job["state"], bool(job["problems"])) == ("failed", True)
    assert service.http.get(f"/api/folders/{started['folder_id']}").status_code == 404


def test_only_named_connections_are_used(service: Any) -> None:
    wanted = {"name": "x", "connection": "sqlite:////etc/passwd", "queries": {"accounts": "SELECT 1"}}
    assert service.http.post("/api/imports", json=wanted).status_code == 404


def test_columns_that_were_settled_once_are_known_the_next_time(service: Any) -> None:
    def upload() -> str:
        answer = service.http.post("/api/folders", files=[("files", ("accounts.csv", ACCOUNTS.encode()))])
        return str(answer.json()["id"])

    def columns(folder: str) -> dict[str, Any]:
        found: dict[str, Any] = service.http.get(f"/api/folders/{folder}/columns").json()[0]
        return found

    first = upload()
    before = {column["name"]: column["header"] for column in columns(first)["columns"]}
    assert before["latitude"] == ""
    wanted = {"columns": {"account_id": "Customer No.", "latitude": "Breite", "sales": "Umsatz"}}
    answer = service.http.put(f"/api/folders/{first}/columns/accounts", json=wanted)
    assert answer.status_code == 201, answer.text
    assert "plan.toml" in answer.json()["files"]
    assert service.http.get(f"/api/folders/{first}").json()["files"] == ["accounts.csv"]
    again = columns(upload())
    assert again["settled"] is True
    how = {column["name"]: (column["header"], column["how"]) for column in again["columns"]}
    assert how["latitude"] == ("Breite", "remembered")
    bad = {"columns": {"account_id": "No such header"}}
    assert service.http.put(f"/api/folders/{first}/columns/accounts", json=bad).status_code == 422
    assert service.http.put(f"/api/folders/{first}/columns/nothing", json=wanted).status_code == 404


@pytest.mark.parametrize(("form", "holds"), [("csv", "territories.csv"), ("kml", ".kml"), ("gpkg", ".gpkg")])
def test_a_plan_goes_out_for_other_programs(service: Any, plan_id: str, form: str, holds: str) -> None:
    done = _exported(service, plan_id, format=form)
    assert (done["state"], done["reason"]) == ("done", "")
    assert any(name.endswith(holds) for name in done["files"])
    content = service.http.get(f"/api/exports/{done['job_id']}/download").content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {name.partition("/")[2] for name in archive.namelist()} == set(done["files"])
    listed = service.http.get(f"/api/plans/{plan_id}/exports").json()["items"]
    assert [each["job_id"] for each in listed] == [done["job_id"]]


def test_a_dry_run_for_a_crm_lists_what_is_missing_and_writes_nothing(service: Any, plan_id: str) -> None:
    done = _exported(service, plan_id, format="salesforce", dry_run=True)
    assert (done["state"], done["files"]) == ("done", None)
    assert any(problem["severity"] == "error" for problem in done["problems"])
    assert service.http.get(f"/api/exports/{done['job_id']}/download").status_code == 409
    refused = _exported(service, plan_id, format="salesforce")
    assert (refused["state"], refused["files"]) == ("failed", None)
    assert "dry run" in refused["reason"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"format": "exe"},
        {"format": "csv", "dry_run": True},
        {"format": "csv", "version": 99},
        {"format": "clari", "against_plan_id": "none-000000"},
    ],
)
def test_what_cannot_be_exported_is_refused(service: Any, plan_id: str, wanted: dict[str, Any]) -> None:
    assert service.http.post(f"/api/plans/{plan_id}/exports", json=wanted).status_code in (404, 422)
    assert service.http.get(f"/api/plans/{plan_id}/exports").json()["items"] == []
