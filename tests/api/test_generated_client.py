"""A client that is generated from the service's own document works against the service."""

from __future__ import annotations

import importlib
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType
from openapi_python_client.parser.errors import ErrorLevel

PACKAGE = "generated_planner_client"


@pytest.fixture
def client_of(service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the modules of a client generated from the document that the service hands out."""
    document = tmp_path / "openapi.json"
    document.write_bytes(service.http.get("/api/openapi.json").content)
    wanted = ConfigFile(post_hooks=[], package_name_override=PACKAGE)
    config = Config.from_sources(wanted, MetaType.NONE, document, "utf-8", False, tmp_path / PACKAGE)
    faults = [fault for fault in generate(config=config) if fault.level is ErrorLevel.ERROR]
    assert faults == []
    monkeypatch.syspath_prepend(str(tmp_path))
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")


def test_every_operation_has_a_short_name_of_its_own(service: Any) -> None:
    paths = service.http.get("/api/openapi.json").json()["paths"]
    names = Counter(operation["operationId"] for path in paths.values() for operation in path.values())
    assert [name for name, count in names.items() if count > 1] == []
    assert all(name.isidentifier() and len(name) <= 40 for name in names), sorted(names)


def test_the_client_starts_a_plan_follows_it_and_reads_it(service: Any, client_of: Any) -> None:
    with client_of("client").Client(base_url=service.url) as client:
        wanted = client_of("models").PlanIn(folder_id="grid", name="By a client", seed=3)
        started = client_of("api.plans.start_plan").sync(client=client, body=wanted)
        assert (started.name, started.folder_id) == ("By a client", "grid")
        service.ended(started.id)
        found = client_of("api.plans.get_plan").sync(client=client, plan_id=started.id)
        listed = client_of("api.plans.list_plans").sync(client=client)
    assert found.state == "done"
    assert started.id in [plan.id for plan in listed]
    sent = service.http.get(f"/api/plans/{started.id}").json()
    assert found.to_dict()["summary"] == sent["summary"]
    assert found.created == datetime.fromisoformat(sent["created"])


def test_the_client_understands_errors(service: Any, client_of: Any) -> None:
    with client_of("client").Client(base_url=service.url) as client:
        told = client_of("api.plans.get_plan").sync(client=client, plan_id="none-000000")
    assert (told.status, told.type_) == (404, "urn:planner:error:not-found")
