"""Cells come back as they were written: ids to the letter, numbers in every locale, money to the cent."""

from __future__ import annotations

import csv
import io
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.folder import PlanFolder
from data.read import read_folder
from data.read.dates import DayOrder, day_order, iso_date, period
from data.read.money import money_cents, to_cents
from planner.errors import InvalidInput

IN_PLACE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
SEPARATORS = [",", ";", "\t", "|"]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"])
IDS = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: text.strip() != "")


def table(rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Return a text file with these rows."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(rows)
    return stream.getvalue().encode(encoding)


def accounts(
    folder: Path, values: list[str], separator: str = ",", column: str = "potential", **more: str
) -> PlanFolder:
    """Read accounts whose `column` holds `values`."""
    names = ["account_id", "postal_code", column, *more]
    rows = [[f"A{i}", "50010", value, *more.values()] for i, value in enumerate(values)]
    (folder / "accounts.csv").write_bytes(table([names, *rows], separator))
    return read_folder(folder)


@IN_PLACE
@given(
    ids=st.lists(IDS, min_size=1, max_size=8, unique=True),
    separator=st.sampled_from(SEPARATORS),
    encoding=st.sampled_from(ENCODINGS),
)
def test_ids_come_back_to_the_letter(ids: list[str], separator: str, encoding: str, tmp_path: Path) -> None:
    rows = [["account_id", "postal_code", "name"]] + [[account_id, "00501", "x"] for account_id in ids]
    (tmp_path / "accounts.csv").write_bytes(table(rows, separator, encoding))
    frame = read_folder(tmp_path).accounts
    assert frame is not None
    assert frame["account_id"].tolist() == ids
    assert set(frame["postal_code"]) == {"00501"}


@pytest.mark.parametrize(
    "account_id", ["007", "0x1F", "1e5", "TRUE", "=1+1", "NaN", "None", 'say "hi"', "a,b;c", " x "]
)
def test_awkward_ids_stay_text(account_id: str, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_bytes(table([["account_id", "postal_code"], [account_id, "01234"]]))
    frame = read_folder(tmp_path).accounts
    assert frame is not None
    assert frame["account_id"].tolist() == [account_id]


def grouped(value: Decimal, group: str, mark: str) -> str:
    """Write a number with thousands set off by `group`."""
    return f"{value:,.2f}".replace(",", "\0").replace(".", mark).replace("\0", group)


@IN_PLACE
@given(
    cents=st.lists(st.integers(0, 10**12), min_size=1, max_size=10),
    style=st.sampled_from(
        [(",", "."), (".", ","), (" ", ","), ("\u00a0", ","), ("\u202f", ","), ("'", "."), ("’", ".")]
    ),
    affix=st.sampled_from(["{}", "${}", "{} €", "€ {}", "USD {}", "{} EUR", "£{}", " {} "]),
    separator=st.sampled_from(SEPARATORS),
)
def test_numbers_of_every_locale_come_back(
    cents: list[int], style: tuple[str, str], affix: str, separator: str, tmp_path: Path
) -> None:
    written = [affix.format(grouped(Decimal(value) / 100, *style)) for value in cents]
    folder = accounts(tmp_path, written, separator)
    assert folder.accounts is not None
    assert folder.accounts["potential"].tolist() == [float(Decimal(value) / 100) for value in cents]
    assert "ambiguous_numbers" not in {problem.code for problem in folder.problems}


@IN_PLACE
@given(values=st.lists(st.floats(0, 2**53, allow_nan=False), min_size=1, max_size=10))
def test_plain_floats_come_back_exactly(values: list[float], tmp_path: Path) -> None:
    frame = accounts(tmp_path, [*map(repr, values), "0.5"]).accounts
    assert frame is not None
    assert frame["potential"].tolist() == [*values, 0.5]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("1234", 1234),
        ("1234.5", 1234.5),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("1234,5", 1234.5),
        (".5", 0.5),
        ("5.", 5),
        ("0,125", 0.125),
        ("12,34,567.8", 1234567.8),
        ("1.234.567", 1234567),
        ("+7", 7),
        ("1.5E3", 1500),
        ("$1,234.50", 1234.5),
        ("1.234,50 €", 1234.5),
        ("CHF 1'234.50", 1234.5),
        ("kr 12", 12),
        ("00012.5", 12.5),
    ],
)
def test_one_number_of_a_column(written: str, value: float, tmp_path: Path) -> None:
    frame = accounts(tmp_path, [written]).accounts
    assert frame is not None
    assert frame["potential"].tolist() == [value]


