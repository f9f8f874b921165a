"""Every route × every role × own and foreign regions × signed out and bad tokens.

The routes come from the application itself: one that states no permission fails the first test, and whatever a route
answers to somebody who sees one region is searched, to the last byte, for anything that belongs to another.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import update

from api import who
from api.app import create_app
from api.identity.middleware import OPEN
from api.settings import Settings
from data.export import write_plan
from data.store import access
from data.store.adopting import adopt_output
from data.store.database import now
from planner.roles import PERMITTED, Permission, Role
from tests.conftest import STANDINS, running, write_grid_folder
from tests.team import add, browser, cheap_passwords, program, token

NAMES = {"T1": "wq-alpha", "T2": "ez-gamma", "T3": "wq-beta", "T4": "ez-delta"}
SEATS = {"S1": "sw-one", "S2": "se-two", "S3": "sw-three", "S4": "se-four"}
REGIONS = {"S1": "westmark", "S2": "eastmark", "S3": "westmark", "S4": "eastmark"}
REPS = {"S1": "Wanda Ahorn", "S2": "Egon Birke", "S3": "Wim Cedar", "S4": "Elsa Dorn"}
NOWHERE = "none-0000000000"
OWN, FOREIGN = "westmark", "eastmark"
OF_THE_COMPANY = ("/files/", "/download")
"""What is about the whole company has no answer for those who see one region."""


@dataclass(frozen=True)
class Route:
    """One route of the application and who may use it."""

    method: str
    path: str
    calls: frozenset[Any]

    @property
    def permissions(self) -> set[Permission]:
        """The permissions it asks for, all of them."""
        return {call.permission for call in self.calls if hasattr(call, "permission")}

    @property
    def is_open(self) -> bool:
        """Whether it answers to everybody."""
        return who.anybody in self.calls

    @property
    def is_personal(self) -> bool:
        """Whether it is for people who are there themselves, not for tokens."""
        return who.present in self.calls

    def allows(self, *roles: Role) -> bool:
        """Return whether somebody with these roles may use it."""
        return all(any(p in PERMITTED[role] for role in roles) for p in self.permissions)


def _calls(dependant: Any) -> Iterator[Any]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def routes_of(app: Any) -> list[Route]:
    """Return every route of an application; those that end a session or delete come last."""
    found = []
    for context in iter_route_contexts(app.routes):
        dependant = getattr(context.original_route, "dependant", None)
        calls = frozenset() if dependant is None else frozenset(_calls(dependant))
        found += [Route(method, context.path, calls) for method in sorted(context.methods - {"HEAD"})]
    return sorted(found, key=lambda route: (route.path == "/api/sign-out", route.method == "DELETE"))


def write_two_regions(folder: Path) -> Path:
    """Write the grid with names that nobody could mistake: two regions of two territories each."""
    write_grid_folder(folder)
    units = json.loads((folder / "units.geojson").read_text())
    for feature in units["features"]:
        feature["properties"]["territory_id"] = NAMES[feature["properties"]["territory_id"]]
    (folder / "units.geojson").write_text(json.dumps(units))
    accounts = pd.read_csv(folder / "accounts.csv", dtype=str)
    accounts["territory_id"] = accounts["territory_id"].map(NAMES)
    accounts["account_id"] = "acct-" + accounts["account_id"]
    accounts["name"] = [f"Storehouse {n:04d}" for n in range(len(accounts))]
    accounts.to_csv(folder / "accounts.csv", index=False)
    history = pd.read_csv(folder / "history.csv", dtype=str)
    history["account_id"] = "acct-" + history["account_id"]
    history.to_csv(folder / "history.csv", index=False)
    seats = pd.read_csv(folder / "seats.csv", dtype=str)
    seats["region"], seats["rep_name"] = seats["seat_id"].map(REGIONS), seats["seat_id"].map(REPS)
    seats["territory_id"] = seats["territory_id"].map(NAMES)
    seats["seat_id"] = seats["seat_id"].map(SEATS)
    seats.to_csv(folder / "seats.csv", index=False)
    return folder


@dataclass
class Company:
    """A running service with a plan over two regions, and people of every kind."""

    service: Any
    plan_id: str
    routes: list[Route]
    ids: dict[str, str] = field(default_factory=dict)

    def ask(self, client: httpx.Client, path: str, **query: Any) -> Any:
        """Return what a route of the plan answers."""
        answer = client.get(f"/api/plans/{self.plan_id}/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Run the service with everybody in it."""
    root = tmp_path_factory.mktemp("company")
    write_two_regions(root / "samples" / "grid")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(STANDINS))
        from planning_standin import made

        write_plan(root / "output", *made(root / "samples" / "grid"))
        app = create_app(Settings(mode="team", workspace=root / "workspace", samples=root / "samples"))
        with cheap_passwords(), running(app) as service:
            plan = adopt_output(app.state.services.store, "Two regions", "grid", root / "output", "test")
            found = Company(service, plan.id, routes_of(app))
            for role in Role:
                found.ids[role] = add(app, role, role)
            found.ids["west"] = add(app, "west", Role.MANAGER, regions=(OWN,))
            found.ids["westviewer"] = add(app, "westviewer", Role.VIEWER, regions=(OWN,))
            yield found


