"""Challenges through HTTP: checked at once, raised, answered one by one and together; nothing foreign is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from httpx import Client

from planner.editing.edits import Lock
from tests.api.seasons import PEOPLE, REGIONS, Season, served, write_output, write_regional_folder


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
    """A season with a plan that is proposed."""
    found = Season(*service_of_all, *regional)
    found.do("ann", "./approval/propose")
    return found


@pytest.fixture(scope="module")
def holdings(regional: tuple[Path, Path]) -> dict[str, list[str]]:
    """Accounts of each territory of the plan."""
    rows = pd.read_csv(regional[1] / "assignments.csv", dtype=str, keep_default_na=False)
    rows = rows[rows["account_id"] != ""]
    return {str(name): part["account_id"].tolist() for name, part in rows.groupby("territory_id")}


def _found(
    spring: Season, who: str, accounts: list[str], to: str, inside: bool
) -> tuple[str, dict[str, Any]]:
    """Return an account that may go to a territory, or may not, and what was told of it."""
    for account in accounts:
        wish = {"kind": "add", "account_id": account, "territory_id": to}
        told = spring.do(who, "./challenges/check", wish)
        if told["inside"] is inside and (inside or told["swap"] is not None):
            return account, told
    raise AssertionError(f"no account is {'inside' if inside else 'outside'} the rules")


def _raise(spring: Season, who: str, reason: str = "ours", **wish: Any) -> dict[str, Any]:
    raised: dict[str, Any] = spring.do(who, "./challenges", {"wish": wish, "reason": reason})
    return raised


def _territory(spring: Season, account: str) -> str:
    working = spring.app.state.services.desks.now(spring.plan_id).working
    at = working.draft.entity_territory[working.names.account[account]]
    return str(working.names.territory_of(int(at)))


def test_a_challenge_inside_the_rules_is_told_its_effect_and_granted(
    spring: Season, holdings: dict[str, list[str]]
) -> None:
    account, told = _found(spring, "noa", holdings["T4"], "T3", inside=True)
    assert told["broken"] == []
    assert told["swap"] is None
    assert {each["territory_id"] for each in told["territories"]} == {"T3", "T4"}
    accounts = {
        each["territory_id"]: next(m for m in each["measures"] if m["name"] == "accounts")
        for each in told["territories"]
    }
    moved = accounts["T4"]["value"] - accounts["T4"]["value_after"]
    assert moved == accounts["T3"]["value_after"] - accounts["T3"]["value"] == told["moves"][0]["count"] > 0

    raised = _raise(spring, "noa", kind="add", account_id=account, territory_id="T3")
    assert raised["told"] == told
    assert (raised["state"], raised["regions"], raised["number"]) == ("open", ["North"], 1)
    assert spring.get("ann", "./approval")["stage"] == "in_review"
    assert (
        spring.refused("noa", "./approval/approve", {"region": "North", "version": 1})[1] == "open-challenges"
    )
    spring.do("sue", "./approval/approve", {"region": "South", "version": 1})

    done = spring.do("ann", f"./challenges/{raised['id']}/accept", {"answer": "Agreed."})
    assert (done["state"], done["answer"], done["edits"]) == ("accepted", "Agreed.", [1])
    assert _territory(spring, account) == "T3"
    assert spring.get("noa", "./challenges?mine=true")["items"] == [done]
    assert spring.get("ann", "./approval")["edits_beyond"] == 1
    again = spring.refused("ann", f"./challenges/{raised['id']}/accept")
    assert again[:2] == (409, "cannot-be-answered")
    assert [what for _, what, _ in spring.trail()] == [
        "approval.propose",
        "challenge.raise",
        "approval.approve",
        "account.move",
        "challenge.accepted",
    ]


def test_a_challenge_outside_the_rules_comes_back_with_a_swap(
    spring: Season, holdings: dict[str, list[str]]
) -> None:
    account, told = _found(spring, "noa", holdings["T3"], "T4", inside=False)
    assert {each["kind"] for each in told["broken"]} <= {"band", "contiguity"}
    assert all(each["text"] for each in told["broken"])
    back = told["swap"]["moves"]
    assert 1 <= len(back) <= 2
    wish = {"kind": "add", "account_id": account, "territory_id": "T4"}
    plain = _raise(spring, "noa", **wish)
    assert not plain["told"]["inside"]
    refused = spring.send("ann", "POST", f"./challenges/{plain['id']}/accept", {})
    assert refused.status_code == 409
    assert {each["code"] for each in refused.json()["problems"]} == {"breaks_rule"}
    assert _territory(spring, account) == "T3"
    assert spring.do("noa", f"./challenges/{plain['id']}/withdraw")["state"] == "withdrawn"

    taken = _raise(spring, "noa", **wish, with_swap=True)
    assert taken["told"]["inside"]
    spring.do("ann", f"./challenges/{taken['id']}/accept")
    assert _territory(spring, account) == "T4"
    for move in back:
        assert (
            _territory(spring, move["accounts"][0] if move["accounts"] else account)
            == move["to_territory_id"]
        )
    now = spring.app.state.services.desks.now(spring.plan_id)
    assert now.card.feasible


def test_a_planner_makes_the_swap_too_or_breaks_the_rule_on_purpose(
    spring: Season, holdings: dict[str, list[str]]
) -> None:
    account, _ = _found(spring, "noa", holdings["T3"], "T4", inside=False)
    first = _raise(spring, "noa", kind="add", account_id=account, territory_id="T4")
    spring.do("ann", f"./challenges/{first['id']}/accept", {"with_swap": True})
    assert spring.app.state.services.desks.now(spring.plan_id).card.feasible
    rest = [a for a in holdings["T3"] if a != account and _territory(spring, a) == "T3"]
    other, told = _found(spring, "ann", rest, "T4", inside=False)
    second = _raise(spring, "noa", kind="add", account_id=other, territory_id="T4")
    spring.do("ann", f"./challenges/{second['id']}/accept", {"even_if_broken": True})
    now = spring.app.state.services.desks.now(spring.plan_id)
    assert {breach.text for breach in now.broken} == {each["text"] for each in told["broken"]}


def test_the_other_kinds_ask_for_what_they_say(spring: Season, holdings: dict[str, list[str]]) -> None:
    moved = next(
        (account, now, before)
        for account, (now, before) in _before(spring).items()
        if before and now != before and account in holdings[now]
    )
    account, now, before = moved
    keep = spring.do("ann", "./challenges/check", {"kind": "keep", "account_id": account})
    assert [(m["from_territory_id"], m["to_territory_id"]) for m in keep["moves"]] == [(now, before)]
    stays = next(a for a, (n, b) in _before(spring).items() if n == b and b)
    already = spring.do("ann", "./challenges/check", {"kind": "keep", "account_id": stays})
    assert (already["already"], already["inside"], already["moves"]) == (True, True, [])
    away = spring.do("ann", "./challenges/check", {"kind": "remove", "account_id": holdings["T1"][0]})
    assert away["moves"][0]["from_territory_id"] == "T1"
    assert away["moves"][0]["to_territory_id"] in {"T2", "T3", "T4"}
    wish = {"kind": "swap", "account_id": holdings["T1"][0], "other_account_id": holdings["T2"][0]}
    both = spring.do("ann", "./challenges/check", wish)
    assert {(m["from_territory_id"], m["to_territory_id"]) for m in both["moves"]} == {
        ("T1", "T2"),
        ("T2", "T1"),
    }


def _before(spring: Season) -> dict[str, tuple[str, str]]:
    path = spring.app.state.services.store.objects
    with spring.store.database.reading() as connection:
        from data.store import versions

        written = versions.written(connection, spring.plan_id)
    assert written is not None
    rows = pd.read_csv(path.tree(written.output_digest) / "assignments.csv", dtype=str, keep_default_na=False)
    told = zip(rows["account_id"], rows["territory_id"], rows["previous_territory_id"], strict=True)
    return {account: (now, before) for account, now, before in told if account}


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"kind": "keep", "account_id": "none"}, 404),
        ({"kind": "add", "account_id": "00000", "territory_id": "T9"}, 404),
        ({"kind": "add", "account_id": "00000"}, 422),
        ({"kind": "keep", "account_id": "00000", "territory_id": "T1"}, 422),
        ({"kind": "dream"}, 422),
        ({"kind": "change_quota", "territory_id": "T1", "amount_cents": -5}, 422),
        ({"kind": "change_quota", "territory_id": "T9", "amount_cents": 5}, 404),
    ],
)
def test_a_wish_that_cannot_be_used_is_told(spring: Season, wish: dict[str, Any], status: int) -> None:
    assert spring.refused("ann", "./challenges/check", wish)[0] == status


def test_nothing_makes_no_sense_silently(spring: Season, holdings: dict[str, list[str]]) -> None:
    one, two = holdings["T1"][:2]
    swap = {"kind": "swap", "account_id": one, "other_account_id": two}
    assert spring.refused("ann", "./challenges/check", swap)[:2] == (409, "nothing-to-swap")
    leave = {"kind": "remove", "account_id": one, "territory_id": "T1"}
    assert spring.refused("ann", "./challenges/check", leave)[:2] == (409, "nothing-to-remove")


def test_nothing_of_another_region_is_told(spring: Season, holdings: dict[str, list[str]]) -> None:
    """A manager names nothing foreign, and of what a wish does to others nothing is told."""
    before = _before(spring)
    foreign = next(
        a for t in ("T3", "T4") for a in holdings[t] if REGIONS.get(before[a][1], "North") == "North"
    )
    for wish in (
        {"kind": "keep", "account_id": foreign},
        {"kind": "add", "account_id": foreign, "territory_id": "T1"},
        {"kind": "add", "account_id": holdings["T1"][0], "territory_id": "T3"},
        {"kind": "swap", "account_id": holdings["T1"][0], "other_account_id": foreign},
        {"kind": "change_quota", "territory_id": "T3", "amount_cents": 100},
    ):
        assert spring.refused("sue", "./challenges/check", wish)[0] == 404
        assert spring.refused("sue", "./challenges", {"wish": wish, "reason": "x"})[0] == 404
    lost = [a for a, (now, was) in before.items() if REGIONS.get(was) == "South" and REGIONS[now] == "North"]
    assert lost
    answer = spring.send("sue", "POST", "./challenges/check", {"kind": "keep", "account_id": lost[0]})
    assert answer.status_code == 200
    told = answer.json()
    assert told["partly_hidden"]
    assert {each["territory_id"] for each in told["territories"]} <= {"T1", "T2"}
    assert not any(f'"{name}"' in answer.text for name in ("T3", "T4"))
    assert not any(word in answer.text for word in ("territory T3", "territory T4"))

    raised = _raise(spring, "sue", kind="keep", account_id=lost[0])
    assert raised["regions"] == ["South"]
    assert spring.get("ann", "./challenges")["items"][0]["regions"] == ["North", "South"]
    assert spring.get("noa", "./challenges")["items"] == []
    assert spring.get("sue", "./challenges")["items"] == [raised]
    assert spring.refused("noa", f"./challenges/{raised['id']}", method="GET")[0] == 404
    assert spring.refused("noa", f"./challenges/{raised['id']}/withdraw")[0] == 404
    about = {"about": "challenge", "subject": raised["id"]}
    assert spring.refused("noa", "./comments", {"text": "x", **about})[0] == 404
    spring.do("sue", "./comments", {"text": "Please.", **about})
    assert spring.get("noa", "./comments")["items"] == []


def test_only_who_may_answers(spring: Season, holdings: dict[str, list[str]]) -> None:
    raised = _raise(spring, "noa", kind="remove", account_id=holdings["T3"][0])
    path = f"./challenges/{raised['id']}"
    assert spring.refused("noa", f"{path}/accept")[0] == 403
    assert spring.refused("fay", f"{path}/decline", {"answer": "no"})[0] == 403
    assert spring.refused("vic", "./challenges", {"wish": raised["wish"], "reason": "x"})[0] == 403
    assert spring.refused("noa", "./challenges/together", method="GET")[0] == 403
    assert spring.refused("ann", f"{path}/withdraw")[:2] == (409, "cannot-be-answered")
    assert spring.refused("ann", f"{path}/decline", {"answer": ""})[0] == 422
    done = spring.do("ann", f"{path}/decline", {"answer": "They moved."})
    assert (done["state"], done["answer"], done["decided_by"]) == ("declined", "They moved.", "ann")
    told = spring.get("noa", path)
    assert (told["state"], told["answer"], told["decided_by"]) == ("declined", "They moved.", "ann")


def test_challenges_are_raised_in_review_only(spring: Season, holdings: dict[str, list[str]]) -> None:
    body = {"wish": {"kind": "remove", "account_id": holdings["T3"][0]}, "reason": "x"}
    spring.do("ann", "./approval/withdraw", {"reason": "not yet"})
    assert spring.refused("noa", "./challenges", body)[:2] == (409, "not-in-review")
    assert spring.get("noa", "./challenges")["items"] == []


def _pair(spring: Season, holdings: dict[str, list[str]]) -> tuple[str, str]:
    """Return two accounts of T4 that T3 may take one by one."""
    found: list[str] = []
    for account in holdings["T4"]:
        wish = {"kind": "add", "account_id": account, "territory_id": "T3"}
        told = spring.do("noa", "./challenges/check", wish)
        if told["inside"] and told["moves"][0]["count"] == 1:
            found.append(account)
    assert len(found) >= 2
    return found[0], found[1]


def test_where_none_is_open_none_is_judged(spring: Season, holdings: dict[str, list[str]]) -> None:
    nothing = {
        "challenges": [],
        "impossible": [],
        "clashes": [],
        "together": None,
        "suggested": [],
        "largest": True,
        "suggested_effect": None,
    }
    assert spring.get("ann", "./challenges/together") == nothing
    raised = _raise(spring, "noa", kind="remove", account_id=holdings["T3"][0], territory_id="T4")
    desks = spring.app.state.services.desks
    desks.edit(PEOPLE["ann"], spring.plan_id, [Lock(accounts=(holdings["T3"][0],))])
    told = spring.get("ann", "./challenges/together")
    assert [each["challenge_id"] for each in told["impossible"]] == [raised["id"]]
    assert "is locked by hand" in told["impossible"][0]["why"]
    assert (told["suggested"], told["together"]) == ([], None)
    refused = spring.refused("ann", f"./challenges/{raised['id']}/accept", {"even_if_broken": True})
    assert refused[:2] == (409, "breaks-rules")


def test_open_challenges_are_judged_together(spring: Season, holdings: dict[str, list[str]]) -> None:
    one, two = _pair(spring, holdings)
    first = _raise(spring, "noa", kind="add", account_id=one, territory_id="T3")
    second = _raise(spring, "ann", kind="add", account_id=one, territory_id="T2")
    third = _raise(spring, "noa", kind="add", account_id=one, territory_id="T3")
    told = spring.get("ann", "./challenges/together")
    assert told["challenges"] == [first["id"], second["id"], third["id"]]
    assert {(c["first"], c["second"]) for c in told["clashes"]} == {
        (first["id"], second["id"]),
        (second["id"], third["id"]),
    }
    assert told["together"] is None
    assert told["suggested"] == [first["id"], third["id"]]
    assert told["largest"]
    assert told["suggested_effect"]["inside"]
    spring.do("ann", f"./challenges/{first['id']}/accept")
    states = {c["id"]: (c["state"], c["answer"]) for c in spring.get("ann", "./challenges")["items"]}
    assert states[second["id"]] == ("superseded", f"{first['id']} was accepted, which wants otherwise.")
    assert states[third["id"]] == ("superseded", f"{first['id']} was accepted, which wants the same.")
    assert two != one


def test_more_than_the_bands_allow_is_not_suggested(spring: Season, holdings: dict[str, list[str]]) -> None:
    raised = []
    for account in holdings["T4"]:
        wish = {"kind": "add", "account_id": account, "territory_id": "T3"}
        if spring.do("noa", "./challenges/check", wish)["inside"]:
            raised.append(_raise(spring, "noa", **wish)["id"])
    assert len(raised) >= 3
    told = spring.get("ann", "./challenges/together")
    assert not told["together"]["inside"]
    assert 0 < len(told["suggested"]) < len(raised)
    assert told["suggested_effect"]["inside"]
    answers = [{"challenge_id": each, "accept": True} for each in raised]
    refused = spring.send("ann", "POST", "./challenges/decisions", {"decisions": answers})
    assert refused.status_code == 409
    assert {each["code"] for each in refused.json()["problems"]} == {"breaks_rule"}
    assert {c["state"] for c in spring.get("ann", "./challenges")["items"]} == {"open"}
    answers = [
        {"challenge_id": each, "accept": each in told["suggested"], "answer": "Not all of them fit."}
        for each in raised
    ]
    done = spring.do("ann", "./challenges/decisions", {"decisions": answers})
    assert {c["id"] for c in done} == set(raised)
    assert {c["id"] for c in done if c["state"] == "accepted"} == set(told["suggested"])
    assert {tuple(c["edits"]) for c in done if c["state"] == "accepted"} == {(1,)}
    now = spring.app.state.services.desks.now(spring.plan_id)
    assert now.card.feasible
    assert now.number == 1


def test_several_answers_are_given_together_or_not_at_all(
    spring: Season, holdings: dict[str, list[str]]
) -> None:
    one, two = _pair(spring, holdings)
    first = _raise(spring, "noa", kind="add", account_id=one, territory_id="T3")["id"]
    second = _raise(spring, "noa", kind="add", account_id=one, territory_id="T4")["id"]
    third = _raise(spring, "noa", kind="add", account_id=two, territory_id="T3")["id"]
    refused = spring.send(
        "ann",
        "POST",
        "./challenges/decisions",
        {
            "decisions": [
                {"challenge_id": first, "accept": True},
                {"challenge_id": "none", "accept": True},
                {"challenge_id": third, "accept": False},
                {"challenge_id": third, "accept": True},
            ]
        },
    )
    assert refused.status_code == 409
    assert {each["code"] for each in refused.json()["problems"]} == {
        "not_open",
        "answered_twice",
        "no_reason",
    }
    clash = [{"challenge_id": each, "accept": True} for each in (first, second)]
    refused = spring.send("ann", "POST", "./challenges/decisions", {"decisions": clash})
    assert {each["code"] for each in refused.json()["problems"]} == {"clash"}
    assert {c["state"] for c in spring.get("ann", "./challenges")["items"]} == {"open"}
    assert spring.app.state.services.desks.now(spring.plan_id).number == 0


def _quotas(spring: Season) -> dict[str, int]:
    output = spring.app.state.services.shelf.version(spring.plan_id, None).output
    return {row.territory_id: row.total_cents for row in output.quotas.rows}


def test_a_quota_inside_the_total_of_its_region_is_granted(spring: Season) -> None:
    before = _quotas(spring)
    wish = {"kind": "change_quota", "territory_id": "T3", "amount_cents": before["T3"] - 1_000_01}
    told = spring.do("noa", "./challenges/check", wish)
    assert told["inside"], told
    assert told["nearest_quota_cents"] == wish["amount_cents"]
    after = {each["territory_id"]: each["quota_after_cents"] for each in told["territories"]}
    assert after == {"T3": before["T3"] - 1_000_01, "T4": before["T4"] + 1_000_01}
    raised = _raise(spring, "noa", **wish)
    spring.do("ann", f"./challenges/{raised['id']}/accept")
    by_hand = spring.app.state.services.desks.now(spring.plan_id).working.by_hand
    assert {subject.id: cents for subject, cents in by_hand.items()} == after
    told = spring.do("noa", "./challenges/check", wish)
    assert told["already"]


def test_a_quota_beyond_its_region_is_told_with_the_nearest(spring: Season) -> None:
    before = _quotas(spring)
    north = before["T3"] + before["T4"]
    wish = {"kind": "change_quota", "territory_id": "T3", "amount_cents": north + 1}
    told = spring.do("noa", "./challenges/check", wish)
    assert not told["inside"]
    assert {each["kind"] for each in told["broken"]} == {"quota"}
    nearest = told["nearest_quota_cents"]
    assert before["T3"] < nearest < north
    assert spring.do("noa", "./challenges/check", {**wish, "amount_cents": nearest})["inside"]
    assert not spring.do("noa", "./challenges/check", {**wish, "amount_cents": nearest + 1})["inside"]
    raised = _raise(spring, "noa", **wish)
    refused = spring.refused("ann", f"./challenges/{raised['id']}/accept", {"even_if_broken": True})
    assert refused[:2] == (409, "breaks-rules")


def test_challenged_quotas_and_accounts_are_judged_together(
    spring: Season, holdings: dict[str, list[str]]
) -> None:
    before = _quotas(spring)
    one, _ = _pair(spring, holdings)
    moves = _raise(spring, "noa", kind="add", account_id=one, territory_id="T3")["id"]
    less = _raise(spring, "noa", kind="change_quota", territory_id="T3", amount_cents=before["T3"] - 5000)[
        "id"
    ]
    other = _raise(spring, "ann", kind="change_quota", territory_id="T3", amount_cents=before["T3"] + 5000)[
        "id"
    ]
    told = spring.get("ann", "./challenges/together")
    assert [(c["first"], c["second"], c["what"], c["id"]) for c in told["clashes"]] == [
        (less, other, "quota", "T3")
    ]
    assert told["suggested"] == [moves, less]
    answers = [{"challenge_id": each, "accept": True} for each in (moves, less)]
    done = spring.do("ann", "./challenges/decisions", {"decisions": answers})
    assert {(c["id"], c["state"]) for c in done} == {
        (moves, "accepted"),
        (less, "accepted"),
        (other, "superseded"),
    }
    assert _territory(spring, one) == "T3"
