"""Plan folders: what they hold and what is wrong with them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.errors import ProblemItem


class FolderOut(BaseModel):
    """A plan folder the service knows."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"id": "iowa", "name": "Iowa", "source": "sample", "added": None, "files": ["accounts.csv"]}
            ]
        }
    )

    id: str = Field(description="Stable id.")
    name: str = Field(description="Name for people.")
    source: Literal["sample", "upload", "import"] = Field(
        description="Shipped with the product, uploaded, or imported from a database."
    )
    added: datetime | None = Field(description="When it was uploaded; null for samples.")
    files: list[str] = Field(description="Names of its files.")


class MeasureOut(BaseModel):
    """A measure that the folder lets a plan balance."""

    name: str = Field(description="Column it comes from; `accounts` and `units` count.", examples=["sales"])
    total: float = Field(description="Sum over the folder.", examples=[428_100_000.0])
    below: float | None = Field(description="Band that `plan.toml` asks for, below the ideal; a fraction.")
    above: float | None = Field(description="Band above the ideal; a fraction.")


class RuleOut(BaseModel):
    """A hard rule that takes part in a conflict."""

    kind: str = Field(description="What it is about: `band`, `limit`, `lock`, …", examples=["lock"])
    name: str = Field(description="Name for people.", examples=["locks to S12"])
    text: str = Field(description="What it demands, in one plain sentence with names and numbers.")


class RelaxationOut(BaseModel):
    """A change of rules after which the others can hold: a plan that keeps them was found."""

    text: str = Field(description="What gives way, in plain words with numbers.")
    changes: list[str] = Field(description="The same, change by change.")
    price: float = Field(
        description="Share of the plan by which rules give way, a fraction: 0.03 for a band widened by 3 points, "
        "the raise of a limit over the total of its measure, the share of the activity that a lock frees."
    )


class RulesOut(BaseModel):
    """Whether the hard rules of a folder can hold together."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "hold": False,
                    "conflict": "Every territory must hold at most 10 of accounts. This cannot hold: the 3 territories "
                    "together may hold at most 30 of accounts, but there are 1,020 to be held.",
                    "rules": [
                        {
                            "kind": "limit",
                            "name": "upper limit of accounts",
                            "text": "every territory must hold at most 10 of accounts",
                        }
                    ],
                    "relaxations": [
                        {
                            "text": "raise the upper limit of accounts in T001, T002 and T003 from 10 to 340",
                            "changes": [
                                "raise the upper limit of accounts in T001, T002 and T003 from 10 to 340"
                            ],
                            "price": 0.97,
                        }
                    ],
                    "seconds": 1.4,
                }
            ]
        }
    )

    hold: bool | None = Field(
        description="True: a plan that keeps all was found. False: proved that there is none. Null: not known in time."
    )
    conflict: str = Field(default="", description="Why they cannot hold together; empty where they can.")
    rules: list[RuleOut] = Field(
        default_factory=list,
        description="The fewest rules that cannot hold together: without any one, they could.",
    )
    relaxations: list[RelaxationOut] = Field(
        default_factory=list, description="Verified ways out, the cheapest first."
    )
    seconds: float = Field(description="Time it took to find out.")


class CheckOut(BaseModel):
    """What reading a plan folder found."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "usable": True,
                    "accounts": 2885,
                    "areas": 99,
                    "units": 2100,
                    "placed": {"coordinates": 2171, "postal_code": 702, "nowhere": 12},
                    "territories": 30,
                    "measures": [{"name": "sales", "total": 428100000.0, "below": 0.1, "above": 0.1}],
                    "contiguous": True,
                    "has_current": True,
                    "history": ["2021-01", "2022-10"],
                    "target_cents": 45380000000,
                    "currency": "USD",
                    "time_limit_s": 15.0,
                    "seed": 7,
                    "problems": [
                        {
                            "why": "Latitude 91.2 is outside −90 to 90.",
                            "what_to_do": "Correct the latitude.",
                            "file": "accounts.csv",
                            "row": 17,
                            "column": "latitude",
                            "value": "91.2",
                            "severity": "error",
                            "code": "latitude_range",
                            "count": 1,
                        }
                    ],
                }
            ]
        }
    )

    usable: bool = Field(description="Whether a plan can be made. Where not, see the errors in `problems`.")
    accounts: int = Field(default=0, description="Accounts in the folder.")
    areas: int = Field(default=0, description="Areas in the folder.")
    units: int = Field(default=0, description="Basic units that territories would be made of.")
    placed: dict[str, int] = Field(default_factory=dict, description="Accounts by how they got their place.")
    territories: int = Field(
        default=0, description="Territories to fill, unless a plan asks for another number."
    )
    measures: list[MeasureOut] = Field(default_factory=list, description="What can be balanced.")
    contiguous: bool = Field(default=False, description="Whether territories would have to hang together.")
    has_current: bool = Field(
        default=False, description="Whether there is an alignment in force to compare with."
    )
    history: list[str] = Field(
        default_factory=list, description="First and last period of the sales history."
    )
    target_cents: int | None = Field(
        default=None, description="Company target in minor units, where one is set."
    )
    currency: str = Field(default="USD", description="ISO 4217 code of all money in the folder.")
    time_limit_s: float = Field(
        default=60.0, description="Seconds to optimise, unless a plan asks otherwise."
    )
    seed: int = Field(default=0, description="Random seed, unless a plan asks otherwise.")
    problems: list[ProblemItem] = Field(
        default_factory=list, description="Every problem found, errors first."
    )
    rules: RulesOut | None = Field(
        default=None, description="Whether the rules can hold together, where that was asked (`seconds`)."
    )
