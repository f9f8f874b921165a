"""The service as a whole: settings, the one error shape, who may ask, what the documentation holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from api.settings import Settings

ERROR_KEYS = {"type", "title", "status", "detail", "problems"}
PROBLEM_KEYS = {"why", "what_to_do", "file", "row", "column", "value", "severity", "code", "count"}


def assert_error(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    """Check the one error shape and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert set(body) == ERROR_KEYS
    assert body["type"] == f"urn:planner:error:{kind}"
    assert body["status"] == status
    assert body["title"]
    assert body["detail"].strip()
    assert all(set(problem) == PROBLEM_KEYS for problem in body["problems"])
    return body


def test_every_setting_is_described_and_has_a_default() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert not field.is_required(), name


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.org", ""])
def test_other_machines_are_kept_out(host: str) -> None:
    with pytest.raises(ValidationError, match="nobody has to sign in"):
        Settings(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_this_machine_may_listen(host: str) -> None:
    assert Settings(host=host).host == host


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLANNER_PORT", "8123")
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path))
    assert (Settings().port, Settings().workspace) == (8123, tmp_path)


def test_the_service_says_what_it_allows(service: Any) -> None:
    answer = service.http.get("/api/service").json()
    assert answer["product"] == "territory-planner"
    assert answer["max_upload_bytes"] == Settings().max_upload_bytes


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/api/nothing", 404, "not-found"),
        ("GET", "/nothing", 404, "not-found"),
        ("GET", "/api/plans/none-000000", 404, "not-found"),
        ("GET", "/api/plans/none-000000/events", 404, "not-found"),
        ("GET", "/api/plans/none-000000/territories", 404, "not-found"),
        ("POST", "/api/plans/none-000000/cancel", 404, "not-found"),
        ("DELETE", "/api/plans/none-000000", 404, "not-found"),
        ("GET", "/api/folders/none", 404, "not-found"),
        ("GET", "/api/folders/none/check", 404, "not-found"),
        ("DELETE", "/api/folders/grid", 409, "sample"),
        ("PUT", "/api/plans", 405, "method-not-allowed"),
        ("GET", "/api/plans/..%2Fsecret", 404, "not-found"),
        ("GET", "/api/plans/A%20B", 422, "invalid-request"),
        ("GET", "/assets/000000000000/own/page.css", 404, "not-found"),
    ],
)
def test_every_error_has_the_one_shape(service: Any, method: str, path: str, status: int, kind: str) -> None:
    assert_error(service.http.request(method, path), status, kind)


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ({}, "body.folder_id"),
        ({"folder_id": "grid", "territories": 0}, "body.territories"),
        ({"folder_id": "grid", "territories": "many"}, "body.territories"),
        ({"folder_id": "grid", "bands": {}}, "body.bands"),
        ({"folder_id": "grid", "measures": {"sales": {"below": -1}}}, "body.measures.sales.below"),
    ],
)
def test_a_request_that_cannot_be_used_names_its_fields(
    service: Any, body: dict[str, Any], column: str
) -> None:
    error = assert_error(service.http.post("/api/plans", json=body), 422, "invalid-request")
    assert column in [problem["column"] for problem in error["problems"]]


def test_broken_json_is_told_as_such(service: Any) -> None:
    headers = {"content-type": "application/json"}
    assert_error(service.http.post("/api/plans", content=b"{", headers=headers), 422, "invalid-request")


def test_a_time_limit_above_the_setting_is_refused(service: Any) -> None:
    answer = service.http.post("/api/plans", json={"folder_id": "grid", "time_limit_s": 1e6})
    assert "3600" in assert_error(answer, 422, "time-limit")["detail"]


