"""Colours that tell neighbouring groups apart, for every kind of colour vision, on light and dark pages."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

PALETTE = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#8f7fd9",
    "#b8b03a",
    "#7a5a3a",
    "#3fb8b0",
    "#a04668",
    "#8a94a0",
)
"""Twelve colours that differ in hue or lightness for every kind of colour vision; the first six are Okabe and Ito's
(*Color Universal Design*, 2008). Their black and yellow are left out: one is lost on dark pages, one on light ones."""


def group_colours(n: int, pairs: ArrayLike) -> list[str]:
    """Return a colour for each group such that neighbours differ where twelve colours suffice (planar maps need four).

    Groups are coloured in DSATUR order (Brélaz 1979, doi:10.1145/359094.359101): the one with most differently coloured
    neighbours first. Among the colours free for it, the one least used so far is taken, so that the map is even.

    Parameters
    ----------
    n
        Number of groups.
    pairs
        Neighbouring groups, shape ``(e, 2)``.

    Returns
    -------
    colours
        ``#rrggbb`` per group; equal input gives equal output.
    """
    neighbours: list[set[int]] = [set() for _ in range(n)]
    for a, b in np.asarray(pairs, dtype=np.int64).reshape(-1, 2).tolist():
        if a != b:
            neighbours[a].add(b)
            neighbours[b].add(a)
    chosen = [-1] * n
    seen: list[set[int]] = [set() for _ in range(n)]
    used = [0] * len(PALETTE)
    for _ in range(n):
        at = max(
            (group for group in range(n) if chosen[group] < 0),
            key=lambda group: (len(seen[group]), len(neighbours[group]), -group),
        )
        around = [chosen[other] for other in neighbours[at]]
        chosen[at] = min(range(len(PALETTE)), key=lambda colour: (around.count(colour), used[colour], colour))
        used[chosen[at]] += 1
        for other in neighbours[at]:
            seen[other].add(chosen[at])
    return [PALETTE[colour] for colour in chosen]
