"""Editing through HTTP: conflicts, locks, previews, undo, drafts, quotas handed out, versions, differences, fences."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from planner.scorecard import scorecard
from tests.api.seasons import Season, served, write_output, write_regional_folder


@pytest.fixture(scope="module")
def regional(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A plan folder of two regions, and its output."""
    root = tmp_path_factory.mktemp("regional")
    folder = write_regional_folder(root / "grid")
    return folder, write_output(folder, root / "output")


@pytest.fixture(scope="module")
def service_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Any]]:
    """A service that every test brings a plan of its own to."""
    with served(tmp_path_factory.mktemp("served") / "workspace") as found:
        yield found


@pytest.fixture
def spring(service_of_all: tuple[Client, Any], regional: tuple[Path, Path]) -> Season:
    """A season with a plan that is made."""
    return Season(*service_of_all, *regional)


def owner(spring: Season, account: str) -> str:
    told = spring.get("ann", "./draft/owners")
    return str(told["territory_ids"][told["territory"][told["ids"].index(account)]])


def moved(spring: Season, account: str, to: str) -> dict[str, Any]:
    place = {"id": account, "from": owner(spring, account)}
    return {"edits": [{"kind": "move", "to": to, "accounts": [place]}], "reason": "nearer"}


def elsewhere(spring: Season, account: str) -> str:
    return "T1" if owner(spring, account) != "T1" else "T2"


def test_an_edit_says_what_it_did_and_shows_in_the_draft(spring: Season) -> None:
    before = spring.get("ann", "./draft")
    account, here = "00000", owner(spring, "00000")
    there = elsewhere(spring, account)
    wanted = moved(spring, account, there)
    told = spring.do("ann", "./edits/preview", wanted)
    assert spring.get("ann", "./draft") == before
    answer = spring.send("ann", "POST", "./edits", wanted)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["effect"] == told
    assert {row["territory_id"] for row in told["territories"]} == {here, there}
    # The area goes with everything in it.
    assert told["changes"] == 1
    along = told["moved_along"][0]
    assert along["count"] == len(along["accounts"])
    for other in along["accounts"]:
        assert owner(spring, other) == there

    after = spring.get("ann", "./draft")
    assert (after["number"], after["undo"], after["redo"]) == (1, 1, None)
    now = spring.app.state.services.desks.now(spring.plan_id)
    card = scorecard(now.draft.problem, now.draft.territory, now.draft.accounts)
    rows = {row["territory_id"]: row for row in after["territories"]}
    for touched in told["territories"]:
        row = rows[touched["territory_id"]]
        assert [m["value"] for m in row["measures"]] == [m["value"] for m in touched["measures"]]
    assert [
        m["value"] for row in after["territories"] for m in row["measures"]
    ] == card.loads.ravel().tolist()
    assert after["objective"] == card.objective
    assert after["feasible"] == card.feasible
    assert {b["text"] for b in told["broken"]} <= {b["text"] for b in after["broken"]}
    assert ("ann", "account.move", "nearer") in spring.trail()
    etag = spring.send("ann", "GET", "./draft").headers["etag"]
    assert etag == answer.headers["etag"] == f'"{made["revision"]}"'


def test_the_second_of_two_is_told_and_nothing_is_overwritten(spring: Season) -> None:
    there = elsewhere(spring, "00003")
    wanted = moved(spring, "00003", there)
    spring.do("ann", "./edits", wanted)
    answer = spring.send("root", "POST", "./edits", wanted)
    assert answer.status_code == 409
    body = answer.json()
    assert body["type"].endswith("conflict")
    assert (body["problems"][0]["value"], body["problems"][0]["column"]) == ("00003", there)
    assert "ann changed that" in body["detail"]
    lock = {"edits": [{"kind": "lock", "accounts": ["00003"]}]}
    assert spring.send("ann", "POST", "./edits", lock, If_Match='"1"').status_code == 412
    spring.do("ann", "./edits", lock)
    told = spring.get("ann", "./draft/owners")
    assert told["ids"].index("00003") in told["locked"]
    status, kind, _ = spring.refused("root", "./edits", moved(spring, "00003", "T4"))
    assert (status, kind) == (409, "locked")
    unknown = {"edits": [{"kind": "move", "to": "T9", "accounts": [{"id": "x", "from": ""}]}]}
    assert spring.refused("ann", "./edits", unknown)[0] == 422
    assert spring.refused("ann", "./edits", {"edits": []})[0] == 422
    assert spring.get("ann", "./draft")["number"] == 2


