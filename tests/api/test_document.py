"""Requests drawn from the service's own document, sent as every role: nothing breaks, nothing undocumented comes back.

Every operation gets requests that fit the document and requests that do not; each is sent by everybody. What somebody
who sees one region gets is searched for what belongs to another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest import SkipTest

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.settings import Settings
from data.export import write_plan
from data.store.adopting import adopt_output
from planner.roles import Role
from tests.api.test_matrix import FOREIGN, NAMES, OWN, REGIONS, REPS, SEATS, write_two_regions
from tests.conftest import STANDINS, running
from tests.team import add, cheap_passwords, token

EXAMPLES = 2
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
HIDDEN = [
    name.encode()
    for seat, region in REGIONS.items()
    if region == FOREIGN
    for name in (SEATS[seat], REPS[seat], NAMES[seat.replace("S", "T")], FOREIGN)
]


@dataclass
class Everybody:
    """A running service, a token of everybody, and a plan that is there."""

    url: str
    tokens: dict[str, str]
    plan_id: str


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everybody]:
    """Run the service with everybody in it."""
    root = tmp_path_factory.mktemp("everybody")
    write_two_regions(root / "samples" / "grid")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(STANDINS))
        from planning_standin import made

        write_plan(root / "output", *made(root / "samples" / "grid"))
        app = create_app(
            Settings(
                mode="team",
                workspace=root / "workspace",
                samples=root / "samples",
                planning="planning_standin:quick",
                waiting_jobs=2,
            )
        )
        with cheap_passwords(), running(app) as service:
            plan = adopt_output(app.state.services.store, "Two regions", "grid", root / "output", "test")
            tokens = {role.value: token(app, add(app, role, role)) for role in Role}
            tokens["west"] = token(app, add(app, "west", Role.MANAGER, regions=(OWN,)))
            yield Everybody(service.url, tokens, plan.id)


def _run(everybody: Everybody, operation: Any, mode: GenerationMode) -> None:
    """Draw requests for an operation and send each as everybody."""

    @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None, derandomize=True)
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Any) -> None:
        path = case.path_parameters or {}
        if case.method != "DELETE" and len(str(path.get("plan_id", ""))) % 2:
            path["plan_id"] = everybody.plan_id  # else nothing behind an id would ever be reached
        for name, secret in everybody.tokens.items():
            answer = case.call(headers={"Authorization": f"Bearer {secret}"}, timeout=60)
            case.validate_response(answer, checks=CHECKS)
            if name == "west":
                sent = answer.request.url.encode() + _bytes(answer.request.body)
                assert [word for word in HIDDEN if word in answer.content and word not in sent] == []

    answered()


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body or b"")


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_operation_answers_everybody_as_documented(everybody: Everybody, mode: GenerationMode) -> None:
    headers = {"Authorization": f"Bearer {everybody.tokens['admin']}"}
    document = schemathesis.openapi.from_url(f"{everybody.url}/api/openapi.json", headers=headers)
    asked, faults = 0, []
    for found in document.get_all_operations():
        operation = found.ok()
        try:
            _run(everybody, operation, mode)
            asked += 1
        except (SkipTest, Unsatisfiable):  # there is no way to send it wrongly
            assert mode is GenerationMode.NEGATIVE, operation.label
        except (Exception, BaseExceptionGroup) as fault:
            faults.append(f"{operation.label}: {fault}"[:1500])
    assert faults == []
    assert asked > 60
