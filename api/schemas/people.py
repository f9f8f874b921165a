"""People, sessions, tokens: what is asked for and what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from planner.roles import Permission, Role

Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]*$")]
Login = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]
RegionName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Regions = Annotated[list[RegionName], Field(max_length=1_000)]
Why = Annotated[str, StringConstraints(max_length=1_000, pattern=r"^[^\x00]*$")]


class SignInIn(BaseModel):
    """Who wants to come in."""

    model_config = ConfigDict(extra="forbid")

    login: str = Field(max_length=1_000, description="In any case.", examples=["ann@example.org"])
    password: str = Field(max_length=1_000, examples=["four words and a comma"])


class SessionOut(BaseModel):
    """How somebody is signed in."""

    mode: Literal["local", "team"] = Field(
        description="`local`: one person on this machine; `team`: people sign in."
    )
    signed_in: bool = Field(examples=[True])
    person_id: str | None = Field(
        description="Null where nobody is signed in.", examples=["ann-bell-4f2a91c07e"]
    )
    name: str | None = Field(examples=["Ann Bell"])
    csrf: str | None = Field(
        description="What to send as `X-CSRF-Token` with everything that changes something; null without a session.",
        examples=["pAnrjT7wXkYfUPEdl2eX0nDkZJv6GQyWmWbJt8b9Pqk"],
    )
    ends_at: datetime | None = Field(description="When to sign in again at the latest.")
    company: str | None = Field(
        description="Name of the identity provider to sign in with; null for none.",
        examples=["company account"],
    )


class SignOutIn(BaseModel):
    """Which sessions end."""

    model_config = ConfigDict(extra="forbid")

    everywhere: bool = Field(default=False, description="Also on every other machine.")


class MeOut(BaseModel):
    """Oneself."""

    id: str = Field(examples=["ann-bell-4f2a91c07e"])
    name: str = Field(examples=["Ann Bell"])
    roles: list[Role] = Field(examples=[["manager"]])
    permissions: list[Permission] = Field(
        description="What one may do now, with this session or token.", examples=[["read", "challenge"]]
    )
    regions: list[str] | None = Field(description="Regions one sees; null for all.", examples=[["west"]])
    mode: Literal["local", "team"] = Field(description="Whether people sign in.")


class PasswordIn(BaseModel):
    """Another password."""

    model_config = ConfigDict(extra="forbid")

    old: str = Field(max_length=1_000, examples=["four words and a comma"])
    new: Password = Field(examples=["five other words, hard to guess"])


class PersonIn(BaseModel):
    """Somebody to add."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Ann Bell",
                    "login": "ann@example.org",
                    "roles": ["manager"],
                    "regions": ["west"],
                    "password": "four words and a comma",
                }
            ]
        },
    )

    name: Name = Field(description="For people.")
    login: Login = Field(description="What the person signs in with, mostly an e-mail address; in any case.")
    roles: list[Role] = Field(min_length=1, max_length=len(Role), description="What the person is.")
    regions: Regions = Field(
        default_factory=list,
        description="Regions of a manager or viewer, as the plan's seats name them. Without any a viewer sees "
        "everything, a manager nothing.",
    )
    password: Password | None = Field(
        default=None, description="First password; null for somebody who signs in elsewhere only."
    )
    why: Why = Field(default="", description="For the audit trail.")


class PersonChangeIn(BaseModel):
    """What to change about a person; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"roles": ["manager"], "regions": ["west", "north"]}]}
    )

    name: Name | None = Field(default=None, description="For people.")
    login: Login | None = Field(default=None, description="What the person signs in with.")
    roles: list[Role] | None = Field(
        default=None, min_length=1, max_length=len(Role), description="All of them."
    )
    regions: Regions | None = Field(default=None, description="All of them.")
    disabled: bool | None = Field(default=None, description="Whether the person is shut out.")
    password: Password | None = Field(default=None, description="Another password; ends every session.")
    why: Why = Field(default="", description="For the audit trail.")


class PersonOut(BaseModel):
    """Somebody with an account."""

    id: str = Field(examples=["ann-bell-4f2a91c07e"])
    name: str = Field(examples=["Ann Bell"])
    login: str = Field(examples=["ann@example.org"])
    roles: list[Role] = Field(examples=[["manager"]])
    regions: list[str] = Field(examples=[["west"]])
    disabled: bool = Field(description="Whether the person is shut out.", examples=[False])
    has_password: bool = Field(description="Whether they may sign in with one.", examples=[True])
    created_at: datetime
    revision: int = Field(description="Counts changes; the `ETag` of the answer.", examples=[0])


class TokenIn(BaseModel):
    """A token to make."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "nightly export", "permissions": ["read"], "days": 90}]},
    )

    name: Name = Field(description="What it is for.")
    permissions: list[Permission] | None = Field(
        default=None, max_length=len(Permission), description="All it may; null for what its person may."
    )
    regions: Regions | None = Field(default=None, description="All it sees; null for what its person sees.")
    days: int = Field(default=90, ge=1, le=3650, description="How long it lives.")


class TokenOut(BaseModel):
    """A token of a program; it never may more than its person."""

    id: str = Field(examples=["nightly-export-91c07e4f2a"])
    name: str = Field(examples=["nightly export"])
    person_id: str = Field(examples=["ann-bell-4f2a91c07e"])
    permissions: list[Permission] | None = Field(
        description="Null for all of its person.", examples=[["read"]]
    )
    regions: list[str] | None = Field(description="Null for all of its person.", examples=[None])
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = Field(description="When it was used last, to the minute.")
    revoked_at: datetime | None = Field(description="When it was withdrawn; null while it was not.")


class NewTokenOut(TokenOut):
    """A token that was just made."""

    secret: str = Field(
        description="What to send as `Authorization: Bearer …`. It is told this once and kept nowhere.",
        examples=["planner_V0hBVCBBIFRPS0VOIFRISVMgSVMgTk9U"],
    )
