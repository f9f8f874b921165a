"""Comments on plans, territories, accounts and challenges."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from data.store.comments import About
from data.store.ids import ID_PATTERN
from planner.approval.texts import LONGEST


class CommentIn(BaseModel):
    """A comment to write: plain text."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, max_length=LONGEST, examples=["Who visits them while S21 is vacant?"])
    about: About = Field(default=About.PLAN, examples=["territory"])
    subject: str = Field(
        default="",
        max_length=200,
        description="Id of the territory, account or challenge; empty for the plan.",
        examples=["IA-21"],
    )
    reply_to: str | None = Field(
        default=None,
        pattern=ID_PATTERN,
        description="Comment that it answers, about the same.",
        examples=[None],
    )


class CommentOut(BaseModel):
    """Something that somebody wrote. It is plain text: nothing in it is markup."""

    id: str = Field(examples=["territory-5e4d3c2b1a"])
    about: About = Field(examples=["territory"])
    subject: str = Field(examples=["IA-21"])
    text: str = Field(
        description="Empty where it was taken back.", examples=["Who visits them while S21 is vacant?"]
    )
    author: str = Field(examples=["max-1f00c2a9d4"])
    at: datetime = Field(examples=["2026-02-10T09:30:00Z"])
    reply_to: str | None = Field(examples=[None])
    removed: bool = Field(examples=[False])
