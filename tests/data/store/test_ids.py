"""Ids: fit for an address whatever the name, and never the same twice."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from data.store.ids import ID_PATTERN, new_id


@given(st.text())
def test_every_name_gets_an_id_of_the_pattern(name: str) -> None:
    assert re.match(ID_PATTERN, new_id(name))


def test_an_id_tells_what_it_names_and_is_its_own() -> None:
    assert new_id("Spring 2026: North!").startswith("spring-2026-north-")
    assert len({new_id("Spring") for _ in range(50)}) == 50
