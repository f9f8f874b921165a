"""Roles: what each permits, and which regions somebody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.roles import LOCAL, PERMITTED, Permission, Person, Role


def person(*roles: Role, **values: object) -> Person:
    """Return somebody with roles."""
    return Person("p", "P", frozenset(roles), **values)  # type: ignore[arg-type]


def test_everybody_reads_and_the_administrator_may_everything() -> None:
    assert all(Permission.READ in permitted for permitted in PERMITTED.values())
    assert all(LOCAL.may(permission) for permission in Permission)
    assert LOCAL.scope.everything


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        (Role.VIEWER, Permission.CHALLENGE),
        (Role.MANAGER, Permission.EDIT),
        (Role.MANAGER, Permission.VALIDATE),
        (Role.PLANNER, Permission.VALIDATE),
        (Role.PLANNER, Permission.ADMINISTER),
        (Role.FINANCE, Permission.EDIT),
    ],
)
def test_duties_are_apart(role: Role, refused: Permission) -> None:
    assert not person(role).may(refused)


@pytest.mark.parametrize(
    ("roles", "regions", "seen"),
    [
        ((Role.MANAGER,), {"west"}, {"west"}),
        ((Role.MANAGER,), set(), set()),
        ((Role.VIEWER,), set(), None),
        ((Role.VIEWER,), {"west"}, {"west"}),
        ((Role.MANAGER, Role.VIEWER), set(), set()),
        ((Role.MANAGER, Role.PLANNER), {"west"}, None),
        ((), set(), set()),
    ],
)
def test_regions_fence_managers_and_viewers(
    roles: tuple[Role, ...], regions: set[str], seen: set[str] | None
) -> None:
    assert person(*roles, regions=frozenset(regions)).scope.regions == seen


def test_what_is_of_no_region_is_seen_by_those_who_see_all() -> None:
    assert person(Role.PLANNER).scope.covers(None)
    assert not person(Role.MANAGER, regions=frozenset({"west"})).scope.covers(None)


NAMES = st.frozensets(st.sampled_from("abc"))


@given(
    st.frozensets(st.sampled_from(Role)),
    NAMES,
    st.none() | NAMES,
    st.none() | st.frozensets(st.sampled_from(Permission)),
)
def test_a_token_never_opens_more_than_its_person_has(
    roles: frozenset[Role],
    regions: frozenset[str],
    within: frozenset[str] | None,
    permitted: frozenset[Permission] | None,
) -> None:
    whole = Person("p", "P", roles, regions)
    narrow = Person("p", "P", roles, regions, permitted, within)
    for permission in Permission:
        assert whole.may(permission) or not narrow.may(permission)
        assert permitted is None or permission in permitted or not narrow.may(permission)
    for region in (None, *"abc"):
        assert whole.scope.covers(region) or not narrow.scope.covers(region)
        assert within is None or region in within or not narrow.scope.covers(region)
