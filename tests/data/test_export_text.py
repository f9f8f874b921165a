"""What is written as text comes back as it was, and runs nothing."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.export.text import harmless, minor_units, money, number, plain, write_csv

ids = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1, max_size=12)


@given(st.lists(st.tuples(ids, ids), min_size=1, max_size=8))
def test_ids_come_back_exactly(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]) -> None:
    path = tmp_path_factory.mktemp("csv") / "ids.csv"
    write_csv(path, pd.DataFrame(rows, columns=["account_id", "territory_id"], dtype=object))
    with path.open(encoding="utf-8", newline="") as file:
        assert [tuple(row) for row in csv.reader(file)][1:] == rows


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_free_text_cannot_run_but_ids_stay(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.csv"
    write_csv(path, pd.DataFrame({"account_id": [text], "reason": [text]}), free_text=("reason",))
    read = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert read.loc[0, "account_id"] == text
    assert read.loc[0, "reason"] == f"'{text}"
    assert harmless("plain = text") == "plain = text"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_full_precision(value: float) -> None:
    assert float(number(value)) == value


@given(st.integers(-(10**15), 10**15))
def test_money_is_exact_with_the_decimals_of_its_currency(cents: int) -> None:
    for currency, digits in (("USD", 2), ("JPY", 0), ("KWD", 3)):
        text = money(cents, currency)
        assert Decimal(text) * 10**digits == cents
        assert len(text.partition(".")[2]) == digits
        assert minor_units(text, currency) == cents


@pytest.mark.parametrize(
    ("text", "currency"), [("1.5", "JPY"), ("1.005", "USD"), ("", "USD"), ("nan", "USD"), ("1,5", "EUR")]
)
def test_what_is_no_amount_of_its_currency_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        minor_units(text, currency)


def test_what_is_not_finite_becomes_empty_or_null(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    write_csv(path, pd.DataFrame({"a": [1.0, np.nan, np.inf], "b": [True, False, True]}))
    assert path.read_text() == "a,b\n1,true\n,false\n,true\n"
    values = {"x": np.array([1.5, np.nan]), "y": np.float64("inf"), "n": np.int64(3), 4: (True, None)}
    assert json.loads(json.dumps(plain(values), allow_nan=False)) == {
        "x": [1.5, None],
        "y": None,
        "n": 3,
        "4": [True, None],
    }
