"""The audit trail as it is sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class EntryOut(BaseModel):
    """One thing that somebody did."""

    number: int = Field(description="1 for the first, without gaps.", examples=[4711])
    at: datetime = Field(description="When.")
    who: str = Field(
        description="Id of the person; `system` for what nobody asked for.", examples=["ann-5e4d3c2b1a"]
    )
    what: str = Field(description="What was done, a stable short name.", examples=["account.move"])
    kind: str = Field(description="Kind of what it was done to.", examples=["account"])
    subject: str = Field(description="Id of what it was done to.", examples=["2633"])
    plan: str = Field(description="Id of the plan it belongs to; empty where it belongs to none.")
    old: Any = Field(
        description="Before; null where there was nothing.", examples=[{"territory_id": "IA-03"}]
    )
    new: Any = Field(description="After; null where there is nothing.", examples=[{"territory_id": "IA-07"}])
    why: str = Field(description="The reason given; empty where none was.", examples=["Nearer to Sam"])
    previous: str = Field(description="Hash of the entry before, SHA-256.")
    hash: str = Field(description="Hash of this entry, SHA-256.")


class ProofOut(BaseModel):
    """Whether the audit trail is unbroken."""

    unbroken: bool = Field(description="Whether no entry was changed, removed or put in between.")
    fault: str | None = Field(default=None, description="Where and how it is broken.")
    number: int = Field(description="Number of the last entry, 0 where there is none.", examples=[4711])
    hash: str = Field(
        description="Hash of the last entry. Kept elsewhere, it shows later that nothing was cut off at the end."
    )
