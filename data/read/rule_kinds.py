"""The kinds of rules there are: what each speaks of, and what it has to say."""

from __future__ import annotations

from dataclasses import dataclass

IDS = ("account_id", "unit_id", "territory_id", "seat_id", "with_account_id", "with_unit_id")
"""Columns of ids that other tables know."""
TEXTS = ("name", "where", "of", "region", "group", "by", "skill", "measure")
"""Other columns of text."""
AMOUNTS = ("value", "min_share", "max_share")
"""Columns of numbers."""

_SUBJECT = ("account_id", "unit_id", "where")
_OWNER = ("territory_id", "seat_id")
_PLACE = (*_OWNER, "region")


@dataclass(frozen=True)
class RuleKind:
    """What a row of one kind has to fill in.

    Parameters
    ----------
    name
        As written in the column ``kind``.
    one_of
        Groups of columns, of each of which one has to be filled in.
    may
        Columns besides those that mean something; any other that is filled in is told.
    example
        A row as it could be written.
    positive
        Whether ``value`` has to be above 0.
    """

    name: str
    one_of: tuple[tuple[str, ...], ...]
    may: tuple[str, ...]
    example: str
    positive: bool = False

    @property
    def speaks_of(self) -> frozenset[str]:
        """Every column that means something."""
        return frozenset(("kind", "name", *self.may, *(name for group in self.one_of for name in group)))


KINDS = (
    RuleKind("lock", ((*_SUBJECT, *_PLACE),), ("of",), "lock, account_id A1, territory_id T1"),
    RuleKind("named", (("account_id", "where"), _OWNER), (), "named, account_id A1, seat_id S1"),
    RuleKind("exclude", (_SUBJECT, _PLACE), ("of",), "exclude, unit_id U1, territory_id T1"),
    RuleKind(
        "skill", ((*_SUBJECT, "by"), ("skill", "by")), ("of",), "skill, where language = 'fr', skill French"
    ),
    RuleKind(
        "together",
        ((*_SUBJECT, "by"),),
        ("of", "with_account_id", "with_unit_id", "group"),
        "together, by parent_account_id",
    ),
    RuleKind(
        "apart",
        ((*_SUBJECT, "by"),),
        ("of", "with_account_id", "with_unit_id", "group"),
        "apart, account_id A1, with_account_id A2",
    ),
    RuleKind("reach_km", (("value",),), _PLACE, "reach_km, value 150", positive=True),
    RuleKind("reach_hours", (("value",),), _PLACE, "reach_hours, value 2.5", positive=True),
    RuleKind(
        "min", (("measure",), ("value",)), (*_PLACE, "where", "of"), "min, measure potential, value 1000000"
    ),
    RuleKind("max", (("measure",), ("value",)), (*_PLACE, "where", "of"), "max, measure accounts, value 120"),
    RuleKind(
        "mix",
        (("where",), ("min_share", "max_share")),
        (*_PLACE, "of", "measure"),
        "mix, where segment = 'A', max_share 40%",
    ),
    RuleKind("capacity", (), _PLACE, "capacity"),
)
"""Every kind of rule."""
GROUPING = ("together", "apart")
"""Kinds that say who shares a territory with whom."""
EXAMPLES = {kind.name: kind.example for kind in KINDS}