def test_undo_redo_and_the_log(spring: Season) -> None:
    before = owner(spring, "00000")
    there = elsewhere(spring, "00000")
    spring.do("ann", "./edits", moved(spring, "00000", there))
    spring.do("root", "./edits", {"edits": [{"kind": "lock", "accounts": ["00007"]}]})
    assert spring.do("ann", "./undo", {"mine": True, "reason": "no"})["of"] == 1
    assert owner(spring, "00000") == before
    assert spring.do("ann", "./redo")["of"] == 1
    assert owner(spring, "00000") == there
    assert spring.refused("ann", "./undo", {"number": 9})[:2] == (409, "cannot-undo")
    assert spring.refused("ann", "./redo", {})[:2] == (409, "cannot-redo")
    page = spring.get("ann", "./edits?limit=3")
    assert [each["number"] for each in page["items"]] == [4, 3, 2]
    rest = spring.get("ann", f"./edits?limit=3&cursor={page['next']}")
    assert [(each["number"], each["kind"], each["undone"]) for each in rest["items"]] == [(1, "move", False)]
    detail = spring.get("ann", "./edits/1")
    assert [(each["old"], each["new"]) for each in detail["changed"]] == [(before, there)]
    assert spring.refused("ann", "./edits/99", method="GET")[0] == 404


def test_people_see_and_do_no_more_than_they_may(spring: Season) -> None:
    north = next(a for a in ("00000", "00001", "00002", "00003", "00004") if owner(spring, a) in ("T3", "T4"))
    spring.do("ann", "./edits", moved(spring, north, "T1"))
    draft = spring.get("noa", "./draft")
    assert [row["territory_id"] for row in draft["territories"]] == ["T3", "T4"]
    assert (draft["objective"], draft["moved"]) == (None, None)
    assert all(set(rule["territories"]) <= {"T3", "T4"} for rule in draft["broken"])
    assert set(spring.get("noa", "./draft/owners")["territory_ids"]) == {"T3", "T4"}
    event = spring.get("noa", "./edits")["items"][0]
    assert set(event["territories"]) <= {"T3", "T4"}
    assert event["reason"] == ""
    assert {change["new"] for change in spring.get("noa", "./edits/1")["changed"]} == {None}
    for path in ("./edits", "./edits/preview", "./undo", "./redo"):
        assert spring.refused("noa", path, moved(spring, north, "T3") if "edits" in path else {})[0] == 403
    for path, body in (
        ("./versions", {"name": "x"}),
        ("./branch", {"name": "x"}),
        ("./versions/1/restore", {}),
        ("./versions/1/write", {}),
    ):
        assert spring.refused("noa", path, body)[0] == 403
    diff = spring.get("noa", "./diff?from=1")
    assert {row["territory_id"] for row in diff["territories"]} <= {"T3", "T4"}
    assert {flow["target"] for flow in diff["flows"]} == {""}
    assert diff["objective_before"] is None
    spring.do("ann", "./edits", {"edits": [{"kind": "lock", "accounts": [first_of(spring, "T1")]}]})
    assert spring.refused("noa", "./edits/2", method="GET")[0] == 404
    assert [each["number"] for each in spring.get("noa", "./edits")["items"]] == [1]


def first_of(spring: Season, territory: str) -> str:
    told = spring.get("ann", "./draft/owners")
    at = told["territory_ids"].index(territory)
    return str(told["ids"][told["territory"].index(at)])


def amounts(spring: Season) -> dict[tuple[str, str], int]:
    table = spring.get("ann", "./quotas")
    return {
        (row["territory_id"], period): cents
        for row in table["rows"]
        for period, cents in zip(table["periods"], row["amounts_cents"], strict=True)
    }


