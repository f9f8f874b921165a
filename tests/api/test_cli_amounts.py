"""Numbers people type on the command line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.cli.amounts import MeasureBand, amount, fraction, measure_band, territories
from planner.demands import Span
from planner.scenario import Band


@pytest.mark.parametrize(
    ("text", "value"), [("0.1", 0.1), ("10%", 0.1), ("2.5 %", 0.025), (".15", 0.15), ("0", 0.0), ("1", 1.0)]
)
def test_fractions(text: str, value: float) -> None:
    assert fraction(text) == value


@pytest.mark.parametrize("text", ["", "%", "-0.1", "ten", "0,1", "1e-1", "nan", "inf", "0.1.2", "+1"])
def test_what_is_no_fraction_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a fraction"):
        fraction(text)


@pytest.mark.parametrize(
    ("text", "name", "below", "above"),
    [
        ("potential=0.10", "potential", 0.1, 0.1),
        ("potential = 10%", "potential", 0.1, 0.1),
        ("sales=0.05:0.2", "sales", 0.05, 0.2),
        ("a=b=0.1", "a=b", 0.1, 0.1),
        ("Umsatz 2025=5%", "Umsatz 2025", 0.05, 0.05),
    ],
)
def test_bands(text: str, name: str, below: float, above: float) -> None:
    assert measure_band(text) == MeasureBand(name, Band(below=below, above=above))


@pytest.mark.parametrize(
    "text", ["potential", "potential=", "=0.1", "potential=x", "potential=0.1:", "p=:0.1", "p=10"]
)
def test_what_is_no_band_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(ValueError, match="'"):
        measure_band(text)


def test_a_band_above_one_asks_whether_percent_was_meant() -> None:
    with pytest.raises(ValueError, match="for 10 percent write potential=10%"):
        measure_band("potential=10")


@given(st.integers(1, 10**15))
def test_every_cent_is_kept(minor: int) -> None:
    whole, rest = divmod(minor, 100)
    assert amount(f"{whole}.{rest:02d}").scaleb(2) == minor
    assert amount(f"{whole:_}.{rest:02d}").scaleb(2) == minor


@pytest.mark.parametrize("text", ["0", "0.00", "-5", "1,200", "12e6", "$5", "", "nan", "9" * 40])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="'"):
        amount(text)


@pytest.mark.parametrize(
    ("text", "asked"),
    [("40", 40), (" 7 ", 7), ("35..45", Span(35, 45)), ("5 .. 5", Span(5, 5)), ("Capacity", "capacity")],
)
def test_numbers_of_territories(text: str, asked: object) -> None:
    assert territories(text) == asked


@pytest.mark.parametrize("text", ["", "0", "-3", "4.5", "5..", "..5", "5..4", "0..4", "many", "1e3", "9" * 9])
def test_what_is_no_number_of_territories_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no number of territories|before it begins"):
        territories(text)
