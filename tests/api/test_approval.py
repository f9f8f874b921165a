"""A season of approval through HTTP: stages, regions, validation, publishing, what is in force; refusals on the way."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from api.http.paging import cursor
from data.store import edits
from planner.editing.changes import Change, Kind, Subject
from tests.api.seasons import REGIONS, Season, served, write_output, write_regional_folder


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


def _approved(spring: Season) -> None:
    spring.do("ann", "./approval/propose")
    for who, region in (("noa", "North"), ("sue", "South")):
        spring.do(who, "./approval/approve", {"region": region, "version": 1})


def test_a_season_from_draft_to_published_and_back(spring: Season) -> None:
    assert spring.get("ann", "./approval")["stage"] == "draft"
    assert spring.do("ann", "./approval/propose")["stage"] == "proposed"
    seen = spring.get("noa", "./approval")
    assert [region["region"] for region in seen["regions"]] == ["North"]
    assert {"step": "approve", "region": "North", "on_behalf": False} in seen["steps"]
    assert {step["region"] for step in seen["steps"]} == {None, "North"}

    north = spring.do("noa", "./approval/approve", {"region": "North", "version": 1})
    assert north["stage"] == "in_review"
    assert spring.refused("noa", "./approval/approve", {"region": "South", "version": 1})[0] == 404
    both = spring.do("sue", "./approval/approve", {"region": "South", "version": 1})
    assert both["stage"] == "approved"

    done = spring.do("fay", "./approval/validate", {"version": 1})
    kept = done["certificate"]
    assert done["approval"]["stage"] == "validated"
    assert spring.send("ann", "DELETE", f"plans/{spring.plan_id}").status_code == 409
    assert done["approval"]["frozen"]
    assert kept["equations"] > 0
    assert kept["void_at"] is None
    stated = spring.get("fay", "./certificates/1/tie-out")
    assert stated["digest"] == kept["tie_out_digest"]
    assert len(stated["equations"]) == kept["equations"]
    assert spring.refused("noa", "./certificates/1/tie-out", method="GET")[0] == 404

    published = spring.do(
        "ann", "./approval/publish", {"version": 1, "effective_from": "2026-07-01", "line": spring.plan_id}
    )
    assert spring.get("ann", "./approval")["stage"] == "published"
    found = spring.get("ann", f"effective?on=2026-07-01&limit=500&line={spring.plan_id}")["items"]
    assert {row["publication_id"] for row in found} == {published["id"]}
    assert len(found) == 60
    assert spring.get("ann", f"effective?on=2026-06-30&line={spring.plan_id}")["items"] == []

    told = spring.do("fay", "./approval/reopen", {"to": "in_review", "reason": "a merger"})
    assert told["stage"] == "in_review"
    assert told["certificate"] is None
    assert [region["verdict"] for region in told["regions"]] == ["open", "open"]
    old = spring.get("ann", "./certificates")
    assert [(each["number"], each["void_by"], each["void_why"]) for each in old] == [(1, "fay", "a merger")]
    assert spring.get("fay", "./certificates/1/tie-out") == stated
    assert len(spring.get("ann", f"effective?on=2026-07-01&limit=500&line={spring.plan_id}")["items"]) == 60
    steps = [(each["who"], each["step"]) for each in spring.get("ann", "./approval/history")["items"]]
    assert steps == [
        ("ann", "propose"),
        ("noa", "review"),
        ("noa", "approve"),
        ("sue", "approve"),
        ("fay", "validate"),
        ("ann", "publish"),
        ("fay", "reopen"),
    ]
    assert [(who, what) for who, what, _ in spring.trail()] == [
        ("ann", "approval.propose"),
        ("noa", "approval.approve"),
        ("sue", "approval.approve"),
        ("fay", "approval.validate"),
        ("ann", "approval.publish"),
        ("fay", "approval.reopen"),
    ]


def test_each_step_is_for_those_who_may(spring: Season) -> None:
    assert spring.refused("noa", "./approval/propose", {})[:2] == (403, "not-permitted")
    spring.do("ann", "./approval/propose")
    assert spring.refused("vic", "./approval/review", {})[0] == 403
    assert spring.refused("ann", "./approval/approve", {"region": "North", "version": 1})[0] == 403
    assert spring.refused("fay", "./approval/reject", {"region": "North", "reason": "no"})[0] == 403
    own = spring.refused("root", "./approval/approve", {"region": "North", "version": 1})
    assert own[:2] == (403, "not-permitted")
    assert "its manager" in own[2]
    assert spring.refused("ann", "./approval/validate", {"version": 1})[0] == 403
    assert (
        spring.refused("fay", "./approval/publish", {"version": 1, "effective_from": "2026-07-01"})[0] == 403
    )
    assert spring.get("ann", "./approval")["stage"] == "proposed"
    assert [what for _, what, _ in spring.trail()] == ["approval.propose"]


def test_no_stage_is_skipped(spring: Season) -> None:
    for who, path, body in (
        ("noa", "./approval/approve", {"region": "North", "version": 1}),
        ("fay", "./approval/validate", {"version": 1}),
        ("ann", "./approval/publish", {"version": 1, "effective_from": "2026-07-01"}),
        ("fay", "./approval/reopen", {"reason": "why not"}),
        ("ann", "./approval/withdraw", {"reason": "why not"}),
    ):
        assert spring.refused(who, path, body)[:2] == (409, "impossible-step")
    assert spring.get("ann", "./approval")["stage"] == "draft"
    assert spring.trail() == []


def test_a_planner_approves_for_a_manager_with_a_reason(spring: Season) -> None:
    spring.do("ann", "./approval/propose")
    body = {"region": "North", "version": 1, "reason": " "}
    assert spring.refused("ann", "./approval/approve-on-behalf", body)[0] == 422
    done = spring.do("ann", "./approval/approve-on-behalf", {**body, "reason": "Noa is on leave."})
    north = next(region for region in done["regions"] if region["region"] == "North")
    assert (north["verdict"], north["who"], north["on_behalf"]) == ("approved", "ann", True)
    assert spring.refused("sue", "./approval/approve-on-behalf", {**body, "reason": "x"})[0] == 403


def test_a_refused_region_goes_back_to_who_proposed(spring: Season) -> None:
    spring.do("ann", "./approval/propose")
    spring.do("noa", "./approval/reject", {"region": "North", "reason": "T3 is too wide."})
    told = spring.get("ann", "./approval")
    assert (told["stage"], told["back_with"], told["back_reason"]) == ("in_review", "ann", "T3 is too wide.")
    hidden = spring.get("sue", "./approval")
    assert (hidden["back_with"], hidden["back_reason"]) == ("", "")
    assert "T3 is too wide." not in spring.send("sue", "GET", "./approval/history").text
    again = spring.do("ann", "./approval/ask-again", {"region": "North", "reason": "narrower"})
    assert again["back_with"] == ""


def test_a_region_that_changed_has_to_be_approved_again(
    spring: Season, regional: tuple[Path, Path], tmp_path: Path
) -> None:
    _approved(spring)
    changed = tmp_path / "changed"
    shutil.copytree(regional[1], changed)
    rows = (changed / "assignments.csv").read_text("utf-8")
    (changed / "assignments.csv").write_text(rows.replace(",T3,S3,", ",T4,S4,", 1), "utf-8")
    assert spring.add_version(changed) == 2
    told = spring.get("ann", "./approval")
    assert [(r["region"], r["lapsed"]) for r in told["regions"]] == [("North", True), ("South", False)]
    assert spring.refused("sue", "./approval/approve", {"region": "South", "version": 2})[:2] == (
        409,
        "impossible-step",
    )
    assert spring.refused("noa", "./approval/approve", {"region": "North", "version": 1})[:2] == (
        409,
        "not-the-newest",
    )
    broken = spring.refused("fay", "./approval/validate", {"version": 2})
    assert broken[:2] == (409, "does-not-tie-out")
    again = spring.do("noa", "./approval/approve", {"region": "North", "version": 2})
    assert not any(region["lapsed"] for region in again["regions"])
    assert spring.refused("fay", "./approval/validate", {"version": 1})[:2] == (409, "approval-lapsed")


def test_a_changed_quota_does_not_tie_out(
    spring: Season, regional: tuple[Path, Path], tmp_path: Path
) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(regional[1], changed)
    lines = (changed / "quotas.csv").read_text("utf-8").splitlines(keepends=True)
    cells = lines[1].split(",")
    at = lines[0].strip().split(",").index("amount")
    cells[at] = f"{float(cells[at]) + 0.01:.2f}"
    (changed / "quotas.csv").write_text("".join([lines[0], ",".join(cells), *lines[2:]]), "utf-8")
    spring.add_version(changed)
    spring.do("ann", "./approval/propose")
    for who, region in (("noa", "North"), ("sue", "South")):
        spring.do(who, "./approval/approve", {"region": region, "version": 2})
    answer = spring.send("fay", "POST", "./approval/validate", {"version": 2})
    assert answer.status_code == 409
    problems = answer.json()["problems"]
    assert {problem["code"] for problem in problems} == {"does_not_tie_out"}
    assert any("certificate" in problem["why"] for problem in problems)
    assert spring.get("ann", "./certificates") == []


def test_a_plan_without_quotas_is_not_validated(
    spring: Season, regional: tuple[Path, Path], tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(regional[1], bare)
    (bare / "tie_out.json").unlink()
    (bare / "quotas.csv").unlink()
    spring.add_version(bare)
    assert spring.refused("fay", "./approval/validate", {"version": 2})[:2] == (409, "no-quotas")


def test_edits_beyond_the_version_hold_validation_up(spring: Season) -> None:
    _approved(spring)
    with spring.store.database.writing() as tx:
        change = Change(Subject(Kind.LOCKED_UNIT, "U00"), None, "locked")
        edits.append(tx, spring.plan_id, after=0, kind="lock", author="ann", changes=(change,))
    assert spring.get("ann", "./approval")["edits_beyond"] == 1
    refused = spring.refused("fay", "./approval/validate", {"version": 1})
    assert refused[:2] == (409, "edits-beyond")
    assert "1 edit beyond version 1" in refused[2]


def test_finance_sends_back_what_sales_approved(spring: Season) -> None:
    _approved(spring)
    assert spring.refused("fay", "./approval/send-back", {"reason": ""})[0] == 422
    assert spring.refused("fay", "./approval/send-back", {"regions": ["East"], "reason": "x"})[0] == 409
    done = spring.do("fay", "./approval/send-back", {"regions": ["South"], "reason": "2.00 too much in T1"})
    assert (done["stage"], done["back_with"]) == ("in_review", "sue")
    assert [region["verdict"] for region in done["regions"]] == ["approved", "open"]


def test_due_dates_need_the_revision_they_are_meant_for(spring: Season) -> None:
    tag = spring.send("ann", "GET", "./approval").headers["etag"]
    body = {"dates": {"proposed": "2020-02-01", "approved": "2020-02-20"}}
    path = "./approval/due-dates"
    assert spring.send("ann", "PUT", path, body).status_code == 428
    assert spring.send("ann", "PUT", path, body, if_match='"99"').status_code == 412
    done = spring.send("ann", "PUT", path, body, if_match=tag)
    assert done.status_code == 200, done.text
    assert done.headers["etag"] != tag
    assert [due["stage"] for due in done.json()["due"]] == ["proposed", "approved"]
    assert all(due["days_late"] > 365 for due in done.json()["due"])
    wrong = {"dates": {"proposed": "2020-02-21", "approved": "2020-02-20"}}
    assert spring.send("ann", "PUT", path, wrong, if_match="*").status_code == 422
    assert spring.send("noa", "PUT", path, body, if_match="*").status_code == 403


def _published(spring: Season, day: str) -> str:
    _approved(spring)
    spring.do("fay", "./approval/validate", {"version": 1})
    body = {"version": 1, "effective_from": day, "line": spring.plan_id}
    return str(spring.do("ann", "./approval/publish", body)["id"])


def test_what_is_in_force_is_fenced_and_paged(spring: Season) -> None:
    _published(spring, "2026-07-01")
    path = f"effective?on=2026-08-15&line={spring.plan_id}"
    everything = spring.get("ann", f"{path}&limit=500")["items"]
    north = spring.get("noa", f"{path}&limit=500")["items"]
    assert {row["region"] for row in north} == {"North"}
    assert north == [row for row in everything if REGIONS[row["territory_id"]] == "North"]
    paged: list[dict[str, object]] = []
    cursor = ""
    while True:
        page = spring.get("noa", f"{path}&limit=7{cursor}")
        paged += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert paged == north
    one = north[3]
    assert spring.get("noa", f"{path}&account_id={one['account_id']}")["items"] == [one]
    foreign = next(row for row in everything if row["region"] == "South")
    assert spring.get("noa", f"{path}&account_id={foreign['account_id']}")["items"] == []
    assert one["quota_cents"] > 0
    assert (one["since"], one["until"]) == ("2026-07-01", None)


def test_a_publication_that_is_withdrawn_leaves_the_plan_validated(spring: Season) -> None:
    published = _published(spring, "2026-07-01")
    assert spring.refused("fay", f"publications/{published}/withdraw", {"reason": "x"})[0] == 403
    assert spring.refused("ann", f"publications/{published}/withdraw", {"reason": ""})[0] == 422
    done = spring.do("ann", f"publications/{published}/withdraw", {"reason": "wrong day"})
    assert (done["withdrawn_by"], done["withdrawn_why"]) == ("ann", "wrong day")
    assert spring.get("ann", "./approval")["stage"] == "validated"
    assert spring.get("ann", f"effective?on=2026-08-01&line={spring.plan_id}")["items"] == []
    assert spring.refused("ann", f"publications/{published}/withdraw", {"reason": "x"})[0] == 409
    again = spring.do("ann", "./approval/publish", {"version": 1, "effective_from": "2026-08-01"})
    listed = spring.get("ann", f"publications?plan_id={spring.plan_id}&limit=1")
    assert [each["id"] for each in listed["items"]] == [again["id"]]
    rest = spring.get("ann", f"publications?plan_id={spring.plan_id}&limit=1&cursor={listed['next']}")[
        "items"
    ]
    assert [each["id"] for each in rest] == [published]
    assert spring.get("noa", f"publications/{published}") == done
    assert spring.refused("ann", "publications/none", method="GET")[0] == 404
    assert spring.trail()[-2] == ("ann", "publication.withdraw", "wrong day")


def test_comments_are_read_by_those_they_concern(spring: Season) -> None:
    everybody = spring.do("ann", "./comments", {"text": "Please read by <b>Friday</b>."})
    north = spring.do("noa", "./comments", {"text": "T3 is wide.", "about": "territory", "subject": "T3"})
    reply = {"text": "It is.", "about": "territory", "subject": "T3", "reply_to": north["id"]}
    answered = spring.do("ann", "./comments", reply)
    assert [each["id"] for each in spring.get("vic", "./comments")["items"]] == [
        everybody["id"],
        north["id"],
        answered["id"],
    ]
    assert [each["id"] for each in spring.get("sue", "./comments")["items"]] == [everybody["id"]]
    thread = spring.get("noa", "./comments?about=territory&subject=T3&limit=1")
    assert [each["text"] for each in thread["items"]] == ["T3 is wide."]
    rest = spring.get("noa", f"./comments?about=territory&subject=T3&cursor={thread['next']}")
    assert [each["reply_to"] for each in rest["items"]] == [north["id"]]
    foreign = {"text": "x", "about": "territory", "subject": "T1"}
    assert spring.refused("noa", "./comments", foreign)[0] == 404
    assert spring.refused("noa", "./comments", {**foreign, "subject": "T9"})[0] == 404
    assert spring.refused("vic", "./comments", {"text": "x"})[0] == 403
    assert spring.refused("noa", "./comments", {"text": " \u200d "})[0] == 422
    assert spring.refused("sue", "./comments", {**reply, "about": "plan", "subject": ""})[0] == 404
    assert spring.refused("ann", f"./comments/{north['id']}", method="DELETE")[:2] == (403, "not-yours")
    assert spring.send("noa", "DELETE", f"./comments/{north['id']}").status_code == 204
    gone = spring.get("ann", "./comments")["items"][1]
    assert (gone["text"], gone["removed"]) == ("", True)
    assert [what for _, what, _ in spring.trail()] == ["comment.write"] * 3 + ["comment.remove"]


def test_an_account_is_talked_about_by_those_who_see_it(spring: Season) -> None:
    body = {"text": "Ours for years.", "about": "account"}
    accounts = [f"{number:05d}" for number in range(0, 60, 4)]
    north = [a for a in accounts if _writes(spring, "noa", {**body, "subject": a})]
    south = [a for a in accounts if _writes(spring, "sue", {**body, "subject": a})]
    assert north
    assert south
    assert {*north, *south} == set(accounts)
    seen = spring.get("noa", "./comments?about=account&limit=500")["items"]
    assert [each["subject"] for each in seen] == north
    spring.do("ann", "./comments", {**body, "subject": north[0]})
    assert spring.get("noa", "./comments?limit=500")["items"][-1]["author"] == "ann"


def _writes(spring: Season, who: str, body: dict[str, str]) -> bool:
    return spring.send(who, "POST", "./comments", body).status_code == 201


ZERO = "%00"


@pytest.mark.parametrize(
    "path",
    [
        f"./comments?subject={ZERO}",
        f"publications?line={ZERO}",
        f"effective?on=2026-01-01&line={ZERO}",
        f"publications?cursor={cursor(('2026-01-01', 'A B'))}",
        f"publications?cursor={cursor(('tomorrow', 'p-1'))}",
        f"./approval/history?cursor={cursor((2**40,))}",
        f"./challenges?cursor={cursor(('x',))}",
        "effective?on=yesterday",
        "effective",
    ],
)
def test_what_no_store_can_look_for_is_refused(spring: Season, path: str) -> None:
    assert spring.refused("ann", path, method="GET")[:2] == (422, "invalid-request")


def test_what_names_nothing_is_not_found(spring: Season) -> None:
    for about in ("account", "territory", "challenge"):
        for subject in ("\x00", "'; drop table plans; --", "<svg/onload=alert(1)>"):
            body = {"text": "x", "about": about, "subject": subject}
            assert spring.refused("ann", "./comments", body)[0] == 404
    assert (
        spring.refused(
            "ann", "./approval/approve-on-behalf", {"region": "\x00", "version": 1, "reason": "x"}
        )[0]
        == 404
    )
    assert spring.refused("fay", "./approval/validate", {"version": 2**31 - 1})[0] == 404
    assert spring.refused("ann", "./certificates/7/tie-out", method="GET")[0] == 404
