"""A whole season end to end over PostgreSQL: challenges, swaps, versions, approval, validation, publishing.

The other tests of approval run over SQLite.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.api.seasons import Season, served, write_output, write_regional_folder
from tests.stores import empty_database_url


def _wish(season: Season, who: str, accounts: list[str], to: str, inside: bool) -> dict[str, Any]:
    """Return a wish for an account that fits a territory, or only with a swap."""
    for account in accounts:
        wish = {"kind": "add", "account_id": account, "territory_id": to}
        told = season.do(who, "./challenges/check", wish)
        if told["inside"] is inside and (inside or told["swap"] is not None):
            return wish if inside else {**wish, "with_swap": True}
    raise AssertionError("no account fits")


def _accounts(season: Season, territory: str) -> list[str]:
    working = season.app.state.services.desks.now(season.plan_id).working
    at = working.names.territory[territory]
    owners = zip(working.names.account_id, working.draft.entity_territory, strict=True)
    return [str(account) for account, owner in owners if owner == at]


def _only_one_is_believed(season: Season, path: str, body: dict[str, str]) -> None:
    """Send the same from several people at once: one does it, the others are told that it is done."""
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda who: season.send(who, "POST", path, body), ("ann", "root", "ann", "root"))
        )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert season.app.state.services.desks.now(season.plan_id).number == 1


def test_a_whole_season(tmp_path: Path) -> None:
    folder = write_regional_folder(tmp_path / "grid")
    output = write_output(folder, tmp_path / "output")
    with served(tmp_path / "workspace", empty_database_url("postgresql")) as (client, app):
        season = Season(client, app, folder, output)
        season.do("ann", "./approval/propose", {"reason": "Spring, first round."})

        fits = _wish(season, "noa", _accounts(season, "T4"), "T3", inside=True)
        inside = season.do("noa", "./challenges", {"wish": fits, "reason": "We know them."})
        assert season.refused("sue", f"./challenges/{inside['id']}", method="GET")[0] == 404
        _only_one_is_believed(season, f"./challenges/{inside['id']}/accept", {"answer": "Agreed."})
        swaps = _wish(season, "sue", _accounts(season, "T2"), "T1", inside=False)
        outside = season.do("sue", "./challenges", {"wish": swaps, "reason": "Next door."})
        assert outside["told"]["inside"]
        assert outside["told"]["swap"]["moves"]
        season.do("ann", f"./challenges/{outside['id']}/accept", {"answer": "With the swap."})

        carried = season.get("ann", "./quotas")["rows"]
        t3 = next(row["total_cents"] for row in carried if row["territory_id"] == "T3")
        less = {"kind": "change_quota", "territory_id": "T3", "amount_cents": t3 - 100_000}
        quota = season.do("noa", "./challenges", {"wish": less, "reason": "A vacancy until May."})
        assert (
            season.refused("noa", "./approval/approve", {"region": "North", "version": 1})[1]
            == "open-challenges"
        )
        season.do("ann", f"./challenges/{quota['id']}/accept", {})

        season.do("noa", "./approval/approve", {"region": "North", "version": 1})
        version = season.written("ann", "After the reviews")
        told = season.get("ann", "./approval")
        assert [(r["region"], r["verdict"], r["lapsed"]) for r in told["regions"]] == [
            ("North", "approved", True),
            ("South", "open", False),
        ]
        season.do("sue", "./approval/approve", {"region": "South", "version": version})
        assert season.get("ann", "./approval")["stage"] == "approved"
        assert season.refused("fay", "./approval/validate", {"version": version})[1] == "approval-lapsed"
        season.do("noa", "./approval/approve", {"region": "North", "version": version})

        done = season.do("fay", "./approval/validate", {"version": version})
        assert done["approval"]["stage"] == "validated"
        move = {"kind": "move", "to": "T4", "accounts": [{"id": fits["account_id"], "believed": "T3"}]}
        frozen = season.send("ann", "POST", "./edits", {"edits": [move]})
        assert (frozen.status_code, frozen.json()["type"]) == (409, "urn:planner:error:frozen")
        assert season.refused("ann", "./versions", {"name": "late"})[0] == 409

        season.do("ann", "./approval/publish", {"version": version, "effective_from": "2026-07-01"})
        path = f"effective?on=2026-07-02&account_id={fits['account_id']}"
        (row,) = season.get("noa", path)["items"]
        assert (row["territory_id"], row["version"]) == ("T3", version)
        assert row["quota_cents"] == t3 - 100_000
        assert season.get("sue", path)["items"] == []

        season.do("fay", "./approval/reopen", {"to": "draft", "reason": "A merger in the South."})
        assert season.get("ann", "./certificates")[0]["void_why"] == "A merger in the South."
        edited = season.send("ann", "POST", "./edits", {"edits": [move]})
        assert edited.status_code == 201, edited.text
        assert season.get("noa", path)["items"] == [row]
        whats = [what for _, what, _ in season.trail()]
        assert whats.count("challenge.accepted") == 3
        assert (
            whats.index("approval.validate")
            < whats.index("approval.publish")
            < whats.index("approval.reopen")
        )
