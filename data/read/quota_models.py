"""The part of plan.toml that speaks of money, ``[quota]``: types and ranges of every key."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from data.read.currencies import CODES, currency_code
from data.read.model_parts import Part, Share, fraction
from data.read.money import CENTS, MAX_CENTS, money_cents
from data.read.numbers import NumberReader
from data.read.raw import RawColumn, RawTable, texts
from data.read.report import Report
from data.schema import nearest
from planner.quota.methods import METHODS
from planner.quota.settings import QuotaSettings, Relief

_SIGN_BESIDE = re.compile(r"[0-9.,'’()+\-−\s]")
AUTO = "auto"
FITTED = "fitted"
"""Word for a ramp that follows from the history."""


def _or_none(value: Any) -> Any:
    """Return None for the word none, else a fraction."""
    return None if isinstance(value, str) and value.strip().lower() == "none" else fraction(value)


def _cents(value: Any, info: ValidationInfo) -> int | None:
    """Return an amount of money, a number or text as people write it, in minor units.

    The context says how many decimals of the currency are ``digits`` of them.
    """
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise PydanticCustomError(
            "money", 'an amount of money is needed, a number or text like "120,000,000.00"'
        )
    if isinstance(value, str):
        silent = Report()
        column = RawColumn("target", texts([value]))
        read = NumberReader(RawTable("plan.toml", [column], np.array([1])), silent).read(column)
        if silent.problems() or read.missing[0]:
            raise PydanticCustomError(
                "money", "the text is no amount of money that can be read without doubt"
            )
        value = Decimal(read.plain[0].as_py())
    digits = (info.context or {}).get("digits", CENTS)
    try:
        cents, rounded = money_cents(value, digits)
    except ArithmeticError:
        raise PydanticCustomError("money", "the amount is not finite") from None
    if rounded:
        raise PydanticCustomError("money", f"the amount has more decimals than its currency, {digits}")
    if not 0 <= cents <= MAX_CENTS:
        raise PydanticCustomError(
            "money", f"the amount lies outside 0 … {Decimal(MAX_CENTS).scaleb(-digits):,}"
        )
    return cents


def _currency(value: Any) -> Any:
    if isinstance(value, str) and value.strip().upper() not in CODES:
        raise PydanticCustomError("currency", "it is no ISO 4217 code of a currency, such as USD or EUR")
    return value.strip().upper() if isinstance(value, str) else value


def _methods(value: Any) -> Any:
    """Return weights by name of method: none for ``auto``, one for a name."""
    if isinstance(value, str):
        value = {} if value.strip().lower() == AUTO else {value.strip(): 1.0}
    if not isinstance(value, dict):
        raise PydanticCustomError(
            "methods",
            "a method is named, or several with weights: { last_year_plus = 0.7, potential_share = 0.3 }",
        )
    for name in value:
        if name not in METHODS:
            near = nearest(str(name), METHODS)
            hint = f" The nearest is {near}." if near else ""
            raise PydanticCustomError(
                "methods",
                f"there is no method {name!r}.{hint} There are {AUTO}, {', '.join(METHODS)}",
            )
    return value


def _some_weight(value: dict[str, float]) -> dict[str, float]:
    if value and not any(value.values()):
        raise PydanticCustomError("methods", "all weights are 0")
    return value


def _ramp(value: Any) -> Any:
    if isinstance(value, str) and value.strip().lower() == FITTED:
        return []
    if not isinstance(value, list) or not value:
        raise PydanticCustomError(
            "ramp", f'a list of fractions is needed, one a month: [0.25, 0.5, 0.75, 1.0], or "{FITTED}"'
        )
    return [fraction(part) for part in value]


Cents = Annotated[int, BeforeValidator(_cents)]
Weight = Annotated[float, BeforeValidator(fraction), Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Weights = Annotated[dict[str, Weight], AfterValidator(_some_weight)]
Limit = Annotated[Annotated[float, Field(ge=0, le=1)] | None, BeforeValidator(_or_none)]


class QuotaModel(Part):
    @model_validator(mode="before")
    @classmethod
    def _currency_of_target(cls, value: Any) -> Any:
        """Take the currency from a sign beside the target, where it says which."""
        code = currency_beside(value)
        if not code:
            return value
        stated = value.get("currency", code)
        if isinstance(stated, str) and stated.strip().upper() != code:
            raise PydanticCustomError(
                "currency", "the target is in another currency than the key currency says"
            )
        return {**value, "currency": stated}

    target: Cents | None = None
    over_assignment: Share = 0.0
    level_over_assignment: dict[str, Share] = Field(default_factory=dict)
    methods: Annotated[Weights, BeforeValidator(_methods)] = Field(default_factory=dict)
    history_weight: Share | None = None
    potential: str | None = None
    index: Weights = Field(default_factory=dict)
    growth_to_potential: Share = 0.5
    equal_difficulty: bool = True
    max_decrease: Limit = 0.2
    max_increase: Annotated[Annotated[float, Field(ge=0, le=100)] | None, BeforeValidator(_or_none)] = 0.3
    min_share: Limit = None
    max_share: Limit = None
    rounding: Annotated[Cents, Field(ge=1)] | None = None
    ramp: Annotated[list[Annotated[float, Field(ge=0, le=1)]], BeforeValidator(_ramp)] = Field(
        default_factory=list
    )
    relief: Relief = Relief.SHARED
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    currency: Annotated[str, BeforeValidator(_currency)] = "USD"
    periods: Literal["auto", "year", "quarter", "month"] = "auto"

    @model_validator(mode="after")
    def _agrees(self) -> QuotaModel:
        if self.min_share is not None and self.max_share is not None and self.min_share > self.max_share:
            raise PydanticCustomError("share", "min_share is larger than max_share")
        if self.methods and self.history_weight is not None:
            raise PydanticCustomError(
                "methods", "methods and history_weight both say what quotas rest on; keep one"
            )
        return self

    def to_settings(self, currency: str, digits: int) -> QuotaSettings:
        """Return the settings, in `currency` where none is stated, rounded to whole units of it where not stated."""
        return QuotaSettings(
            target_cents=self.target,
            over_assignment=self.over_assignment,
            level_over_assignment=self.level_over_assignment,
            methods=self.methods,
            history_weight=self.history_weight,
            potential=self.potential,
            index=self.index,
            growth_to_potential=self.growth_to_potential,
            equal_difficulty=self.equal_difficulty,
            max_decrease=self.max_decrease,
            max_increase=self.max_increase,
            min_share=self.min_share,
            max_share=self.max_share,
            rounding_cents=10**digits if self.rounding is None else self.rounding,
            ramp=tuple(self.ramp),
            relief=self.relief,
            year=self.year,
            currency=self.currency if "currency" in self.model_fields_set else currency,
            periods=self.periods,
        )


def currency_beside(quota: Any) -> str:
    """Return the code of the currency beside the target of ``[quota]``; empty where none says which."""
    target = quota.get("target") if isinstance(quota, dict) else None
    return currency_code(_SIGN_BESIDE.sub("", target)) if isinstance(target, str) else ""


def currency_stated(quota: Any) -> str:
    """Return the currency that ``[quota]`` states, by its key or beside the target; empty where none."""
    stated = quota.get("currency") if isinstance(quota, dict) else None
    code = stated.strip().upper() if isinstance(stated, str) else ""
    return code if code in CODES else currency_beside(quota)
