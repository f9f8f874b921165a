"""The fence: which territories somebody sees, by region and by everything above it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import ApiError
from api.fence import Fence, any_region, only_unfenced, whole_company
from data.read.regions import RegionTree, read_regions
from planner.roles import LOCAL, Person, Role, Scope
from tests.conftest import write_grid_folder

HIERARCHY = """node_id,parent_id,name
company,,All
east,company,East coast
ne,east,New England
se,east,
west,company,
"""
MANAGER = Person("m", "M", frozenset({Role.MANAGER}), frozenset({"east"}))


def folder_with(root: Path, seats: str, hierarchy: str | None = HIERARCHY) -> Path:
    """Write a plan folder with other seats and a hierarchy."""
    write_grid_folder(root)
    (root / "seats.csv").write_text(seats)
    if hierarchy is not None:
        (root / "hierarchy.csv").write_text(hierarchy)
    return root


def test_a_seat_is_in_its_region_and_in_all_above(tmp_path: Path) -> None:
    seats = "seat_id,territory_id,region,node_id\nS1,T1,ne,\nS2,T2,,se\nS3,T3,New England,\nS4,T4,,\n"
    tree = read_regions(folder_with(tmp_path, seats))
    assert tree.all_of("S1", "ne") == {"ne", "New England", "east", "East coast", "company", "All"}
    assert tree.all_of("S2", "") == {"se", "east", "East coast", "company", "All"}
    assert tree.all_of("S3", "") == tree.all_of("S1", "")
    assert tree.all_of("S4", "") == frozenset()
    assert tree.all_of("hired", "west") == {"west", "company", "All"}


def test_without_a_hierarchy_a_seat_is_in_its_region(tmp_path: Path) -> None:
    tree = read_regions(folder_with(tmp_path, "seat_id,territory_id,region\nS1,T1, north \n", None))
    assert tree.all_of("S1", "") == {"north"}


@pytest.mark.parametrize("broken", ["node_id,parent_id\na,b\nb,a\n", "nonsense\n1\n", ""])
def test_a_broken_hierarchy_opens_nothing(tmp_path: Path, broken: str) -> None:
    tree = read_regions(folder_with(tmp_path, "seat_id,territory_id,region\nS1,T1,a\n", broken))
    assert "a" in tree.all_of("S1", "")
    assert tree.all_of("S1", "") <= {"a", "b"}


NAMES = st.sampled_from("abcdef")


@given(st.dictionaries(NAMES, NAMES), NAMES)
def test_any_hierarchy_ends(parent: dict[str, str], region: str) -> None:
    found = RegionTree({}, parent, {}).all_of("s", region)
    assert region in found
    assert found <= {region, *parent.values(), *parent}


@given(st.dictionaries(NAMES, st.frozensets(NAMES)), st.frozensets(NAMES) | st.none())
def test_mask_and_sees_agree_and_nothing_is_on_both_sides(
    regions: dict[str, frozenset[str]], scope: frozenset[str] | None
) -> None:
    fence = Fence(Scope(scope), regions)
    ids = [*regions, "", "unknown"]
    np.testing.assert_array_equal(fence.mask(ids), [fence.sees(name) for name in ids])
    assert not fence.inside & fence.outside
    assert fence.inside | fence.outside == set(regions)
    if scope is not None:
        assert not fence.sees("")
        assert not fence.sees("unknown")
        assert all(fence.sees(name) == bool(regions[name] & scope) for name in regions)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("balance of T4", True),
        ("territory T4 would hold 12", True),
        ("T4's neighbour", True),
        ("T42 and XT4", False),
        ("4 km nearer", True),
        ("41.4 km nearer, 4.4 more", False),
        ("by Elsa Dorn", True),
        ("kept with its current owner", False),
        ("", False),
    ],
)
def test_sentences_that_name_the_hidden_are_found(text: str, named: bool) -> None:
    regions = {"T1": frozenset({"w"}), "T4": frozenset({"e"}), "4": frozenset({"e"})}
    fence = Fence(Scope(frozenset({"w"})), regions, {"T4": ("S4", "Elsa Dorn")})
    assert fence.names_hidden(text) == named


def test_who_sees_some_regions_meets_the_words_of_what_is_not_there() -> None:
    only_unfenced(LOCAL, "plan folder", "iowa", "/api/folders")
    whole_company(LOCAL)
    with pytest.raises(ApiError, match="There is no plan folder 'iowa'"):
        only_unfenced(MANAGER, "plan folder", "iowa", "/api/folders")
    with pytest.raises(ApiError) as refused:
        whole_company(MANAGER)
    assert refused.value.status_code == 403
    assert any_region(MANAGER, None)
    assert any_region(MANAGER, ["west", "east"])
    assert not any_region(MANAGER, ["west"])
