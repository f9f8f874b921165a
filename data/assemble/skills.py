"""Which seats have the skills that accounts and areas require, a language for example."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from data.assemble.findings import Findings, examples, plural
from data.assemble.roster import Roster
from data.assemble.rules import Demands, Origin, Positions
from data.schema import key

_BETWEEN = re.compile(r"[;,|/]")


def skills_in(text: str) -> frozenset[str]:
    """Return the skills that a cell names, as keys; several are separated by ``;`` ``,`` ``|`` or ``/``."""
    return frozenset(found for part in _BETWEEN.split(text) if (found := key(part)))


def exclude_without_skill(
    demands: Demands,
    rows: Positions,
    required: pd.Series,
    roster: Roster,
    origin: Origin,
    findings: Findings,
) -> None:
    """Exclude what requires skills from every territory whose seat lacks one of them.

    Parameters
    ----------
    rows, required
        Accounts or areas, and the text that names the skills of each; ``""`` requires none.
    """
    offered = [skills_in(text) for text in roster.skills]
    code, texts = pd.factorize(required)
    for number, text in enumerate(texts):
        wanted = skills_in(text)
        if not wanted:
            continue
        able = np.array([wanted <= skills for skills in offered], bool)
        here = rows[code == number]
        if able.any():
            demands.excluded.append((here, np.flatnonzero(~able), origin))
            continue
        there = sorted({skill.strip() for cell in roster.skills for skill in _BETWEEN.split(cell)} - {""})
        findings.error(
            "skill_nobody_has",
            f"No seat has the skill {text!r} that {plural(len(here), 'account or area')} require"
            f"{'s' if len(here) == 1 else ''}; the seats have {examples(there) or 'none'}.",
            "Add it to skills in seats, or correct its name.",
            table=origin.table,
            row=origin.row,
            column=origin.column,
            value=text,
            count=len(here),
        )