@pytest.mark.parametrize(
    "written", ["12O", "1,23,4", "1.2.3", "--5", "(5", "5 km", "ABC 5", "1_000", "٣", "5e", "$", "12h"]
)
def test_what_is_no_number_is_an_error(written: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        accounts(tmp_path, ["1.5", written])
    problem = caught.value.problems[0]
    assert (problem.row, problem.column, problem.value) == (3, "potential", written)


@pytest.mark.parametrize(
    "written", ["(5.00)", "-5.00", "5.00-", "−5.00", "$(5.00)", "$ (5.00)", "-$5.00", "$-5.00", "($5.00)"]
)
def test_brackets_and_minus_signs_mean_below_zero(written: str, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id,postal_code\nA0,50010\n")
    (tmp_path / "history.csv").write_bytes(
        table([["account_id", "period", "amount"], ["A0", "2025", written]])
    )
    history = read_folder(tmp_path).history
    assert history is not None
    assert history["amount_cents"].tolist() == [-500]


def test_doubtful_numbers_follow_the_doubtless_of_their_column_and_file(tmp_path: Path) -> None:
    frame = accounts(tmp_path, ["1,234", "2,5"], ";").accounts
    assert frame is not None
    assert frame["potential"].tolist() == [1.234, 2.5]
    folder = accounts(tmp_path, ["1,234", "2,345"], ",", revenue="10.5")
    assert folder.accounts is not None
    assert folder.accounts["potential"].tolist() == [1234, 2345]
    assert folder.problems == ()


@pytest.mark.parametrize(("separator", "value"), [(",", 1234.0), (";", 1.234)])
def test_numbers_in_doubt_are_read_alike_and_told(separator: str, value: float, tmp_path: Path) -> None:
    folder = accounts(tmp_path, ["1,234", "77"], separator)
    assert folder.accounts is not None
    assert folder.accounts["potential"].tolist() == [value, 77]
    assert [problem.code for problem in folder.problems] == ["ambiguous_numbers"]


def test_coordinates_are_never_thousands(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id;lat;lng\nA1;41,234;-93,567\n")
    folder = read_folder(tmp_path)
    assert folder.accounts is not None
    assert folder.accounts[["latitude", "longitude"]].to_numpy().tolist() == [[41.234, -93.567]]
    assert folder.problems == ()


def test_percents_are_fractions_where_fractions_are_asked(tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account_id,postal_code\nA0,50010\n")
    (tmp_path / "seats.csv").write_text("seat_id,target_share\nS1,12.5%\nS2,0.2\nS3,\n")
    seats = read_folder(tmp_path).seats
    assert seats is not None
    assert seats["target_share"].tolist()[:2] == [0.125, 0.2]
    assert np.isnan(seats["target_share"].iloc[2])


@settings(max_examples=200, deadline=None)
@given(values=st.lists(st.decimals(-(10**11), 10**11, allow_nan=False, places=None), min_size=1, max_size=5))
def test_money_is_exact_with_halves_to_even(values: list[Decimal]) -> None:
    cents, rounded = to_cents(pa.array([f"{value:f}" for value in values], pa.large_string()), None)
    exact = [value.scaleb(2) for value in values]
    expected = [int(value.to_integral_value(ROUND_HALF_EVEN)) for value in exact]
    assert cents.tolist() == expected
    assert rounded.tolist() == [value != whole for value, whole in zip(exact, expected, strict=True)]
    assert [money_cents(value)[0] for value in values] == expected


@pytest.mark.parametrize(
    ("written", "cents"), [("0.005", 0), ("0.015", 2), ("0.025", 2), ("-0.015", -2), ("1e3", 100_000)]
)
def test_half_cents(written: str, cents: int) -> None:
    assert to_cents(pa.array([written], pa.large_string()), None)[0].tolist() == [cents]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025", "2025"),
        ("2025-Q3", "2025-Q3"),
        ("2025Q3", "2025-Q3"),
        ("Q3 2025", "2025-Q3"),
        ("2026_Q1", "2026-Q1"),
        ("2025-07", "2025-07"),
        ("2025/7", "2025-07"),
        ("07/2025", "2025-07"),
        ("2026_M1", "2026-01"),
        ("Jul 2025", "2025-07"),
        ("2025-07-31", "2025-07"),
        ("31.07.2025", "2025-07"),
        ("2025-07-31 00:00:00", "2025-07"),
        ("7/31/2025", "2025-07"),
        ("2025-13", None),
        ("soon", None),
        ("31.02.2025", None),
        ("1066", None),
        ("Q5 2025", None),
        ("25-07", None),
    ],
)
def test_periods(written: str, read: str | None) -> None:
    assert period(written, day_order([written])) == read


def test_the_order_of_day_and_month_is_that_of_the_column() -> None:
    assert day_order(["03/04/2025", "25/04/2025"]) == DayOrder(True)
    assert day_order(["03/04/2025", "04/25/2025"]) == DayOrder(False)
    assert day_order(["01/02/2025", "01/03/2025"]) == DayOrder(True)
    assert day_order(["03/04/2025"]).example == "03/04/2025"
    assert iso_date("03/04/2025", DayOrder(True)) == "2025-04-03"
