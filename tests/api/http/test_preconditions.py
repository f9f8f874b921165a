"""Preconditions: the second of two editors is told."""

from __future__ import annotations

import pytest

from api.errors import ApiError
from api.http import preconditions


@pytest.mark.parametrize("stated", ['"7"', '"6", "7"', 'W/"7"', "*"])
def test_a_change_for_the_present_revision_passes(stated: str) -> None:
    preconditions.check(stated, 7, "plan")


@pytest.mark.parametrize("stated", ['"6"', '"77"', "7", ""])
def test_a_change_for_another_revision_is_refused(stated: str) -> None:
    with pytest.raises(ApiError) as found:
        preconditions.check(stated, 7, "plan")
    assert (found.value.status_code, found.value.kind) == (412, "precondition-failed")
    assert "revision 7" in found.value.detail


def test_a_change_that_states_no_revision_is_refused_where_one_is_needed() -> None:
    with pytest.raises(ApiError) as found:
        preconditions.check(None, 7, "plan")
    assert found.value.status_code == 428
    preconditions.check(None, 7, "plan", required=False)
