"""Plans to choose from, written as one folder: each plan with all its files, their numbers, and a chart."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.assembled import Assembled
from data.export.choice_page import Choice, choice_page
from data.export.folder import PRODUCT, is_output, replaced_folder
from data.export.output import write_plan
from data.export.text import write_json
from data.stakes import plan_stakes
from planner.objective import Compactness
from planner.plan import Plan
from planner.proposals import TRAVEL, Axes, Proposal, axes, travel

INDEX, PAGE = "proposals.json", "proposals.html"
"""Files beside the folders of the plans."""


@dataclass(frozen=True, eq=False)
class ProposedPlan:
    """A proposal and the whole plan made of it."""

    proposal: Proposal
    plan: Plan

    def folder(self, number: int) -> str:
        """Return the name of its folder."""
        return f"{number}-{re.sub(r'[^a-z0-9]+', '-', self.proposal.name.lower()).strip('-')}"


def write_proposals(out: Path, assembled: Assembled, proposed: Sequence[ProposedPlan]) -> None:
    """Write the plans, ``proposals.json`` and ``proposals.html``; an earlier folder of proposals is replaced.

    Raises
    ------
    InvalidInput
        Where `out` may not or cannot be written.
    """
    with replaced_folder(out, inputs=assembled.folder.path, ours=is_proposals) as folder:
        for number, one in enumerate(proposed, 1):
            write_plan(folder / one.folder(number), assembled, one.plan)
        index = proposals_index(assembled, proposed)
        write_json(folder / INDEX, index)
        (folder / PAGE).write_text(_page(assembled, proposed), "utf-8")


def is_proposals(folder: Path) -> bool:
    """Return whether `folder` holds proposals of this product and nothing else."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    ours = isinstance(index, dict) and index.get("product") == PRODUCT
    return ours and all(
        path.name in (INDEX, PAGE) or (path.is_dir() and is_output(path)) for path in folder.iterdir()
    )


def current_axes(assembled: Assembled, proposed: Sequence[ProposedPlan]) -> Axes | None:
    """Return where the alignment in force is on the axes, as far as it reaches; None where there is none."""
    before, problem = proposed[0].plan.before if proposed else None, assembled.problem
    weight = problem.objective.weight
    owned = float(weight[problem.current >= 0].sum())
    if before is None or owned <= 0:
        return None
    found = axes(problem, before)
    if problem.objective.compactness is Compactness.DIAMETER:
        return found
    # What nobody owns today travels nowhere: the mean is over what somebody does.
    return found._replace(travel=travel(problem, before.compactness_cost * float(weight.sum()) / owned))


def proposals_index(assembled: Assembled, proposed: Sequence[ProposedPlan]) -> dict[str, object]:
    """Return the numbers of all proposals as plain values."""
    name, unit = TRAVEL[assembled.problem.objective.compactness]
    now = current_axes(assembled, proposed)
    return {
        "product": PRODUCT,
        "name": assembled.scenario.name,
        "axes": {
            "balance": {"name": "largest deviation of a balanced measure", "unit": "fraction of the ideal"},
            "travel": {"name": name, "unit": unit},
            "disruption": {"name": f"{_first_measure(assembled)} that changes hands", "unit": "fraction"},
        },
        "current": None if now is None else now._asdict(),
        "proposals": [_row(assembled, number, one) for number, one in enumerate(proposed, 1)],
    }


def _row(assembled: Assembled, number: int, one: ProposedPlan) -> dict[str, object]:
    card, result, loss = one.plan.after, one.plan.result, plan_stakes(assembled, one.plan).loss
    return {
        "number": number,
        "name": one.proposal.name,
        "how": one.proposal.how,
        "folder": one.folder(number),
        **one.proposal.axes._asdict(),
        "status": result.status.value,
        "feasible": card.feasible,
        "objective": card.objective,
        "moved_entities": card.moved_entities,
        "moved_share": dict(zip(card.measures, card.moved_share.tolist(), strict=True)),
        "worst_deviation": dict(zip(card.measures, card.worst_deviation.tolist(), strict=True)),
        "expected_loss_cents": None if loss is None else loss.total_cents,
        "currency": assembled.scenario.quota.currency,
        "reasons": list(result.report.reasons),
    }


def _first_measure(assembled: Assembled) -> str:
    """Return the measure that disruption is told in."""
    problem = assembled.problem
    limited = problem.limited.tolist()
    return problem.measures[limited[0] if limited else 0].name if problem.measures else "nothing"


def _page(assembled: Assembled, proposed: Sequence[ProposedPlan]) -> str:
    name, unit = TRAVEL[assembled.problem.objective.compactness]
    now = current_axes(assembled, proposed)
    choices = [
        Choice(
            str(number),
            one.proposal.name,
            one.proposal.how,
            one.proposal.axes,
            f"{one.folder(number)}/map.html",
        )
        for number, one in enumerate(proposed, 1)
    ]
    if now is not None:
        choices.append(Choice("today", "today's alignment", "in force", now, None))
    labels = (
        "largest deviation, %",
        f"{name}, {unit}",
        f"{_first_measure(assembled)} changing hands, %",
    )
    feasible = all(one.plan.after.feasible for one in proposed)
    return choice_page(assembled.scenario.name, labels, choices, feasible)
