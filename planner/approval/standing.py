"""How a plan stands: the fold of every step that was taken, each with who, when and, where it needs one, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from planner.approval.steps import FROM, NEEDS_REASON, OF_A_REGION, REOPENS_TO, Stage, Step
from planner.errors import PlannerError


class ImpossibleStep(PlannerError):
    """A step that cannot be taken as a plan stands."""


@dataclass(frozen=True)
class Event:
    """One step that somebody took.

    Parameters
    ----------
    step
        What was done.
    who, at
        Id of the person, and when, with time zone.
    reason
        Why; empty where none is needed and none was given.
    region
        Region that it concerns; None for the plan as a whole. Territories of no region count
        as the region of an empty name.
    on_behalf
        Whether somebody approved for the manager of the region.
    content
        Digest of what the region held when it was approved: an approval is of that, and lapses when it changes.
    to
        Stage that a frozen plan is reopened to.
    void
        Regions whose approval is void when a plan is sent back; all of them where empty.
    version
        Number of the version that the step is about; None for none.
    """

    step: Step
    who: str
    at: datetime
    reason: str = ""
    region: str | None = None
    on_behalf: bool = False
    content: str = ""
    to: Stage | None = None
    void: tuple[str, ...] = ()
    version: int | None = None


class Verdict(StrEnum):
    """What sales says of a region."""

    OPEN = "open"
    """Nothing yet."""
    APPROVED = "approved"
    """Approved."""
    REJECTED = "rejected"
    """Refused, with a reason."""


@dataclass(frozen=True)
class Decision:
    """What was last said of one region, by whom, when, why; see `Event`."""

    verdict: Verdict = Verdict.OPEN
    who: str = ""
    at: datetime | None = None
    reason: str = ""
    on_behalf: bool = False
    content: str = ""


OPEN = Decision()


@dataclass(frozen=True)
class Standing:
    """How a plan stands.

    Parameters
    ----------
    regions
        Regions that have to approve, in order; at least one; the empty name stands for territories of no region.
    stage
        How far it is agreed.
    decisions
        What was said of each region.
    proposed_by
        Who proposed it, whom refused regions go back to; empty in a draft that was never proposed.
    back_with
        Who is to act because something came back, and the reason; empty where nothing did.
    version
        Version that was validated; None before.
    """

    regions: tuple[str, ...]
    stage: Stage = Stage.DRAFT
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    proposed_by: str = ""
    back_with: tuple[str, str] = ("", "")
    version: int | None = None

    def __post_init__(self) -> None:
        if not self.regions or len(set(self.regions)) < len(self.regions):
            raise ValueError("a plan has regions to approve, each once")

    def decision(self, region: str) -> Decision:
        """Return what was last said of a region."""
        return self.decisions.get(region, OPEN)

    @property
    def undecided(self) -> tuple[str, ...]:
        """Regions that are not approved."""
        return tuple(r for r in self.regions if self.decision(r).verdict is not Verdict.APPROVED)

    def lapsed(self, content: Mapping[str, str]) -> tuple[str, ...]:
        """Return the regions whose approval was of something else than what they hold now.

        Parameters
        ----------
        content
            Digest of what each region holds now.
        """
        return tuple(
            r
            for r in self.regions
            if (found := self.decision(r)).verdict is Verdict.APPROVED and found.content != content.get(r, "")
        )

    def why_not(self, event: Event) -> str | None:
        """Return why a step cannot be taken as the plan stands, in words; None where it can."""
        step = event.step
        if self.stage not in FROM[step]:
            possible = " or ".join(sorted((s.words for s in FROM[step]), key=str))
            return f"The plan is {self.stage.words}; {step.words} is possible when it is {possible}."
        if not event.who:
            return "Nobody is named who does it."
        if (step in NEEDS_REASON or event.on_behalf) and not event.reason.strip():
            return f"Say why: {step.words}{' for somebody else' if event.on_behalf else ''} needs a reason."
        if (step in OF_A_REGION) != (event.region is not None):
            return f"{step.words.capitalize()} concerns {'one region' if step in OF_A_REGION else 'the whole plan'}."
        return self._region_why_not(event) or self._whole_why_not(event)

    def _region_why_not(self, event: Event) -> str | None:
        if event.region is None:
            return None
        label = named(event.region)
        if event.region not in self.regions:
            return f"The plan has no {label}."
        found = self.decision(event.region)
        if (
            event.step is Step.APPROVE
            and found.verdict is Verdict.APPROVED
            and found.content == event.content
        ):
            return f"The {label} is approved already, and has not changed since."
        if event.step is Step.REJECT and found.verdict is Verdict.REJECTED:
            return f"The {label} is refused already."
        if event.step is Step.ASK_AGAIN and found.verdict is not Verdict.REJECTED:
            return f"The {label} is not refused."
        return None

    def _whole_why_not(self, event: Event) -> str | None:
        if event.step is Step.REOPEN and event.to not in REOPENS_TO:
            return f"A frozen plan is reopened to {', '.join(s.value for s in Stage if s in REOPENS_TO)}."
        if event.step is Step.SEND_BACK and (unknown := set(event.void) - set(self.regions)):
            return f"The plan has no {named(min(unknown))}."
        if event.step in (Step.VALIDATE, Step.PUBLISH) and event.version is None:
            return "A version has to be named."
        if event.step is Step.PUBLISH and event.version != self.version:
            return f"Version {self.version} is the one that was validated."
        return None

    def after(self, event: Event) -> Standing:
        """Return how the plan stands after a step.

        Raises
        ------
        ImpossibleStep
            Where it cannot be taken; the message says why.
        """
        why_not = self.why_not(event)
        if why_not is not None:
            raise ImpossibleStep(why_not)
        return _AFTER[event.step](self, event)

    def _with(self, region: str, decision: Decision) -> Standing:
        decided = replace(self, decisions={**self.decisions, region: decision})
        return replace(decided, stage=Stage.IN_REVIEW if decided.undecided else Stage.APPROVED)


def stood(regions: tuple[str, ...], events: Iterable[Event]) -> Standing:
    """Return how a plan stands after every step that was taken."""
    standing = Standing(regions)
    for event in events:
        standing = standing.after(event)
    return standing


def named(region: str) -> str:
    """Return a region for people, after an article."""
    return f"region {region!r}" if region else "part that belongs to no region"


def _propose(now: Standing, event: Event) -> Standing:
    return Standing(now.regions, Stage.PROPOSED, proposed_by=event.who)


def _review(now: Standing, _: Event) -> Standing:
    return replace(now, stage=Stage.IN_REVIEW)


def _approve(now: Standing, event: Event) -> Standing:
    said = Decision(Verdict.APPROVED, event.who, event.at, event.reason, event.on_behalf, event.content)
    after = now._with(str(event.region), said)
    return replace(after, back_with=("", "")) if after.stage is Stage.APPROVED else after


def _reject(now: Standing, event: Event) -> Standing:
    said = Decision(Verdict.REJECTED, event.who, event.at, event.reason)
    return replace(now._with(str(event.region), said), back_with=(now.proposed_by, event.reason))


def _ask_again(now: Standing, event: Event) -> Standing:
    after = now._with(str(event.region), OPEN)
    refused = [d.reason for r in after.regions if (d := after.decision(r)).verdict is Verdict.REJECTED]
    return replace(after, back_with=(now.proposed_by, refused[-1]) if refused else ("", ""))


def _withdraw(now: Standing, _: Event) -> Standing:
    return Standing(now.regions)


def _send_back(now: Standing, event: Event) -> Standing:
    void = event.void or now.regions
    last = max(now.decisions.values(), key=lambda d: d.at.timestamp() if d.at is not None else 0.0)
    return replace(
        now,
        stage=Stage.IN_REVIEW,
        decisions={r: d for r, d in now.decisions.items() if r not in void},
        back_with=(last.who, event.reason),
    )


def _validate(now: Standing, event: Event) -> Standing:
    return replace(now, stage=Stage.VALIDATED, version=event.version)


def _publish(now: Standing, _: Event) -> Standing:
    return replace(now, stage=Stage.PUBLISHED)


def _recall(now: Standing, _: Event) -> Standing:
    return replace(now, stage=Stage.VALIDATED)


def _reopen(now: Standing, event: Event) -> Standing:
    to, back = event.to, (now.proposed_by, event.reason)
    if to is Stage.APPROVED:
        return replace(now, stage=to, version=None, back_with=back)
    if to is Stage.IN_REVIEW:
        return Standing(now.regions, to, proposed_by=now.proposed_by, back_with=back)
    return Standing(now.regions, back_with=back)


_AFTER = {
    Step.PROPOSE: _propose,
    Step.REVIEW: _review,
    Step.APPROVE: _approve,
    Step.REJECT: _reject,
    Step.ASK_AGAIN: _ask_again,
    Step.WITHDRAW: _withdraw,
    Step.SEND_BACK: _send_back,
    Step.VALIDATE: _validate,
    Step.PUBLISH: _publish,
    Step.RECALL: _recall,
    Step.REOPEN: _reopen,
}
