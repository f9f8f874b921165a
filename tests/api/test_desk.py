"""Desks: what the log says, however many processes and people edit; versions, branches and what is written of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection

from api.desk import Desks
from api.editing import versioning, writing
from api.errors import ApiError
from api.jobs.task import Task
from data.audit import audit
from data.export import write_plan
from data.quota_rows import read_quota_rows
from data.reopen import reopen
from data.store import edits, plans, trail, versions
from data.store.opening import Store
from planner.editing import ClearQuota, Edit, Lock, Move, Place, SetQuota, State, Unlock, fold
from planner.editing.changes import Kind, Subject
from planner.roles import Person, Role
from planner.scorecard import scorecard
from planner.stop import MaxIterations
from tests.api.made_plans import put_plan
from tests.data.full_quotas import full_plan, write_full_folder
from tests.planner.explain.drawn import differences
from tests.stores import KINDS, fresh_store

ANN = Person("ann", "Ann", frozenset({Role.PLANNER}))
BOB = Person("bob", "Bob", frozenset({Role.PLANNER}))


@dataclass
class Office:
    """A store with one finished plan, and two processes that serve it."""

    store: Store
    plan_id: str
    desks: Desks
    other: Desks

    def log(self) -> list[Any]:
        with self.store.database.reading() as connection:
            return edits.events(connection, self.plan_id)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("full")
    write_full_folder(place / "folder")
    write_plan(place / "out", *full_plan(place / "folder"))
    return place


@pytest.fixture(params=KINDS)
def office(request: pytest.FixtureRequest, tmp_path: Path, folder: Path) -> Iterator[Office]:
    with fresh_store(request.param, tmp_path / "store") as store:
        plan_id = put_plan(store, folder / "folder", folder / "out")
        yield Office(store, plan_id, Desks(store), Desks(store))


def some_edit(random: np.random.Generator, state: State) -> Edit:
    account = f"A{random.integers(24)}"
    at = str(state[Subject(Kind.UNIT, account)])
    to = str(random.choice(["T1", "T2", "T3", "=T4", "T5", "T6"]))
    match int(random.integers(6)):
        case 0:
            return Lock((account,))
        case 1:
            return Unlock((account,))
        case 2:
            return SetQuota(to, int(random.integers(1000)), "Service", "2026-Q1")
        case 3:
            return ClearQuota(to, "Service", "2026-Q1")
    return Move(to, (Place(account, at),))


def test_two_processes_that_edit_in_turn_always_agree_with_the_log(office: Office) -> None:
    random, base = np.random.default_rng(1), office.desks.now(office.plan_id).state
    refused: list[int] = []
    for turn in range(30):
        desks = (office.desks, office.other)[turn % 2]
        try:
            if turn % 5 == 4:
                desks.undo(ANN, office.plan_id, again=turn % 10 == 9)
            else:
                desks.edit(BOB, office.plan_id, [some_edit(random, desks.now(office.plan_id).state)])
        except ApiError as error:
            refused.append(error.status_code)
    one, two = (desks.now(office.plan_id) for desks in (office.desks, office.other))
    log = office.log()
    assert set(refused) <= {409}
    assert len(log) == 30 - len(refused) >= 12
    assert one.number == two.number == len(log)
    assert one.state == two.state == fold(base, log) == Desks(office.store).now(office.plan_id).state
    draft = one.draft
    assert differences(one.card, scorecard(draft.problem, draft.territory, draft.accounts)) == []
    with office.store.database.reading() as connection:
        assert trail.broken(connection) is None
        told = list(trail.entries(connection, plan=office.plan_id, kind="plan"))
    assert len(told) == len(log)
    assert [entry.who for entry in told] == [event.author for event in log]


def test_people_who_edit_at_the_same_time_lose_nothing_that_was_acknowledged(office: Office) -> None:
    base, made = office.desks.now(office.plan_id).state, []

    def work(who: int) -> None:
        random = np.random.default_rng(who)
        person, desks = (
            Person(f"p{who}", "", frozenset({Role.PLANNER})),
            (office.desks, office.other)[who % 2],
        )
        for _ in range(6):
            try:
                edit = some_edit(random, desks.now(office.plan_id).state)
                made.append((desks.edit(person, office.plan_id, [edit]).event.number, person.id))
            except ApiError as error:
                refusals.append(error.kind)

    refusals: list[str] = []
    threads = [threading.Thread(target=work, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = office.log()
    assert len(made) + len(refusals) == 24
    assert sorted(made) == [(event.number, event.author) for event in log]
    assert set(refusals) <= {"conflict", "locked", "changes-nothing"}
    assert office.desks.now(office.plan_id).state == office.other.now(office.plan_id).state == fold(base, log)


def test_who_comes_second_is_told_and_nothing_is_overwritten(office: Office) -> None:
    move = Move("T2", (Place("A0", "T1"),))
    office.desks.edit(BOB, office.plan_id, [move], reason="nearer")
    with pytest.raises(ApiError) as caught:
        office.other.edit(ANN, office.plan_id, [Move("T3", (Place("A0", "T1"), Place("A6", "T1")))])
    assert (caught.value.status_code, caught.value.kind) == (409, "conflict")
    (problem,) = caught.value.problems
    assert (problem.value, problem.column, problem.code) == ("A0", "T2", "conflict")
    assert "bob changed that on" in problem.why
    assert [event.author for event in office.log()] == ["bob"]
    office.desks.edit(BOB, office.plan_id, [Lock(("A6",))])
    with pytest.raises(ApiError, match=r"locked by hand\. bob changed that") as locked:
        office.other.edit(ANN, office.plan_id, [Move("T3", (Place("A6", "T1"),))])
    assert locked.value.kind == "locked"
    with pytest.raises(ApiError, match="no account 'none'") as unknown:
        office.other.edit(ANN, office.plan_id, [Move("T3", (Place("none", "T1"),))])
    assert unknown.value.status_code == 422
    with pytest.raises(ApiError, match="no undone edit"):
        office.other.undo(ANN, office.plan_id, again=True)
    with pytest.raises(ApiError) as gone:
        office.other.edit(ANN, "gone", [move])
    assert gone.value.status_code == 404
    assert len(office.log()) == 2


def test_what_if_changes_nothing_and_says_what_an_edit_would(office: Office) -> None:
    move = Move("T2", (Place("A0", "T1"),))
    before = office.desks.now(office.plan_id)
    told = office.desks.what_if(office.plan_id, [move])
    assert office.desks.now(office.plan_id) is before
    made = office.desks.edit(ANN, office.plan_id, [move]).effect
    assert made.after.state() == told.after.state()
    assert [b.breach.text for b in made.verdict.broken] == [b.breach.text for b in told.verdict.broken]
    with pytest.raises(ApiError, match="is in T2, not in T1"):
        office.desks.what_if(office.plan_id, [move])
    assert office.desks.what_if(office.plan_id, [move], believing=False).changes == ()


def test_a_frozen_plan_is_not_edited_and_says_who_froze_it(office: Office) -> None:
    office.desks.edit(ANN, office.plan_id, [Move("T2", (Place("A0", "T1"),))])
    with office.store.database.writing() as tx:
        first = versions.version(tx, office.plan_id, 1)
        assert first is not None
        versions.freeze(tx, first.id, "fay")
    for change in (
        lambda: office.desks.edit(ANN, office.plan_id, [Lock(("A1",))]),
        lambda: office.other.undo(ANN, office.plan_id),
        lambda: versioning.restore(office.desks, ANN, office.plan_id, 1, ""),
        lambda: versioning.make(services_of(office), ANN, office.plan_id, "x", ""),
    ):
        with pytest.raises(ApiError, match="frozen at version 1 by fay") as caught:
            change()
        assert caught.value.status_code == 409
    with office.store.database.writing() as tx:
        versions.unfreeze(tx, first.id)
    assert office.desks.undo(ANN, office.plan_id).event.of == 1
    with office.store.database.writing() as tx:
        plans.set_stage(tx, office.plan_id, "validated")
    with pytest.raises(ApiError, match="is validated"):
        office.desks.edit(ANN, office.plan_id, [Lock(("A1",))])


def test_an_edit_inside_a_longer_transaction_stands_or_falls_with_it(office: Office) -> None:
    move = Move("T2", (Place("A0", "T1"),))
    with pytest.raises(ApiError, match="no plan 'gone'"), office.store.database.writing() as tx:
        _both(office.desks, tx, office.plan_id, move)
    assert office.desks.now(office.plan_id).number == 0
    with office.store.database.writing() as tx:
        made = office.desks.edit(ANN, office.plan_id, [move], tx=tx)
    assert office.desks.now(office.plan_id).state == made.effect.after.state()
    assert office.log() == [made.event]


def _both(desks: Desks, tx: Connection, plan_id: str, move: Move) -> None:
    desks.edit(ANN, plan_id, [move], tx=tx)
    back = Move("T1", (Place("A0", "T2"),))
    assert desks.edit(ANN, plan_id, [back], tx=tx).event.number == 2
    assert desks.undo(ANN, plan_id, tx=tx).event.of == 2
    desks.edit(ANN, "gone", [move], tx=tx)


def services_of(office: Office) -> Any:
    """Return services whose runner puts jobs into the queue."""

    def submit(kind: str, params: dict[str, Any], *_: Any, **_more: Any) -> Any:
        submitted.append((kind, params))
        return SimpleNamespace(id=f"job-{len(submitted)}")

    submitted: list[tuple[str, dict[str, Any]]] = []
    runner = SimpleNamespace(submit=submit, submitted=submitted)
    return SimpleNamespace(desks=office.desks, store=office.store, runner=runner)


def written(office: Office, services: Any, version: versions.VersionRow, scratch: Path) -> Path:
    """Do the job of a version as a worker and the server do, and return its output folder."""
    kind, params = services.runner.submitted[-1]
    scratch.mkdir()
    task = Task("job", kind, "", params, office.store.root, scratch)
    result = writing.work(task, MaxIterations(10), lambda _: None)
    digest = office.store.objects.put_tree(task.output)
    job: Any = SimpleNamespace(id=version.job_id, submitted_by="ann")
    with office.store.database.writing() as tx:
        writing.finish(tx, services, job, result, digest)
    return office.store.objects.tree(digest)


def test_a_version_is_written_as_it_was_edited_with_quotas_set_again(office: Office, tmp_path: Path) -> None:
    services = services_of(office)
    first = office.desks.now(office.plan_id).state
    office.desks.edit(
        ANN,
        office.plan_id,
        [
            Move("T2", (Place("A0", "T1"), Place("A6", "T1"))),
            SetQuota("T5", 12_345_600, "Hardware", "2026-Q3"),
        ],
    )
    version = versioning.make(services, ANN, office.plan_id, "Draft two", "after the call")
    assert (version.number, version.edit_number, version.output_digest) == (2, 1, None)
    office.desks.edit(ANN, office.plan_id, [Lock(("A3",))])  # what comes later is not in it
    out = written(office, services, version, tmp_path / "job")

    inputs = office.store.objects.tree(services.runner.submitted[0][1]["data"])
    again = reopen(out, inputs)
    names = again.assembled.problem.territories.territory_id
    units = again.assembled.problem.units.unit_id
    owner = {str(u): str(names[t]) for u, t in zip(units, again.territory, strict=True)}
    state = versioning.state_of(office.desks, version)
    assert owner == {s.id: v for s, v in state.of_kind(Kind.UNIT)}
    assert owner["A0"] == owner["A6"] == "T2"
    rows = read_quota_rows(out)
    amounts = dict(
        zip(
            zip(rows.territory_id, rows.component, rows.period, strict=True), rows.cents.tolist(), strict=True
        )
    )
    assert amounts["T5", "Hardware", "2026-Q3"] == 12_345_600
    assert "Edited by hand: 2 basic units" in " ".join(again.run["notes"])
    assert audit(out, inputs).faults == []

    with office.store.database.reading() as connection:
        stored = versions.version(connection, office.plan_id, 2)
        known = office.desks.of(office.plan_id).quotas(connection, office.store)
    assert stored is not None
    assert stored.output_digest is not None
    assert known["T5", "Hardware", "2026-Q3"] == 12_345_600
    made = versioning.restore(office.other, BOB, office.plan_id, 1, "the call was a mistake")
    assert made.effect.after.state() == first
    assert made.event.about == {"version": 1, "name": "As made"}
    assert office.desks.undo(BOB, office.plan_id).event.of == made.event.number
    versioning.restore(office.desks, BOB, office.plan_id, 2, "")
    with pytest.raises(ApiError, match="as it was"):
        versioning.restore(office.desks, BOB, office.plan_id, 2, "")


def test_a_branch_begins_as_a_version_and_goes_its_own_way(office: Office, tmp_path: Path) -> None:
    services = services_of(office)
    office.desks.edit(ANN, office.plan_id, [Move("T2", (Place("A0", "T1"),)), Lock(("A1",))])
    version = versioning.make(services, ANN, office.plan_id, "Two", "")
    with pytest.raises(ApiError, match="still being written"):
        versioning.branch(services, ANN, office.plan_id, 2, "Other", "")
    written(office, services, version, tmp_path / "job")
    branched = versioning.branch(services, BOB, office.plan_id, 2, "Other", "what if")
    state = office.desks.now(office.plan_id).state
    assert office.desks.now(branched.id).state == state
    office.desks.edit(BOB, branched.id, [Move("T3", (Place("A0", "T2"),))])
    assert office.desks.now(office.plan_id).state == state
    assert versioning.working_of(office.desks, branched.id, 1).state() == state
    with office.store.database.reading() as connection:
        first = versions.version(connection, branched.id, 1)
    assert first is not None
    assert (first.parent_id, first.author) == (version.id, "bob")
    same = versioning.make(services, ANN, office.plan_id, "Three", "")
    assert (same.state_digest, same.output_digest is not None) == (version.state_digest, True)


def test_named_accounts_move_alone_and_are_there_when_the_version_is_opened_again(tmp_path: Path) -> None:
    folder = write_full_folder(tmp_path / "folder")
    rows = (folder / "accounts.csv").read_text("utf-8").splitlines()
    seats = {"A3": "S2", "A9": "S5"}
    named = [
        f"{row},{'seat_id' if n == 0 else seats.get(row.split(',')[0], '')}" for n, row in enumerate(rows)
    ]
    (folder / "accounts.csv").write_text("\n".join(named) + "\n", "utf-8")
    write_plan(tmp_path / "out", *full_plan(folder))
    with fresh_store("sqlite", tmp_path / "store") as store:
        plan_id = put_plan(store, folder, tmp_path / "out")
        office = Office(store, plan_id, Desks(store), Desks(store))
        services = services_of(office)
        made = office.desks.edit(ANN, plan_id, [Move("T6", (Place("A3", "T2"),))])
        assert [change.subject for change in made.event.changes] == [Subject(Kind.ACCOUNT, "A3")]
        version = versioning.make(services, ANN, plan_id, "Two", "")
        out = written(office, services, version, tmp_path / "job")
        again = reopen(out, store.objects.tree(services.runner.submitted[0][1]["data"]))
        now = office.desks.now(plan_id)
        accounts = again.assembled.accounts
        assert accounts is not None
        assert now.draft.accounts is not None
        assert accounts.fixed.tolist() == now.draft.accounts.fixed.tolist()
        assert differences(scorecard(again.assembled.problem, again.territory, accounts), now.card) == []
        branched = versioning.branch(services, ANN, plan_id, 2, "Other", "")
        assert office.desks.now(branched.id).state == now.state


def test_few_desks_stay_in_memory_and_the_others_come_back_as_they_were(office: Office, folder: Path) -> None:
    few = Desks(office.store, kept=1)
    second = put_plan(office.store, folder / "folder", folder / "out")
    few.edit(ANN, office.plan_id, [Move("T2", (Place("A0", "T1"),))])
    first, state = few.of(office.plan_id), few.now(office.plan_id).state
    few.now(second)
    assert few.of(office.plan_id) is not first
    assert few.now(office.plan_id).state == state


def test_a_plan_that_is_not_made_yet_cannot_be_edited(office: Office) -> None:
    with office.store.database.writing() as tx:
        found = plans.plan(tx, office.plan_id)
        assert found is not None
        of = SimpleNamespace(id=found.data_set_id, digest=found.data_digest)
        fresh = plans.add_plan(tx, "Later", of, "ann").id  # type: ignore[arg-type]
    with pytest.raises(ApiError, match="not made yet") as caught:
        office.desks.now(fresh)
    assert caught.value.status_code == 409
