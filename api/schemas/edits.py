"""Edits of plans: what is asked for, what it did, the log, the working state."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from planner.editing.edits import LARGEST, ClearQuota, Edit, Lock, Move, Place, SetQuota, Unlock

Id = Annotated[str, Field(min_length=1, max_length=200)]
_MOST = 100_000


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class PlaceIn(_In):
    """Something that moves, and where it is believed to be."""

    id: Id = Field(description="Id of the account or the basic unit.", examples=["2633"])
    believed: str = Field(
        alias="from",
        max_length=200,
        description="Territory it is believed to be in; empty for nobody's. Where it is elsewhere by now, nothing is "
        "changed and the answer says who moved it.",
        examples=["IA-07"],
    )


class MoveIn(_In):
    """Accounts and basic units go to a territory. Accounts of one basic unit go together."""

    kind: Literal["move"]
    to: Id = Field(description="Id of the territory.", examples=["IA-02"])
    accounts: list[PlaceIn] = Field(default_factory=list, max_length=_MOST)
    units: list[PlaceIn] = Field(default_factory=list, max_length=_MOST)

    def edit(self) -> Move:
        """Return the edit."""
        return Move(self.to, _places(self.accounts), _places(self.units))


class _NamedIn(_In):
    accounts: list[Id] = Field(default_factory=list, max_length=_MOST, examples=[["2633"]])
    units: list[Id] = Field(default_factory=list, max_length=_MOST, examples=[[]])


class LockIn(_NamedIn):
    """Accounts and basic units stay where they are until they are unlocked."""

    kind: Literal["lock"]

    def edit(self) -> Lock:
        """Return the edit."""
        return Lock(tuple(self.accounts), tuple(self.units))


class UnlockIn(_NamedIn):
    """Accounts and basic units may move again, also where the data lock them."""

    kind: Literal["unlock"]

    def edit(self) -> Unlock:
        """Return the edit."""
        return Unlock(tuple(self.accounts), tuple(self.units))


class _QuotaIn(_In):
    territory: Id = Field(description="Id of the territory.", examples=["IA-02"])
    component: str = Field(
        default="", max_length=200, description="Component; empty for all together.", examples=[""]
    )
    period: str = Field(
        default="", max_length=200, description="Period; empty for all together.", examples=["2023-Q1"]
    )


class SetQuotaIn(_QuotaIn):
    """A territory carries an amount that somebody decided; the next version sets the others around it."""

    kind: Literal["set_quota"]
    amount_cents: int = Field(
        ge=0, le=LARGEST, strict=True, description="Minor units.", examples=[410_000_000]
    )

    def edit(self) -> SetQuota:
        """Return the edit."""
        return SetQuota(self.territory, self.amount_cents, self.component, self.period)


class ClearQuotaIn(_QuotaIn):
    """A quota that somebody decided is left to the method again."""

    kind: Literal["clear_quota"]

    def edit(self) -> ClearQuota:
        """Return the edit."""
        return ClearQuota(self.territory, self.component, self.period)


QuotaEditIn = Annotated[SetQuotaIn | ClearQuotaIn, Field(discriminator="kind")]
EditIn = Annotated[MoveIn | LockIn | UnlockIn | SetQuotaIn | ClearQuotaIn, Field(discriminator="kind")]
Reason = Annotated[str, Field(max_length=4000, description="Why, for the log and the audit trail.")]


class EditsIn(_In):
    """Edits that are made as one: all or none, one step to undo."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "edits": [{"kind": "move", "to": "IA-02", "accounts": [{"id": "2633", "from": "IA-07"}]}],
                    "reason": "Belongs to the same hospital group.",
                }
            ]
        },
    )

    edits: list[EditIn] = Field(min_length=1, max_length=1000)
    reason: Reason = ""

    def asked(self) -> tuple[Edit, ...]:
        """Return the edits."""
        return tuple(each.edit() for each in self.edits)


