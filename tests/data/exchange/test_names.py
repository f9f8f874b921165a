"""Ids and names as other systems take them."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.exchange import crm_ids, names, periods
from data.exchange.crm_ids import long_id, record_id
from data.exchange.names import developer_name, developer_names, email, is_developer_name, label

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize("module", [crm_ids, names, periods])
def test_examples_hold(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_known_ids_have_their_check_characters() -> None:
    # From the CRM's own description of the two spellings.
    assert long_id("00570000001ZwTi") == "00570000001ZwTiAAK"
    assert long_id("001A0000006Vm9r") == "001A0000006Vm9rIAC"


@given(st.text(LETTERS, min_size=15, max_size=15))
def test_an_id_whose_case_was_damaged_is_noticed(short: str) -> None:
    whole = long_id(short)
    assert whole is not None
    assert long_id(whole) == whole
    for damaged in (whole[:15].upper() + whole[15:], whole[:15].lower() + whole[15:]):
        assert long_id(damaged) == (whole if damaged == whole else None)


def test_an_id_of_another_kind_is_none() -> None:
    assert record_id("00570000001ZwTi", crm_ids.USER) is not None
    assert record_id("00570000001ZwTi", crm_ids.ACCOUNT) is None
    assert record_id("12345", ()) is None
    assert long_id("００570000001ZwTi") is None


@given(st.text())
def test_every_text_gives_a_developer_name_that_is_allowed(text: str) -> None:
    assert is_developer_name(developer_name(text))


@given(st.lists(st.text("ab _-É7", max_size=90), unique=True))
def test_developer_names_are_allowed_and_unlike_without_regard_to_case(texts: list[str]) -> None:
    found, yielded = developer_names({("t", one): one for one in texts}, ["A_B"], {})
    assert all(map(is_developer_name, found.values()))
    folded = [name.casefold() for name in found.values()]
    assert len({*folded, "a_b"}) == len(folded) + 1
    assert all(found[key] != wanted for key, wanted in yielded.items())


@pytest.mark.parametrize("name", ["", "1a", "a__b", "a_", "_a", "a b", "é", "a" * 81, "a-b"])
def test_what_is_no_developer_name(name: str) -> None:
    assert not is_developer_name(name)


@given(st.text())
def test_no_label_is_run_by_a_spreadsheet_or_breaks_a_line(text: str) -> None:
    found = label(text)
    assert not names.runs_in_spreadsheet(found)
    assert found.isprintable()
    assert len(found) <= 80


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" Ann.O'Hara+x@Example.CO.uk ", "ann.o'hara+x@example.co.uk"),
        ("no", None),
        ("=a@b.c", None),
        ("a@b", None),
        ("a b@c.de", None),
        (f"{'a' * 300}@b.cd", None),
    ],
)
def test_addresses_are_written_in_lower_case(text: str, told: str | None) -> None:
    assert email(text) == told