def test_every_route_states_who_may_use_it(company: Company) -> None:
    stated = {who.access, who.anybody}
    silent = [
        f"{route.method} {route.path}"
        for route in company.routes
        if not route.calls & stated and route.path != "/api/openapi.json"  # the framework's own; never open
    ]
    assert silent == []
    assert len(company.routes) > 60


def test_only_the_way_in_is_open(company: Company) -> None:
    assert {route.path for route in company.routes if route.is_open} == set(OPEN)


def filled(route: Route, **values: str) -> str:
    """Return the path of a route with ids that there are none of, but those that are given."""
    path = route.path
    for name in _names(path):
        path = path.replace(f"{{{name}}}", values.get(name.partition(":")[0], _unknown(name)))
    return path


def _names(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def _unknown(name: str) -> str:
    return "999999" if name in ("position", "number") else NOWHERE


def test_nobody_comes_in_without_signing_in(company: Company) -> None:
    app, admin = company.service.app, company.ids[Role.ADMIN]
    expired, revoked = token(app, admin, name="expired"), token(app, admin, name="revoked")
    with app.state.services.store.database.writing() as tx:
        tx.execute(update(access.tokens).where(access.tokens.c.name == "expired").values(expires_at=now()))
        tx.execute(update(access.tokens).where(access.tokens.c.name == "revoked").values(revoked_at=now()))
    url = company.service.url
    wrong = []
    with browser(url) as nobody, program(url, expired) as old, program(url, revoked) as gone:
        for route in company.routes:
            path = filled(route, plan_id=company.plan_id)
            for client, kind in ((nobody, "signed-out"), (old, "token-refused"), (gone, "token-refused")):
                if client is nobody and route.is_open:
                    continue
                answer = client.request(route.method, path)
                if answer.status_code != 401 or not answer.json()["type"].endswith(kind):
                    wrong.append(f"{route.method} {path}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_everybody_may_what_their_role_permits_and_nothing_else(company: Company, role: Role) -> None:
    wrong = []
    with browser(company.service.url, role) as client:
        for route in company.routes:
            allowed = route.is_open or route.allows(role)
            # What may be done is asked of things that are not there; what may not, of the real ones.
            plan_id = NOWHERE if allowed else company.plan_id
            answer = client.request(route.method, filled(route, plan_id=plan_id, folder_id="grid"))
            refused = answer.status_code == 403
            if refused == allowed or answer.status_code >= 500 or answer.status_code == 401:
                wrong.append(f"{route.method} {route.path}: {answer.status_code}, allowed: {allowed}")
            if refused and answer.json()["type"] != "urn:planner:error:not-permitted":
                wrong.append(f"{route.method} {route.path}: {answer.json()['type']}")
    assert wrong == []


@pytest.mark.parametrize("permission", [Permission.READ, Permission.PLAN])
def test_a_token_opens_what_it_is_limited_to(company: Company, permission: Permission) -> None:
    secret = token(company.service.app, company.ids[Role.ADMIN], permissions=[permission])
    wrong = []
    with program(company.service.url, secret) as client:
        for route in company.routes:
            allowed = route.permissions <= {permission} and not route.is_personal
            path = filled(route, plan_id=NOWHERE if allowed else company.plan_id)
            answer = client.request(route.method, path)
            if (answer.status_code == 403) == allowed or answer.status_code >= 500:
                wrong.append(f"{route.method} {route.path}: {answer.status_code}, allowed: {allowed}")
    assert wrong == []


@dataclass(frozen=True)
class Secrets:
    """What somebody who sees the west must not find anywhere, and what of the west they see."""

    words: frozenset[str]
    accounts: tuple[dict[str, Any], ...]
    own_accounts: tuple[dict[str, Any], ...]


@pytest.fixture(scope="module")
def secret(company: Company) -> Secrets:
    """Everything foreign that anybody may see anywhere in the service."""
    with browser(company.service.url, "admin") as admin:
        table = company.ask(admin, "territories")
        quotas = company.ask(admin, "quotas")
        accounts = company.ask(admin, "accounts", limit=1000)["accounts"]
        run, card = company.ask(admin, "run"), company.ask(admin, "scorecard")
    rows = table["territories"]
    own = {row["territory_id"] for row in rows if row["region"] == OWN}
    inside = [a for a in accounts if own & {a["territory_id"], a["previous_territory_id"]}]
    outside = [a for a in accounts if not own & {a["territory_id"], a["previous_territory_id"]}]
    assert len(inside) > 10
    assert len(outside) > 10
    foreign = [row for row in rows if row["territory_id"] not in own]
    words = {FOREIGN} | {row[key] for row in foreign for key in ("territory_id", "seat_id", "rep_name")}
    words |= {a[key] for a in outside for key in ("account_id", "name")}
    hidden = _numbers(
        [
            foreign,
            outside,
            [row for row in quotas["rows"] if row["territory_id"] not in own],
            [quotas["total_cents"], quotas["totals_cents"], quotas["tie_out"]["target_cents"]],
            [e for e in quotas["tie_out"]["equations"] if not any(name in e["name"] for name in own)],
            [r for r in card["after"]["territories"] if r["territory_id"] not in own],
            card["after"]["totals"],
            {key: card["after"][key] for key in ("objective", "compactness_cost", "inertia")},
            run["objective"],
            run["bound"],
        ]
    )
    seen = _numbers(
        [
            [row for row in rows if row["territory_id"] in own],
            inside,
            [row for row in quotas["rows"] if row["territory_id"] in own],
            [r for c in ("before", "after") for r in card[c]["territories"] if r["territory_id"] in own],
        ]
    )
    return Secrets(frozenset(words | (hidden - seen)), tuple(outside), tuple(inside))


def _numbers(value: Any) -> set[str]:
    """Return the numbers in a value as they are written, those with so many digits that no chance repeats them."""
    if isinstance(value, dict):
        return set().union(*map(_numbers, value.values()))
    if isinstance(value, list):
        return set().union(*map(_numbers, value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return set()
    if isinstance(value, float) and Fraction(value).limit_denominator(100) == Fraction(
        value
    ).limit_denominator(10**9):
        return set()  # a share of a few things, such as 1 ÷ 15
    text = json.dumps(abs(value))
    return {text} if sum(c.isdigit() for c in text) >= 6 else set()


FENCED = ("west", "westviewer", "token")


@pytest.fixture(params=FENCED)
def fenced(request: pytest.FixtureRequest, company: Company) -> Iterator[httpx.Client]:
    """A manager and a viewer of the west, and a planner's token that is held to the west."""
    if request.param == "token":
        limited = token(company.service.app, company.ids[Role.PLANNER], regions=[OWN])
        with program(company.service.url, limited) as client:
            yield client
    else:
        with browser(company.service.url, request.param) as client:
            yield client


def _asked(company: Company, secret: Secrets, route: Route) -> Iterator[str]:
    """Yield a route with every id there is that could bring out something foreign."""
    files = [path.name for path in (Path(STANDINS).parent).iterdir()]  # names that are none of an output
    outputs = ["assignments.csv", "report.xlsx", "run.json", "map.html", "scorecard.json", "tie_out.json"]
    values = {
        "plan_id": [company.plan_id, NOWHERE],
        "folder_id": ["grid", NOWHERE],
        "position": [str(a["position"]) for a in (*secret.accounts[:2], *secret.own_accounts[:2])],
        "layer": ["areas", "territories-before", "territories-after", "homes"],
        "name": [*outputs, files[0]],
        "person_id": [company.ids["west"], company.ids[Role.ADMIN]],
        "number": ["0", "1", "2"],
    }
    names = [name.partition(":")[0] for name in _names(route.path)]
    for chosen in product(*(values.get(name, [NOWHERE, "1"]) for name in names)):
        path = filled(route, **dict(zip(names, chosen, strict=True)))
        yield path
        yield from (f"{path}?{query}" for query in _queries(route.path, secret))


def _queries(path: str, secret: Secrets) -> list[str]:
    account = secret.accounts[0]
    if path.endswith("/accounts"):
        asked = [f"territory_id={name}&limit=1000" for name in NAMES.values()]
        return [*asked, f"search={account['account_id']}", "limit=1000&sort=sales&order=desc", "moved=true"]
    if path.endswith("/explanation"):
        chosen = [*secret.accounts[:2], *secret.own_accounts]
        return [f"account_id={a['account_id']}&homes=100" for a in chosen] + [
            f"unit_id=U{n:02d}" for n in range(24)
        ]
    if path.endswith("/map/{layer}"):
        return ["level=1"]
    if path.endswith("/diff"):
        return ["from=1&to=1", "from=1", "to=draft&from=1"]
    return []


def test_nothing_foreign_is_in_any_answer(company: Company, secret: Secrets, fenced: httpx.Client) -> None:
    found: list[str] = []
    answered = 0
    for route in (route for route in company.routes if route.method == "GET"):
        for path in _asked(company, secret, route):
            answer = fenced.get(path)
            if answer.status_code >= 500:
                found.append(f"{path}: {answer.status_code}")
            answered += answer.status_code == 200
            asked = path.partition("?")[2] + str(answer.request.url)
            said = answer.content.decode("latin-1") + str(dict(answer.headers))
            leaks = [word for word in secret.words if word in said and word not in asked]
            found += [f"{path}: {word} in {answer.status_code}" for word in leaks[:3]]
            if any(part in path for part in OF_THE_COMPANY) and answer.status_code == 200:
                found.append(f"{path}: 200")
    assert found == [], "\n".join(found)
    assert answered > 60


def test_foreign_things_are_answered_as_unknown_ones(
    company: Company, secret: Secrets, fenced: httpx.Client
) -> None:
    plan, foreign = f"/api/plans/{company.plan_id}", secret.accounts[0]
    for real, unknown in (
        (f"{plan}/accounts/{foreign['position']}", f"{plan}/accounts/999999"),
        (f"{plan}/explanation?account_id={foreign['account_id']}", f"{plan}/explanation?account_id=acct-x"),
        (f"{plan}/files/run.json", f"{plan}/files/none.json"),
        ("/api/folders/grid", f"/api/folders/{NOWHERE}"),
        ("/api/folders/grid/check", f"/api/folders/{NOWHERE}/check"),
    ):
        told, missing = fenced.get(real), fenced.get(unknown)
        assert (told.status_code, missing.status_code) == (404, 404), real
        assert _said(told, real) == _said(missing, unknown)


def _said(answer: httpx.Response, path: str) -> str:
    """Return the words of an answer without the id that was asked for."""
    parts = path.removesuffix("/check").replace("=", "/").split("/")
    return str(answer.json()["detail"]).replace(parts[-1], "")


def test_what_is_seen_of_a_region_is_all_of_it(
    company: Company, secret: Secrets, fenced: httpx.Client
) -> None:
    table = company.ask(fenced, "territories")
    assert {row["territory_id"] for row in table["territories"]} == {"wq-alpha", "wq-beta"}
    accounts = company.ask(fenced, "accounts", limit=1000)
    assert {a["account_id"] for a in accounts["accounts"]} == {a["account_id"] for a in secret.own_accounts}
    whole = {a["account_id"]: a for a in secret.own_accounts}
    for account in accounts["accounts"]:
        before = whole[account["account_id"]]
        ids = {before["territory_id"], before["previous_territory_id"]}
        assert account["elsewhere"] == "" if ids <= {"wq-alpha", "wq-beta"} else account["elsewhere"]
        assert account["values"] == before["values"]
    moved = company.ask(fenced, "accounts", moved=True, limit=1000)["accounts"]
    expected = {
        a["account_id"] for a in secret.own_accounts if a["territory_id"] != a["previous_territory_id"]
    }
    assert {a["account_id"] for a in moved} == expected
    assert {a["elsewhere"] for a in moved} >= {"now"} or not any(
        a["territory_id"].startswith("ez") for a in secret.own_accounts
    )
    quotas = company.ask(fenced, "quotas")
    assert quotas["total_cents"] == sum(row["total_cents"] for row in quotas["rows"]) > 0
    assert quotas["tie_out"]["ties_out"]
    assert len(quotas["tie_out"]["equations"]) == 2
    summary = fenced.get(f"/api/plans/{company.plan_id}").json()["summary"]
    assert (summary["territories"], summary["accounts"]) == (2, len(secret.own_accounts))
    assert summary["street_cents"] == quotas["total_cents"]
    assert company.ask(fenced, "files") == []


def test_the_map_of_a_region_counts_its_own(company: Company, secret: Secrets, fenced: httpx.Client) -> None:
    plan = f"/api/plans/{company.plan_id}"
    raw = fenced.get(f"{plan}/map/points").content
    (n,) = struct.unpack_from("<I", raw, 4)
    position = np.frombuffer(raw, "<u4", n, 8 + 8 * n)
    assert set(position.tolist()) == {a["position"] for a in secret.own_accounts}
    after = np.frombuffer(raw, "<u2", n, 8 + 12 * n)
    assert set(after.tolist()) <= {0, 1, 65535}
    order = [row["territory_id"] for row in company.ask(fenced, "territories")["territories"]]
    owner = {a["position"]: a["territory_id"] for a in secret.own_accounts}
    told = {p: order[t] for p, t in zip(position.tolist(), after.tolist(), strict=True) if t != 65535}
    assert told == {p: t for p, t in owner.items() if t in order}
    for layer in ("territories-before", "territories-after", "homes"):
        shown = fenced.get(f"{plan}/map/{layer}").json()["features"]
        assert {(f["properties"]["id"], f["properties"]["index"]) for f in shown} == set(
            zip(order, range(2), strict=True)
        )
    info = company.ask(fenced, "map")
    assert info["points"] == n
    west, _, east, _ = info["bounds"]
    assert -94.6 < west < east < -91


def test_who_sees_no_region_of_a_plan_sees_no_plan(company: Company) -> None:
    with browser(company.service.url, Role.MANAGER) as client:  # a manager of no region
        assert client.get("/api/plans").json() == []
        shown = []
        for route in company.routes:
            if route.method == "GET" and "{plan_id}" in route.path:
                answer = client.get(filled(route, plan_id=company.plan_id))
                if answer.status_code not in (403, 404, 422):
                    shown.append(f"{route.path}: {answer.status_code}")
    assert shown == []
