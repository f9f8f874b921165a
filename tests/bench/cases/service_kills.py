"""The service under SIGKILL: what was acknowledged is there, nothing is half done, every job ended once."""

from __future__ import annotations

from tests.bench.context import Context
from tests.bench.results import CaseResult, Cell, Column, Table, Target
from tests.conftest import write_grid_folder
from tests.kills.drive import drive

KILLS_IN_SHORT = 20
LONGEST_S = 3600.0


def service_kills(context: Context) -> CaseResult:
    """The real service at work, its server or a worker killed at random moments (`--kills`, `--database`)."""
    samples = context.scratch / "samples"
    write_grid_folder(samples / "grid")
    wanted = context.kills or KILLS_IN_SHORT
    outcome = drive(
        context.scratch / "store",
        samples,
        kills=wanted,
        seed=context.seed,
        database_url=context.database,
        longest_s=LONGEST_S,
        say=context.say,
    )
    facts, kills = outcome.facts, outcome.server_kills + outcome.worker_kills
    acknowledged = {
        "uploads": len(facts.folders),
        "plans": len(facts.plans),
        "edits, undo included": sum(map(len, facts.edits.values())),
        "versions": sum(map(len, facts.versions.values())),
        "steps of approval": facts.steps.total(),
        "publications": len(facts.publications),
        "deletions": len(facts.deleted_plans),
        "cancels": len(facts.cancelled),
    }
    database = "SQLite" if context.database is None else "PostgreSQL"
    about = (
        f"`planner serve` on {database} in a process of its own, {outcome.server_kills} kills of it and "
        f"{outcome.worker_kills} of a worker at random moments (seed {context.seed}), two drivers that send what got "
        "no answer again with the same key. Then a last start, and a look through the service and into the store."
    )
    broken = (
        f"{len(outcome.faults)} faults" if outcome.faults else "none lost, none half done, trail unbroken"
    )
    return CaseResult(
        "service-kills",
        "The service under SIGKILL",
        about,
        [
            Target(f"{wanted} kills", f"{kills} kills", kills >= wanted, outcome.seconds),
            Target("nothing lost, nothing half done", broken, not outcome.faults, outcome.seconds),
        ],
        [
            Table(
                "Acknowledged",
                (Column("what", "what"), Column("count", "how many", Cell.COUNT)),
                [{"what": what, "count": count} for what, count in acknowledged.items()],
            ),
            Table(
                "Jobs",
                (Column("how", "kind and end"), Column("count", "how many", Cell.COUNT)),
                [{"how": how, "count": count} for how, count in sorted(outcome.jobs.items())]
                + [{"how": "tries of all", "count": outcome.tries}],
            ),
            Table(
                "Answers",
                (Column("what", "request and answer"), Column("count", "how many", Cell.COUNT)),
                [{"what": what, "count": count} for what, count in sorted(outcome.answers.items())],
            ),
        ],
        notes=outcome.faults[:50],
    )