def test_a_manager_hands_out_what_the_own_regions_carry(spring: Season) -> None:
    known = amounts(spring)
    period = next(p for t, p in known if t == "T3")

    def of(**cents: int) -> dict[str, Any]:
        edits = [
            {"kind": "set_quota", "territory": t, "period": period, "amount_cents": known[t, period] + c}
            for t, c in cents.items()
        ]
        return {"edits": edits, "reason": "T4 is short"}

    status, kind, detail = spring.refused("noa", "./quota-edits", of(T3=-100))
    assert (status, kind) == (409, "sum-changes")
    assert "-100" in detail
    assert spring.refused("noa", "./quota-edits", of(T3=-100, T1=100))[0] == 404
    made = spring.do("noa", "./quota-edits", of(T3=-100, T4=100))
    assert made["kind"] == "set_quota"
    # What was decided counts from now on.
    assert spring.refused("noa", "./quota-edits", of(T3=0))[0] == 409
    clear = {"edits": [{"kind": "clear_quota", "territory": "T3", "period": period}]}
    assert spring.refused("noa", "./quota-edits", clear)[:2] == (409, "sum-changes")
    spring.do("fay", "./quota-edits", clear)
    assert [q["territory_id"] for q in spring.get("fay", "./draft")["quotas"]] == ["T4"]
    assert spring.get("sue", "./draft")["quotas"] == []
    assert spring.refused("vic", "./quota-edits", of(T3=-1, T4=1))[0] == 403
    assert spring.refused("fay", "./edits", {"edits": [{"kind": "lock", "accounts": ["00000"]}]})[0] == 403
    told = [(who, what) for who, what, _ in spring.trail() if what.startswith("quota")]
    assert told == [("noa", "quota.set"), ("fay", "quota.clear")]


def test_versions_are_compared_restored_and_branched(spring: Season) -> None:
    account, here = "00005", owner(spring, "00005")
    there = elsewhere(spring, account)
    spring.do("ann", "./edits", moved(spring, account, there))
    diff = spring.get("ann", "./diff?from=1")
    assert account in {row["id"] for row in diff["moved"]}
    assert {(row["source"], row["target"]) for row in diff["moved"]} == {(here, there)}
    assert diff["moved_count"] == diff["flows"][0]["count"] == len(diff["moved"])
    assert {row["territory_id"] for row in diff["territories"]} == {here, there}
    (flow,) = diff["flows"]
    touched = {row["territory_id"]: row for row in diff["territories"]}
    gained = [a - b for a, b in zip(touched[there]["after"], touched[there]["before"], strict=True)]
    assert flow["amounts"][0] == pytest.approx(gained[0])
    branch = spring.do("ann", "./branch", {"name": "Other", "version": 1, "note": "what if"})
    other = spring.get("ann", f"plans/{branch['plan_id']}/draft")
    assert other["number"] == 0
    assert spring.get("ann", f"./diff?from=1&other={branch['plan_id']}")["moved_count"] == 0
    assert spring.get("ann", f"./diff?other={branch['plan_id']}")["moved_count"] == diff["moved_count"]
    (first,) = spring.get("ann", f"plans/{branch['plan_id']}/versions")["items"]
    assert first["parent_id"] == spring.get("ann", "./versions/1")["id"]
    assert spring.do("ann", "./versions/1/restore", {"reason": "no"})["kind"] == "restore"
    assert spring.get("ann", "./diff?from=1")["moved_count"] == 0
    assert spring.refused("ann", "./versions/1/restore", {})[:2] == (409, "changes-nothing")
    assert spring.refused("ann", "./versions/7/restore", {})[0] == 404
    assert spring.refused("ann", "./diff?from=7", method="GET")[0] == 404
    assert spring.refused("ann", "./diff?other=none-000000", method="GET")[0] == 404
    assert spring.refused("ann", "./versions/1/write", {})[:2] == (409, "written")


def test_a_version_stands_at_once_and_a_job_writes_it(spring: Season) -> None:
    account, there = "00008", elsewhere(spring, "00008")
    spring.do("ann", "./edits", moved(spring, account, there))
    made = spring.do("ann", "./versions", {"name": "After the call", "note": "Brian agreed."})
    assert (made["number"], made["edit_number"], made["author"]) == (2, 1, "ann")
    follow = f"/api/jobs/{made['job_id']}/events"
    with spring.client.stream("GET", follow, headers={"x-person": "ann"}) as events:
        assert events.status_code == 200
        for _ in events.iter_lines():
            pass  # until it ended
    told = spring.get("ann", "./versions")["items"]
    assert [(row["number"], row["written"]) for row in told] == [(2, True), (1, True)]
    rows = spring.get("ann", f"./accounts?search={account}")["accounts"]
    assert {row["territory_id"] for row in rows if row["account_id"] == account} == {there}
    assert spring.get("ann", "./quotas")["tie_out"]["ties_out"]
    diff = spring.get("ann", "./diff?from=1&to=2")
    assert account in {row["id"] for row in diff["moved"]}
    assert {row["territory_id"] for row in diff["quotas"]} >= {there}
    same = spring.do("ann", "./versions", {"name": "Again"})
    assert (same["written"], same["job_id"]) == (True, None)
    what = [each[1] for each in spring.trail()]
    assert [each for each in what if each.startswith("version")] == [
        "version.add",
        "version.written",
        "version.add",
    ]
