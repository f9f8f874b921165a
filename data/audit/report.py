"""What an audit found."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Parameters
    ----------
    name
        What must hold, in words.
    held
        Whether it does.
    detail
        What was counted, or what is wrong and where.
    """

    name: str
    held: bool
    detail: str


@dataclass(frozen=True)
class AuditReport:
    """Every check that was made, in order, and what could not be checked.

    Parameters
    ----------
    checks
        Checks in the order they were made.
    skipped
        What was not checked, and why, one sentence each.
    """

    checks: list[Check]
    skipped: list[str]

    @property
    def held(self) -> bool:
        """Whether everything that was checked holds."""
        return all(check.held for check in self.checks)

    @property
    def faults(self) -> list[Check]:
        """The checks that do not hold."""
        return [check for check in self.checks if not check.held]

    def as_dict(self) -> dict[str, object]:
        """Return the report as plain values for JSON."""
        return {
            "held": self.held,
            "checks": [asdict(check) for check in self.checks],
            "skipped": self.skipped,
        }


class NotChecked(Exception):
    """A check does not apply or lacks what it needs; the message says why."""


def some(values: list[str], most: int = 5) -> str:
    """Return the first few of `values` in quotes, and how many more there are."""
    shown = ", ".join(repr(value) for value in values[:most])
    return f"{shown} and {len(values) - most} more" if len(values) > most else shown


def verdict(faults: list[str], fine: str) -> tuple[bool, str]:
    """Return whether there are no faults, with the faults, or `fine` where there are none."""
    return not faults, "; ".join(faults) if faults else fine