def test_an_error_inside_tells_nothing_but_has_the_shape(
    service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def burst(*_: object) -> None:
        raise RuntimeError("the secret")

    monkeypatch.setattr("data.store.plans.all_plans", burst)
    answer = service.http.get("/api/plans")
    assert_error(answer, 500, "internal-error")
    assert "secret" not in answer.text


def test_a_person_gets_a_page(service: Any) -> None:
    answer = service.http.get("/plans/none-000000", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "none-000000" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", ""])
def test_names_of_other_hosts_are_refused(service: Any, host: str) -> None:
    assert_error(service.http.get("/api/plans", headers={"host": host}), 421, "wrong-host")


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000"])
def test_names_of_this_machine_are_answered(service: Any, host: str) -> None:
    assert service.http.get("/api/service", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_pages_of_others_change_nothing(service: Any, origin: str) -> None:
    answer = service.http.post("/api/plans", json={"folder_id": "grid"}, headers={"origin": origin})
    assert_error(answer, 403, "foreign-page")
    assert service.http.get("/api/plans").json() == []


def test_our_own_pages_may_change_things(service: Any) -> None:
    answer = service.http.post("/api/plans", json={"folder_id": "none"}, headers={"origin": service.url})
    assert_error(answer, 404, "not-found")


@pytest.mark.parametrize("path", ["/", "/api/plans", "/api/nothing"])
def test_every_answer_carries_the_security_headers(service: Any, path: str) -> None:
    headers = service.http.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"


def test_a_body_above_the_limit_is_refused_before_and_while_it_comes(serve: Callable[..., Any]) -> None:
    service = serve(max_request_bytes=1000)
    headers = {"content-type": "application/json"}
    stated = service.http.post("/api/plans", content=b" " * 1001, headers=headers)
    assert_error(stated, 413, "too-large")
    streamed = service.http.post("/api/plans", content=iter([b" " * 600] * 2), headers=headers)
    assert_error(streamed, 413, "too-large")


def test_long_answers_are_compressed(service: Any) -> None:
    assert service.http.get("/api/openapi.json").headers["content-encoding"] == "gzip"


def test_the_openapi_document_is_complete(service: Any) -> None:
    document = service.http.get("/api/openapi.json").json()
    schemas = document["components"]["schemas"]
    assert len(document["paths"]) >= 18
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert operation["description"], where
            assert operation["tags"], where
            assert "500" in operation["responses"], where
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert answer["content"]["application/problem+json"]["schema"]["$ref"].endswith(
                        "ErrorBody"
                    ), where
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), f"{where} {parameter['name']}"
    for name in ("PlanIn", "PlanOut", "FolderOut", "CheckOut"):
        assert schemas[name]["examples"], name


def test_the_api_is_documented_without_help_from_elsewhere(service: Any) -> None:
    answer = service.http.get("/api/docs")
    assert "/api/plans/{plan_id}/quotas" in answer.text
    assert "http://" not in answer.text.replace(service.url, "")
    assert "https://" not in answer.text


def test_files_for_pages_may_be_kept_and_are_all_ours_or_leaflets(service: Any) -> None:
    assets = service.app.state.assets
    assert {name.split("/")[0] for name in assets.files} == {"own", "leaflet"}
    for name, path in assets.files.items():
        answer = service.http.get(assets.url(name))
        assert answer.status_code == 200
        assert answer.content == path.read_bytes()
        assert "immutable" in answer.headers["cache-control"]
        if name.startswith("own/"):
            assert b"Copyright" not in answer.content
            assert b"@license" not in answer.content
    with pytest.raises(KeyError):
        assets.url("own/none.js")


def test_every_text_of_the_pages_is_there_and_used() -> None:
    workbench = Path(__file__).parents[2] / "api" / "workbench"
    texts = json.loads((workbench / "texts.json").read_text("utf-8"))
    sources = "".join(p.read_text("utf-8") for p in workbench.rglob("*") if p.suffix in (".js", ".html"))
    built = (
        "form.facts.",
        "status.",
        "state.",
        "words.",
        "problems.",
        "keys.",
        "quota.equations.",
        "table.legend.",
        "roles.",
    )
    sources = sources.replace("'", '"')
    unused = [key for key in texts if f'"{key}"' not in sources and not key.startswith(built)]
    assert unused == []