class QuotaEditsIn(_In):
    """Amounts that are decided as one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "edits": [
                        {
                            "kind": "set_quota",
                            "territory": "IA-02",
                            "period": "2023-Q1",
                            "amount_cents": 410000000,
                        },
                        {
                            "kind": "set_quota",
                            "territory": "IA-03",
                            "period": "2023-Q1",
                            "amount_cents": 390000000,
                        },
                    ],
                    "reason": "A large contract ends in IA-03.",
                }
            ]
        },
    )

    edits: list[QuotaEditIn] = Field(min_length=1, max_length=1000)
    reason: Reason = ""

    def asked(self) -> tuple[SetQuota | ClearQuota, ...]:
        """Return the edits."""
        return tuple(each.edit() for each in self.edits)


class UndoIn(_In):
    """Which edit to undo or redo."""

    number: int | None = Field(
        default=None,
        ge=1,
        le=2**31 - 1,
        description="Number of an edit; null for the newest.",
        examples=[None],
    )
    mine: bool = Field(
        default=False, description="Whether only edits of the same person count.", examples=[True]
    )
    reason: Reason = ""


class AlongOut(BaseModel):
    """Accounts that went along, because they share a basic unit with what was asked for."""

    unit_id: str = Field(examples=["19153"])
    accounts: list[str] = Field(description="Some of them.", examples=[["2634", "2651"]])
    count: int = Field(description="How many there are.", examples=[2])


class TouchedMeasure(BaseModel):
    """One measure of a territory before and after an edit."""

    name: str = Field(examples=["sales"])
    before: float = Field(examples=[14_310_000.0])
    value: float = Field(examples=[14_420_000.0])
    ideal: float = Field(examples=[14_270_000.0])
    deviation_before: float | None = Field(description="Fraction of the ideal.", examples=[0.0028])
    deviation: float | None = Field(description="Fraction of the ideal.", examples=[0.0105])
    violation: float = Field(
        description="Breach of its limits, a fraction of the ideal; 0 inside.", examples=[0.0]
    )


class TouchedOut(BaseModel):
    """A territory that gained or lost something."""

    territory_id: str = Field(examples=["IA-02"])
    seat_id: str = Field(examples=["S02"])
    units: int = Field(description="Basic units it holds now.", examples=[41])
    pieces: int = Field(description="Connected pieces; 0 where there is no neighbour graph.", examples=[1])
    surplus_pieces: int = Field(description="Pieces too many.", examples=[0])
    measures: list[TouchedMeasure]


class RuleOut(BaseModel):
    """A rule that is broken, or was."""

    rule: str = Field(description="Name of the rule.", examples=["balance of sales"])
    kind: str = Field(description="What it is about.", examples=["band"])
    text: str = Field(
        description="Where and by how much, in plain words.",
        examples=["territory IA-02 holds 16,102,330 of sales; allowed are 12,843,000 to 15,697,000"],
    )
    severity: float = Field(description="The same relative to what is allowed.", examples=[0.028])
    territories: list[str] = Field(examples=[["IA-02"]])


class EffectOut(BaseModel):
    """What edits do."""

    changes: int = Field(
        description="Basic units, named accounts, locks and amounts that change.", examples=[1]
    )
    moved_along: list[AlongOut]
    territories: list[TouchedOut]
    broken: list[RuleOut] = Field(description="Rules that are broken now, or more than before.")
    mended: list[RuleOut] = Field(description="Rules that were broken before and hold now.")
    still_broken: list[RuleOut] = Field(description="Rules around the edit that were broken before and are.")


class EventOut(BaseModel):
    """One entry of the log."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": 12,
                    "kind": "move",
                    "author": "ann-4f2a91c07e",
                    "at": "2026-01-05T09:00:00Z",
                    "reason": "Belongs to the same hospital group.",
                    "of": None,
                    "about": {},
                    "undone": False,
                    "changes": 1,
                    "territories": ["IA-02", "IA-07"],
                }
            ]
        }
    )

    number: int = Field(description="1 for the first of the plan, without gaps.")
    kind: str = Field(
        description="`move`, `lock`, `unlock`, `set_quota`, `clear_quota`, `several`, `restore`, `undo` or `redo`."
    )
    author: str = Field(description="Id of who did it.")
    at: datetime
    reason: str
    of: int | None = Field(description="The edit that is undone or redone.")
    about: dict[str, Any] = Field(description="What else is worth telling, such as the version restored.")
    undone: bool = Field(description="Whether it does not stand any more.")
    changes: int = Field(description="How much changed.")
    territories: list[str] = Field(description="Territories concerned.")


class ChangeOut(BaseModel):
    """One thing that an edit changed."""

    what: str = Field(
        description="`unit`, `account`, `locked_unit`, `locked_account` or `quota`.", examples=["unit"]
    )
    id: str = Field(
        description="Id of the unit, the account, or the territory of a quota.", examples=["19153"]
    )
    component: str = Field(description="Of a quota.", examples=[""])
    period: str = Field(description="Of a quota.", examples=[""])
    old: str | int | None = Field(description="Territory, lock or minor units before.", examples=["IA-07"])
    new: str | int | None = Field(description="The same after.", examples=["IA-02"])


