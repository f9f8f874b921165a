"""The check after a load: what was acknowledged and is not there is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.desk import Desks
from data.export import write_plan
from data.store.opening import open_store
from planner.editing import Move, Place
from planner.roles import LOCAL
from tests.api.made_plans import put_plan
from tests.bench.service_load import Measured, checked, folder_of, percentiles
from tests.data.full_quotas import full_plan


def test_what_was_acknowledged_has_to_be_in_the_log(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "folder", 1, accounts=60, territories=3)
    write_plan(tmp_path / "out", *full_plan(folder))
    store = open_store(tmp_path / "workspace")
    plan_id = put_plan(store, folder, tmp_path / "out")
    desks = Desks(store)
    now = desks.now(plan_id)
    account = str(now.working.names.account_id[0])
    at = now.working.names.territory_of(int(now.draft.entity_territory[0]))
    to = next(str(t) for t in now.working.names.territory_id if t != at)
    number = desks.edit(LOCAL, plan_id, [Move(to, (Place(account, at),))]).event.number
    store.close()

    right, lost, more = Measured(acknowledged=[number]), Measured(acknowledged=[number, 7]), Measured()
    for told in (right, lost, more):
        checked(tmp_path / "workspace", plan_id, told)
    assert right.faults == []
    assert "1 acknowledged edits are not in the log" in lost.faults
    assert more.faults == ["1 edits in the log, 0 acknowledged"]


def test_percentiles_are_in_milliseconds() -> None:
    assert percentiles([0.1, 0.2, 0.3])["p50_ms"] == pytest.approx(200)
