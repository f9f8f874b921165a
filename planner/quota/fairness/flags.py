"""What in a set of quotas deserves a second look: values against thresholds, each with its source and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from planner.quota.fairness.association import Association
from planner.quota.fairness.change import Changes
from planner.quota.fairness.interval import Interval

OURS = "default of this product; change it to your own practice"
"""Source of a threshold that nobody has published."""


class Verdict(StrEnum):
    """What a flag says."""

    GOOD = "good"
    WATCH = "watch"
    ALARM = "alarm"
    UNKNOWN = "unknown"
    """What it takes to judge is not there."""


@dataclass(frozen=True)
class Thresholds:
    """Limits that flags are judged by; fractions.

    Parameters
    ----------
    at_quota_low, at_quota_high
        Goal for the share of sellers at or above quota. Alexander Group.
    within_20
        Least share of sellers within ±20 % of what the company attains. The measure is Cygnal's, the limit ours.
    overrides_watch, overrides_alarm
        Share of sellers on an override. Practitioners.
    over_assignment_watch, over_assignment_alarm
        Street quota over target − 1: about 20 % in enterprise software, up to 50 % seen. Practitioners.
    bias_watch, bias_alarm
        Difference in attainment between large and small (90th to 10th percentile) that counts once it is clear that
        there is one.
    change_up, change_down
        Change against last year beyond that of the company: the usual limits of quotas.
    changed_alarm
        Share of seats beyond these that alarms.
    chance_watch
        Difference between the 90th and the 10th percentile of chances to attain.
    """

    at_quota_low: float = 0.60
    at_quota_high: float = 0.70
    within_20: float = 0.70
    overrides_watch: float = 0.10
    overrides_alarm: float = 0.15
    over_assignment_watch: float = 0.20
    over_assignment_alarm: float = 0.50
    bias_watch: float = 0.01
    bias_alarm: float = 0.05
    change_up: float = 0.30
    change_down: float = 0.20
    changed_alarm: float = 0.10
    chance_watch: float = 0.20


@dataclass(frozen=True)
class Flag:
    """One value judged.

    Parameters
    ----------
    name
        Stable name, e.g. ``share_at_quota``.
    title
        What is judged, in words.
    value, low, high
        The value and its limits, fractions; None where there is none on that side.
    source
        Where the limits come from.
    verdict
        What it says.
    text
        The finding in plain words.
    todo
        What to do about it; empty where nothing is to be done.
    """

    name: str
    title: str
    value: float | None
    low: float | None
    high: float | None
    source: str
    verdict: Verdict
    text: str
    todo: str = ""


def percent(value: float) -> str:
    """Return a fraction as people read it."""
    return f"{100 * value:.1f} %"


def at_quota_flag(share: float | None, n: int, limits: Thresholds, *, expected: bool) -> Flag:
    """Judge the share of sellers at or above quota.

    A counted share that differs from the goal by less than one seat is as good as the goal: with few seats no count
    may fall inside.

    Parameters
    ----------
    share
        The share: counted, or the mean of the chances of all seats; None where neither is known.
    n
        Number of seats.
    expected
        Whether it is expected rather than counted.
    """
    low, high = limits.at_quota_low, limits.at_quota_high
    name, title, source = "share_at_quota", "Sellers at or above quota", "goal of 60-70 %: Alexander Group"
    if share is None:
        text = "Neither sales nor the chances of seats are known."
        return Flag(name, title, None, low, high, source, Verdict.UNKNOWN, text)
    step = 1e-9 if expected else 1 / n
    how = "are expected to reach" if expected else "reached"
    text = f"{percent(share)} of sellers {how} quota; the goal is {percent(low)} to {percent(high)}."
    if low - step < share < high + step:
        return Flag(name, title, share, low, high, source, Verdict.GOOD, text)
    verdict = Verdict.WATCH if low - 0.1 - step < share < high + 0.1 + step else Verdict.ALARM
    todo = (
        "Quotas ask for more than the method expects: lower over-assignment or the target, or say what will sell more."
        if share < low
        else "Quotas are easy: sellers earn for what would come anyway. Raise the target or over-assignment."
    )
    return Flag(name, title, share, low, high, source, verdict, text, todo)


def within_flag(near: Interval | None, limits: Thresholds) -> Flag:
    """Judge the share of sellers within ±20 % of what the company attains."""
    name, title = "within_20", "Sellers within ±20 % of the company's attainment"
    source = f"quota accuracy as Cygnal measures it; limit: {OURS}"
    if near is None or near.value is None:
        return Flag(
            name, title, None, limits.within_20, None, source, Verdict.UNKNOWN, "No attainment is known."
        )
    text = f"{percent(near.value)} of sellers are within ±20 % of what the company attains as a whole."
    if near.value >= limits.within_20:
        return Flag(name, title, near.value, limits.within_20, None, source, Verdict.GOOD, text)
    verdict = Verdict.ALARM if near.high is not None and near.high < limits.within_20 else Verdict.WATCH
    todo = (
        "Look at the seats at both ends: are potential and history right, do limits or overrides hold them?"
    )
    return Flag(name, title, near.value, limits.within_20, None, source, verdict, text, todo)


_BIAS = {
    "size": ("Attainment against size of quota", "seats with a large quota", "a small one"),
    "potential": ("Attainment against potential", "seats with much potential", "little"),
    "last_year": ("Attainment against last year's sales", "seats that sold much last year", "little"),
    "growth_asked": ("Attainment against growth asked", "seats that are asked to grow most", "least"),
}


def bias_flag(found: Association, limits: Thresholds) -> Flag:
    """Judge whether attainment goes with something that it should not go with."""
    title, much, little = _BIAS[found.against]
    name = f"bias_{found.against}"
    source = f"interval of the correlation: Fisher 1915, doi:10.2307/2331838; size that counts: {OURS}"
    effect, high = found.effect, limits.bias_watch
    if effect is None or found.pearson.value is None:
        verdict = Verdict.GOOD if found.pearson.reason == "all seats attain the same" else Verdict.UNKNOWN
        reason = found.pearson.reason or found.slope.reason
        text = f"{reason[:1].upper()}{reason[1:]}."
        return Flag(name, title, effect, -high, high, source, verdict, text)
    if not found.clear:
        text = f"No clear relation: correlation {found.pearson.value:+.2f}" + _told(found.pearson) + "."
        return Flag(name, title, effect, -high, high, source, Verdict.GOOD, text)
    way = "more" if effect > 0 else "less"
    text = (
        f"{much[:1].upper()}{much[1:]} attain {percent(abs(effect))} {way} than those with {little}: correlation "
        f"{found.pearson.value:+.2f}{_told(found.pearson)}."
    )
    if abs(effect) < limits.bias_watch:
        return Flag(name, title, effect, -high, high, source, Verdict.GOOD, f"{text} Too little to matter.")
    verdict = Verdict.ALARM if abs(effect) >= limits.bias_alarm else Verdict.WATCH
    todo = (
        f"Quotas are harder for {'those with ' + little if effect > 0 else much}: use the method that the back-test "
        "picks, or equal difficulty, and look at limits that hold these seats."
    )
    return Flag(name, title, effect, -high, high, source, verdict, text, todo)


def overrides_flag(overridden: int | None, n: int, limits: Thresholds) -> Flag:
    """Judge how many seats are on an override."""
    name, title, source = "overrides", "Sellers on an override", "alarm at 10-15 %: practitioners"
    low, high = limits.overrides_watch, limits.overrides_alarm
    if overridden is None or n == 0:
        return Flag(
            name, title, None, None, low, source, Verdict.UNKNOWN, "It is not known what was overridden."
        )
    share = overridden / n
    text = f"{overridden} of {n} sellers ({percent(share)}) carry an amount that somebody decided."
    if share < low:
        return Flag(name, title, share, None, low, source, Verdict.GOOD, text)
    verdict = Verdict.ALARM if share >= high else Verdict.WATCH
    todo = "So many exceptions say that the method misses something: read their reasons, and put it into the data."
    return Flag(name, title, share, None, low, source, verdict, text, todo)


def beyond_flag(beyond: int, n: int) -> Flag:
    """Judge how many seats pass the limits on change because of amounts decided for others."""
    name, title, source = "beyond_limits", "Sellers beyond limits because of overrides of others", OURS
    share = beyond / n
    if beyond == 0:
        text = "Amounts decided by hand carry nobody else over the limits on change and shares."
        return Flag(name, title, share, None, 0.0, source, Verdict.GOOD, text)
    text = (
        f"{beyond} of {n} sellers ({percent(share)}) are carried over limits by amounts decided for others."
    )
    todo = (
        "Look at who pays for these amounts (overrides.csv), and let others share in them or take them back."
    )
    return Flag(name, title, share, None, 0.0, source, Verdict.WATCH, text, todo)


def over_assignment_flag(fraction: float | None, limits: Thresholds) -> Flag:
    """Judge the over-assignment of all levels together."""
    name, title = "over_assignment", "Street quota over the company target"
    source = "10-15 % in SaaS, about 20 % in enterprise software, 0-50 % seen: practitioners"
    high = limits.over_assignment_watch
    if fraction is None:
        return Flag(
            name, title, None, None, high, source, Verdict.UNKNOWN, "The company target is not known."
        )
    text = (
        f"Sellers carry {percent(fraction)} {'more' if fraction >= 0 else 'less (negative)'} than the target."
    )
    if fraction < 0:
        todo = (
            "Sellers can all reach quota while the company misses its target: check the target and its parts."
        )
        return Flag(name, title, fraction, 0.0, high, source, Verdict.ALARM, text, todo)
    if fraction <= high:
        return Flag(name, title, fraction, None, high, source, Verdict.GOOD, text)
    verdict = Verdict.ALARM if fraction > limits.over_assignment_alarm else Verdict.WATCH
    todo = "Levels compound: look at the bridge for who adds it, and whether it reaches sellers twice."
    return Flag(name, title, fraction, None, high, source, verdict, text, todo)


def changes_flag(found: Changes, quota_change: Sequence[float], limits: Thresholds) -> Flag:
    """Judge how many seats change against last year far beyond the company.

    Parameters
    ----------
    quota_change
        Quota over last year's sales over that of the company − 1, of the seats that can be compared.
    """
    name, title = "change_against_last_year", "Seats whose quota changes far more than the company's"
    source = f"usual limits of quotas, −{percent(limits.change_down)} and +{percent(limits.change_up)}; share: {OURS}"
    high = limits.changed_alarm
    if not quota_change:
        text = "No seat sold anything last year inside its boundaries."
        return Flag(name, title, None, None, high, source, Verdict.UNKNOWN, text)
    beyond = sum(change > limits.change_up or change < -limits.change_down for change in quota_change)
    share = beyond / len(quota_change)
    text = (
        f"{beyond} of {found.n} seats change by more than the usual limits beyond the company's own change."
    )
    if beyond == 0:
        return Flag(name, title, share, None, high, source, Verdict.GOOD, text)
    verdict = Verdict.ALARM if share > high else Verdict.WATCH
    todo = "Explain the largest to their sellers before they ask, or set max_increase and max_decrease."
    return Flag(name, title, share, None, high, source, verdict, text, todo)


def chance_flag(gap: float | None, limits: Thresholds) -> Flag:
    """Judge how unequal the chances of seats to attain are.

    Parameters
    ----------
    gap
        90th less 10th percentile of the chances; None where they are not known.
    """
    name, title = "equal_chance", "Difference in the chance to attain"
    source, high = OURS, limits.chance_watch
    if gap is None:
        text = "The history does not tell how certain sales are."
        return Flag(name, title, None, None, high, source, Verdict.UNKNOWN, text)
    text = f"The chance to attain differs by {percent(gap)} between the seats at the 10th and the 90th percentile."
    if gap <= high + 1e-9:
        return Flag(name, title, gap, None, high, source, Verdict.GOOD, text)
    verdict = Verdict.ALARM if gap > 2 * high else Verdict.WATCH
    todo = "Set equal_difficulty, and look at limits, overrides and rounding that hold seats away from it."
    return Flag(name, title, gap, None, high, source, verdict, text, todo)


def _told(interval: Interval) -> str:
    if interval.low is None or interval.high is None:
        return f" ({interval.reason})" if interval.reason else ""
    return f" ({interval.low:+.2f} to {interval.high:+.2f})"