class EventDetail(EventOut):
    """One entry of the log with what it changed."""

    changed: list[ChangeOut] = Field(description="What changed, at most 5,000 of it.")


class EditOut(BaseModel):
    """An edit that was made, and what it did."""

    number: int = Field(description="Its number in the log.", examples=[12])
    revision: int = Field(description="New revision of the plan.", examples=[14])
    kind: str = Field(examples=["move"])
    at: datetime = Field(examples=["2026-01-05T09:00:00Z"])
    of: int | None = Field(default=None, description="The edit that was undone or redone.", examples=[None])
    effect: EffectOut


class DraftMeasure(BaseModel):
    """One measure of the whole plan."""

    name: str = Field(examples=["sales"])
    worst_deviation: float | None = Field(description="Largest |deviation|, a fraction.", examples=[0.097])
    gini: float | None = Field(description="0 (even) to 1; null for a part of the plan.", examples=[0.03])
    moved_share: float | None = Field(
        description="Share that changes owner, a fraction; null for a part of the plan.", examples=[0.18]
    )


class DraftTerritoryMeasure(BaseModel):
    """One measure of one territory."""

    name: str = Field(examples=["sales"])
    value: float = Field(examples=[14_420_000.0])
    ideal: float = Field(examples=[14_270_000.0])
    lower: float | None = Field(examples=[12_843_000.0])
    upper: float | None = Field(examples=[15_697_000.0])
    deviation: float | None = Field(examples=[0.0105])
    violation: float = Field(examples=[0.0])
    gained: float = Field(examples=[1_200_000.0])
    lost: float = Field(examples=[5_910_000.0])


class DraftTerritory(BaseModel):
    """One territory of the working state."""

    territory_id: str = Field(examples=["IA-02"])
    seat_id: str = Field(examples=["S02"])
    units: int = Field(examples=[41])
    pieces: int = Field(examples=[1])
    surplus_pieces: int = Field(examples=[0])
    polsby_popper: float | None = Field(examples=[0.41])
    mean_distance_km: float | None = Field(examples=[38.2])
    reach_km: float | None = Field(examples=[92.0])
    measures: list[DraftTerritoryMeasure]


class QuotaByHand(BaseModel):
    """An amount that somebody decided since the plan was made."""

    territory_id: str = Field(examples=["IA-02"])
    component: str = Field(examples=[""])
    period: str = Field(examples=["2023-Q1"])
    amount_cents: int = Field(examples=[410_000_000])


class DraftOut(BaseModel):
    """The working state of a plan: every measure, every rule that is broken."""

    number: int = Field(description="Number of the last edit that it holds; 0 for none.", examples=[12])
    feasible: bool = Field(description="Whether every rule holds.")
    objective: float | None = Field(description="Cost; null for a part of the plan.", examples=[1.2e12])
    unit_of_objective: str = Field(examples=["activity · m²"])
    moved: int | None = Field(
        description="Accounts that change owner against today; null for a part of the plan.", examples=[512]
    )
    entities: str = Field(description="What is counted.", examples=["accounts"])
    measures: list[DraftMeasure]
    territories: list[DraftTerritory]
    broken: list[RuleOut] = Field(description="Rules that are broken, most severe first; at most 500.")
    broken_count: int = Field(
        description="How many places there are in which rules are broken.", examples=[0]
    )
    quotas: list[QuotaByHand] = Field(description="Amounts decided by hand.")
    frozen: bool = Field(description="Whether it is not edited any more.")
    undo: int | None = Field(description="The edit that an undo would take back.", examples=[12])
    redo: int | None = Field(description="The edit that a redo would make again.", examples=[None])


class OwnersOut(BaseModel):
    """Who has what in the working state, in columns."""

    number: int = Field(description="Number of the last edit that it holds.", examples=[12])
    territory_ids: list[str] = Field(examples=[["IA-01", "IA-02"]])
    entities: str = Field(description="What the columns are of: `accounts`, or `units` where there are none.")
    ids: list[str] = Field(examples=[["2633", "2634"]])
    territory: list[int] = Field(
        description="Position in `territory_ids` of each; −1 for nobody's.", examples=[[0, 1]]
    )
    unit_ids: list[str] = Field(
        description="Basic units; the accounts of one go together.", examples=[["19153"]]
    )
    unit: list[int] = Field(
        description="Position in `unit_ids` of each; −1 for those held apart from geography.",
        examples=[[0, -1]],
    )
    locked: list[int] = Field(description="Positions in `ids` of what may not move.", examples=[[]])


def _places(given: list[PlaceIn]) -> tuple[Place, ...]:
    return tuple(Place(each.id, each.believed) for each in given)
