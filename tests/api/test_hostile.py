"""Hostile requests: refused or neutralised, with a message that says what is wrong; never a crash, never half done."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

BOMB = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>"""
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY d SYSTEM "file:///etc/hostname">]>'
SHEET = "xl/worksheets/sheet1.xml"
PLAIN = {"accept": "application/json"}


def _workbook(entities: bytes) -> bytes:
    """Return a workbook of one account, whose id is the entity ``d`` where entities are declared."""
    import openpyxl

    book = openpyxl.Workbook()
    for row in (("account_id", "latitude", "longitude", "sales"), ("A1", 41.5, -93.5, 10)):
        book.active.append(row)
    made, out = io.BytesIO(), io.BytesIO()
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            content = source.read(entry)
            if entities and entry.filename == SHEET:
                assert b"<t>A1</t>" in content
                content = entities + content.replace(b"<t>A1</t>", b"<t>&d;</t>")
            target.writestr(entry.filename, content)
    return out.getvalue()


def _uploaded(service: Any, **files: bytes) -> str:
    sent = [("files", (name.replace("__", "."), content)) for name, content in files.items()]
    answer = service.http.post("/api/folders", files=sent)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def _refused(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["detail"].strip()
    return body


@pytest.mark.parametrize("entities", [BOMB, OUTSIDE])
def test_entities_in_a_workbook_are_refused_and_nothing_of_this_machine_is_read(
    service: Any, entities: bytes
) -> None:
    folder = _uploaded(service, accounts__xlsx=_workbook(entities))
    check = service.http.get(f"/api/folders/{folder}/check").json()
    codes = [problem["code"] for problem in check["problems"]]
    assert "xml_entities" in codes, codes
    assert "lollol" not in json.dumps(check)


def test_an_honest_workbook_of_the_same_make_is_read(service: Any) -> None:
    folder = _uploaded(service, accounts__xlsx=_workbook(b""))
    check = service.http.get(f"/api/folders/{folder}/check").json()
    assert "xml_entities" not in [problem["code"] for problem in check["problems"]]


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"folder_id": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
        b'{"folder_id": "grid", "seed": ' + b"9" * 10_000 + b"}",
        b'{"folder_id": "grid", "seed": 1e400}',
        b'{"folder_id": "grid", "time_limit_s": NaN}',
        b'{"folder_id": "grid", "time_limit_s": Infinity}',
        b'{"folder_id": "grid", "target_cents": -1}',
        b'{"folder_id": "grid", "target_cents": 1e300}',
        b'{"folder_id": "grid", "over_assignment": "NaN"}',
        b'{"folder_id": "grid", "name": "\\ud800"}',
        b'{"folder_id": "grid", "name": "\xff\xfe"}',
        b'{"folder_id": "grid", "folder_id": ["grid"]}',
        b'{"folder_id": "grid\\u0000"}',
        b'{"folder_id": "../../etc"}',
        b"",
        b"null",
        b"\x00",
    ],
)
def test_bodies_that_are_meant_to_break_something_are_refused(service: Any, body: bytes) -> None:
    answer = service.http.post("/api/plans", content=body, headers={"content-type": "application/json"})
    _refused(answer, 400, 404, 413, 422)
    assert service.http.get("/api/plans").json() == []


def test_a_body_of_a_gigabyte_is_refused_while_it_comes(service: Any) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1024):
            sent += 1024 * 1024
            yield b"x" * (1024 * 1024)

    try:
        answer = service.http.post(
            "/api/plans", content=endless(), headers={"content-type": "application/json"}
        )
    except httpx.WriteError:  # the service hung up while we were still sending
        pass
    else:
        _refused(answer, 413)
    assert sent < 64 * 1024 * 1024


@pytest.mark.parametrize(
    "name", ["<svg onload=alert(1)>", '=HYPERLINK("http://x")', "'; DROP TABLE plans; --", "\u202egnp"]
)
def test_names_come_back_as_they_were_sent_and_do_nothing(service: Any, name: str) -> None:
    plan = service.plan(name=name)
    service.ended(plan["id"])
    assert plan["name"] == name
    page = service.http.get(f"/plans/{plan['id']}", headers={"accept": "text/html"}).text
    assert "<svg onload" not in page
    assert service.http.get("/api/plans").json()[0]["name"] == name


@pytest.mark.parametrize(
    "query",
    [
        {"search": "'; DROP TABLE accounts; --"},
        {"search": "%_\\"},
        {"search": ".*("},
        {"territory_id": "T1' OR '1'='1"},
    ],
)
def test_filters_are_values_and_never_code(service: Any, plan_id: str, query: dict[str, str]) -> None:
    answer = service.http.get(f"/api/plans/{plan_id}/accounts", params=query)
    assert answer.status_code == 200
    assert answer.json()["total"] == 0


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "__class__"},
        {"sort": "'; --"},
        {"limit": "1e9"},
        {"limit": "-1"},
        {"offset": "9" * 400},
        {"limit": "NaN"},
    ],
)
def test_parameters_out_of_range_are_refused(service: Any, plan_id: str, query: dict[str, str]) -> None:
    _refused(service.http.get(f"/api/plans/{plan_id}/accounts", params=query), 422)


@pytest.mark.parametrize(
    "name", ["../plan.json", "..%2f..%2fplanner.db", "%00", "assignments.csv%00.png", "C:\\x"]
)
def test_names_of_files_lead_nowhere_else(service: Any, plan_id: str, name: str) -> None:
    answer = service.http.get(f"/api/plans/{plan_id}/files/{name}", headers=PLAIN)
    _refused(answer, 400, 404, 422)


@pytest.mark.parametrize("header", ["Last-Event-ID"])
@pytest.mark.parametrize("value", ["-1", "NaN", "9" * 500, "1; DROP"])
def test_headers_are_checked_too(service: Any, plan_id: str, header: str, value: str) -> None:
    _refused(service.http.get(f"/api/plans/{plan_id}/events", headers={header: value}), 422)
