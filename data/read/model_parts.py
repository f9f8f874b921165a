"""What the models of plan.toml are made of."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def fraction(value: Any) -> Any:
    """Return a text like ``15 %`` as the fraction it is, anything else as it came."""
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return Decimal(value.strip()[:-1].strip()) / 100
        except ArithmeticError:
            return value
    return value


Share = Annotated[float, BeforeValidator(fraction), Field(ge=0, le=1)]
Excess = Annotated[float, BeforeValidator(fraction), Field(ge=0, le=10)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
