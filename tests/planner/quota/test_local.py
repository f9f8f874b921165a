"""Amounts in seats' own currencies: their own decimals, and conversion rounding that is shown."""

from fractions import Fraction

import numpy as np
import pytest

from planner.errors import InvalidInput
from planner.quota import QuotaInputs, set_quotas
from planner.quota.currency import minor_digits, money
from planner.scenario import QuotaSettings

RATES = {"JPY": Fraction(67, 10_000), "KWD": Fraction(326, 100)}


def plan(*codes, rates=RATES, currency="USD"):
    settings = QuotaSettings(
        target_cents=100_000 * len(codes) + 1,
        methods={"even": 1.0},
        periods="quarter",
        year=2026,
        currency=currency,
        rounding_cents=1,
    )
    inputs = QuotaInputs(np.zeros(0), len(codes), currency_of_territory=codes, rates=rates)
    return set_quotas(settings, inputs)


@pytest.mark.parametrize(
    ("cents", "code", "text"),
    [
        (-123_456, "USD", "−1,234.56 USD"),
        (1_234, "JPY", "1,234 JPY"),
        (1_234_567, "KWD", "1,234.567 KWD"),
        (5, "", "0.05"),
        (7, "CLF", "0.0007 CLF"),
    ],
)
def test_money_has_the_decimals_of_its_currency(cents, code, text):
    assert money(cents, code) == text


def test_currencies_of_other_decimals_are_those_of_the_standard():
    assert [minor_digits(code) for code in ("EUR", "eur", "JPY", "KRW", "BHD", "???")] == [2, 2, 0, 0, 3, 2]


def test_amounts_are_converted_once_and_add_up():
    local = plan("", "JPY", "KWD").local
    assert local.currency == ("USD", "JPY", "KWD")
    # 1,000.00 USD are 149,253.73 JPY and 306.748 KWD.
    assert local.total.tolist() == [100_001, 149_254, 306_748]
    assert local.amount.sum((1, 2)).tolist() == local.total.tolist()
    assert local.worth_cents.tolist() == [100_001, round(149_254 * 0.67), round(306_748 * 0.326)]
    assert local.difference_cents.tolist() == [0, 0, 0]


def test_the_rounding_of_the_conversion_is_a_sum_of_its_own():
    found = plan("JPY", "JPY", rates={"JPY": Fraction(7)})
    assert found.local.total.tolist() == [143, 143]
    assert found.local.difference_cents.tolist() == [143 * 700 - 100_001, 143 * 700 - 100_000]
    sums = [e for e in found.equations if e.kind in ("local", "conversion")]
    assert len(sums) == 4
    assert found.ties_out


def test_a_plan_in_yen_has_no_hundredths():
    found = plan("", "USD", rates={"USD": Fraction(150)}, currency="JPY")
    assert found.local.total.tolist() == [100_001, 66_667]
    assert found.local.difference_cents.tolist() == [0, 0]
    assert any("JPY" not in note or "." not in note.split("JPY")[0][-4:] for note in found.notes)


def test_all_in_the_currency_of_the_plan_need_no_other_amounts():
    assert plan("", "USD").local is None


def test_a_missing_rate_is_refused():
    with pytest.raises(InvalidInput, match="no rate above 0 from CHF to USD, which 2 territories sell in"):
        plan("CHF", "CHF", "JPY")


def test_a_rate_too_low_to_keep_amounts_exactly_is_refused():
    with pytest.raises(InvalidInput, match="its rate is too low") as told:
        plan("KWD", "", rates={"KWD": Fraction(1, 10**12)})
    assert [(p.code, p.column, p.value) for p in told.value.problems] == [("rate_range", "rate", "KWD")]
