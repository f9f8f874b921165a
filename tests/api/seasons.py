"""A planning season for tests: a plan of two regions and the people who agree on it, through HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from fastapi import Request
from httpx import Client, Response

from api.app import create_app
from api.identity.access import Access
from api.settings import Settings
from api.who import access
from data.export import write_plan
from data.store import data_sets, plans, trail, versions
from data.store.opening import Store
from planner.roles import Person, Role
from tests.conftest import running, write_grid_folder
from tests.standins.planning_standin import made

PEOPLE = {
    "ann": Person("ann", "Ann", frozenset({Role.PLANNER})),
    "fay": Person("fay", "Fay", frozenset({Role.FINANCE})),
    "noa": Person("noa", "Noa", frozenset({Role.MANAGER}), frozenset({"North"})),
    "sue": Person("sue", "Sue", frozenset({Role.MANAGER}), frozenset({"South"})),
    "vic": Person("vic", "Vic", frozenset({Role.VIEWER}), frozenset({"North"})),
    "root": Person("root", "Root", frozenset({Role.ADMIN})),
}
REGIONS = {"T1": "South", "T2": "South", "T3": "North", "T4": "North"}


def write_regional_folder(folder: Path) -> Path:
    """Write the grid of the other tests with its four seats in two regions; territories need not hang together."""
    write_grid_folder(folder)
    settings = (folder / "plan.toml").read_text("utf-8")
    (folder / "plan.toml").write_text(f"contiguous = false\n{settings}", encoding="utf-8")
    seats = pd.read_csv(folder / "seats.csv", dtype=str)
    seats["region"] = seats["territory_id"].map(REGIONS)
    seats.to_csv(folder / "seats.csv", index=False)
    return folder


def write_output(folder: Path, output: Path) -> Path:
    """Write the output of a plan of a folder."""
    write_plan(output, *made(folder))
    return output


class Season:
    """The service with one finished plan, as the people of `PEOPLE` see it.

    Attributes
    ----------
    plan_id
        The plan.
    store
        What the service keeps, to look behind the scenes.
    """

    def __init__(self, client: Client, app: Any, folder: Path, output: Path) -> None:
        self.client, self.app = client, app
        self.store: Store = app.state.services.store
        data = self.store.objects.put_tree(folder)
        written = self.store.objects.put_tree(output)
        with self.store.database.writing() as tx:
            of = data_sets.add_data_set(tx, "Grid", "upload", data, "ann")
            self.plan_id = plans.add_plan(tx, "Spring", of, "ann").id
            versions.add(tx, self.plan_id, "first", "ann", output_digest=written)

    def send(self, who: str, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Send a request as somebody; a path that begins with a point is one of the plan."""
        url = f"/api/plans/{self.plan_id}/{path[2:]}" if path.startswith("./") else f"/api/{path}"
        given = {"x-person": who, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, url, json=body, headers=given)

    def get(self, who: str, path: str) -> Any:
        """Return what somebody reads."""
        answer = self.send(who, "GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def do(self, who: str, path: str, body: Any = None) -> Any:
        """Return the answer to something that somebody does, and that is possible."""
        answer = self.send(who, "POST", path, body or {})
        assert answer.is_success, answer.text
        return answer.json()

    def refused(self, who: str, path: str, body: Any = None, method: str = "POST") -> tuple[int, str, str]:
        """Return status, kind and words of the answer to something that somebody may not or cannot do."""
        answer = self.send(who, method, path, (body or {}) if method == "POST" else None)
        assert not answer.is_success, answer.text
        told = answer.json()
        return answer.status_code, told["type"].rsplit(":", 1)[1], told["detail"]

    def add_version(self, output: Path, edit_number: int = 0) -> int:
        """Add a written version, as a job does."""
        written = self.store.objects.put_tree(output)
        with self.store.database.writing() as tx:
            added = versions.add(
                tx, self.plan_id, "next", "ann", output_digest=written, edit_number=edit_number
            )
            return added.number

    def written(self, who: str, name: str) -> int:
        """Make a version of the draft, wait for the job that writes it, and return its number."""
        made = self.do(who, "./versions", {"name": name})
        headers = {"x-person": who}
        with self.client.stream("GET", f"/api/jobs/{made['job_id']}/events", headers=headers) as events:
            for _ in events.iter_lines():
                pass
        assert self.get(who, f"./versions/{made['number']}")["written"], self.get(
            who, f"jobs/{made['job_id']}"
        )
        return int(made["number"])

    def trail(self) -> list[tuple[str, str, str]]:
        """Return who did what and why, in order; the trail has to be unbroken."""
        with self.store.database.reading() as connection:
            assert trail.broken(connection) is None
            return [(e.who, e.what, e.why) for e in trail.entries(connection, plan=self.plan_id)]


@contextmanager
def served(workspace: Path, url: str | None = None) -> Iterator[tuple[Client, Any]]:
    """Give a client of the service over a database, and the application.

    Who sends a request stands in its header ``x-person``.
    """
    app = create_app(Settings(workspace=workspace, samples=workspace / "no-samples", database_url=url))

    def told(request: Request) -> Access:
        return Access(PEOPLE[request.headers["x-person"]])

    app.dependency_overrides[access] = told
    with running(app) as service:
        yield service.http, app
