"""From a base and changes to what is asked of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner.errors import InvalidInput
from planner.scenario import Scenario
from planner.scenarios.change import Asked, Change
from planner.scenarios.checking import Known, check
from planner.scenarios.codec import FILE, NamedChanges, in_order


def apply(
    base: Scenario | Asked,
    changes: Sequence[Change],
    known: Known | None = None,
    *,
    name: str = "",
    file: str = FILE,
) -> Asked:
    """Return what is asked once changes are made, in the order of `planner.scenarios.registry.KINDS`.

    Parameters
    ----------
    base
        What is asked without them.
    changes
        The changes, in any order.
    known
        What there is in the data; None to leave names to be found out when the data are assembled.
    name
        Name of the scenario; that of the base where empty.
    file
        What problems name as the place.

    Raises
    ------
    InvalidInput
        With every conflict, contradiction and name that is not there.
    """
    asked = base if isinstance(base, Asked) else Asked(base)
    problems = check(changes, asked.scenario, known, file)
    if problems:
        raise InvalidInput(problems)
    for change in in_order(changes):
        asked = change.applied(asked)
    return asked.replace(name=name) if name else asked


def describe(scenario: NamedChanges | Iterable[Change]) -> tuple[str, ...]:
    """Return the changes of a scenario in words, one sentence each, in their order."""
    changes = scenario.changes if isinstance(scenario, NamedChanges) else scenario
    return tuple(change.sentence() for change in changes)
