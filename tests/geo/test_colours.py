"""Colours of neighbouring groups."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.adjacency import shared_borders
from geo.cells import cells
from geo.colours import PALETTE, group_colours


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80))
def test_neighbours_on_a_map_differ(seed: int, n: int) -> None:
    shapes = cells(np.random.default_rng(seed).uniform(0, 1000, (n, 2)), shapely.box(0, 0, 1000, 1000))
    pairs = shared_borders(shapes).pairs
    colours = group_colours(n, pairs)
    assert set(colours) <= set(PALETTE)
    assert all(colours[a] != colours[b] for a, b in pairs)
    assert colours == group_colours(n, pairs[::-1, ::-1])


def test_colours_are_used_evenly() -> None:
    colours = group_colours(36, [])
    assert {colours.count(colour) for colour in PALETTE} == {3}


def test_more_mutual_neighbours_than_colours_get_as_few_clashes_as_there_must_be() -> None:
    n = len(PALETTE) + 2
    pairs = [(a, b) for a in range(n) for b in range(a)]
    colours = group_colours(n, pairs)
    assert sum(colours[a] == colours[b] for a, b in pairs) == 2


def test_no_groups() -> None:
    assert group_colours(0, []) == []


def test_colours_stand_out_on_light_and_dark_pages() -> None:
    def luminance(colour: str) -> float:
        parts = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
        linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for colour in PALETTE:
        assert (1.05) / (luminance(colour) + 0.05) > 2.0
        assert (luminance(colour) + 0.05) / (luminance("#12161c") + 0.05) > 2.0
