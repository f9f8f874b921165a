"""Payout curves: which part of its target variable a component pays at an attainment.

With attainment ``a`` (sold over quota), threshold ``t`` and rates ``r(u)`` by tier, a curve pays

    f(a) = 0                                        for a < t,
    f(a) = min(cap, ∫ r(u) du over [s, min(a, m)])   otherwise,

where ``m`` is the attainment above which nothing more is paid and ``s`` is 0 where everything from the first sale
counts once the threshold is reached (a cliff), and ``t`` where only what lies above it does. ``f(1) = 1``: a seat that
meets its quota earns its target variable. All of it is kept in fractions, so that pay can be exact to the cent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from planner.arrays import FloatArray
from planner.errors import Problem

_NOUGHT, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Tier:
    """A rate from an attainment on.

    Parameters
    ----------
    above
        Attainment it begins at, a fraction ≥ 0.
    rate
        Share of the target variable paid for each share of the quota sold, ≥ 0: 1 pays in step, 2 twice that.
    """

    above: Fraction
    rate: Fraction


class Segment(NamedTuple):
    """A straight piece of a curve: from `start` on it pays ``intercept + slope · attainment``."""

    start: Fraction
    intercept: Fraction
    slope: Fraction


@dataclass(frozen=True)
class PayoutCurve:
    """A monotone piecewise linear payout curve, continuous except for a cliff at the threshold.

    Parameters
    ----------
    threshold
        Attainment below which nothing is paid, in [0, 1].
    from_zero
        Whether everything from the first sale counts once the threshold is reached; else only what lies above it.
    tiers
        Rates, by increasing attainment. Below the first tier the rate is what makes quota pay the target variable
        in full; where the first begins with the curve, the tiers must do so themselves.
    cap
        Largest payout over target variable, ≥ 1; None for no cap.
    cap_attainment
        Attainment above which nothing more is paid, ≥ 1; None for no cap.
    """

    threshold: Fraction = _NOUGHT
    from_zero: bool = True
    tiers: tuple[Tier, ...] = ()
    cap: Fraction | None = None
    cap_attainment: Fraction | None = None

    @property
    def start(self) -> Fraction:
        """Attainment from which sales count."""
        return _NOUGHT if self.from_zero else self.threshold

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The straight pieces by increasing start, caps included, the threshold not.

        Raises
        ------
        ValueError
            Where the curve has faults.
        """
        wrong = self.faults()
        if wrong:
            raise ValueError("; ".join(problem.why for problem in wrong))
        end, rates = self.cap_attainment, self._rates()
        following = [start for start, _ in rates[1:]]
        out: list[Segment] = []
        value = _NOUGHT
        for (start, rate), after in zip(rates, [*following, None], strict=True):
            out.append(Segment(start, value - rate * start, rate))
            stop = end if after is None or (end is not None and end < after) else after
            reached = None if stop is None else value + rate * (stop - start)
            if self.cap is not None and rate > 0 and (reached is None or reached >= self.cap):
                return (*out, Segment(start + (self.cap - value) / rate, self.cap, _NOUGHT))
            if reached is None or stop is None:
                break
            value = reached
            if stop == end:
                return (*out, Segment(stop, value, _NOUGHT))
        return tuple(out)

    def at(self, attainment: Fraction) -> Fraction:
        """Return the payout at an attainment exactly."""
        return Fraction(*self.ratio(attainment.numerator, attainment.denominator))

    def ratio(self, sold_cents: int, quota_cents: int) -> tuple[int, int]:
        """Return the payout at ``sold_cents / quota_cents`` exactly, as numerator and denominator.

        Parameters
        ----------
        sold_cents, quota_cents
            Any amount, and one above 0.
        """
        if not _reached(sold_cents, quota_cents, self._integers.threshold):
            return 0, 1
        pays = None
        for piece in self._integers.pieces:
            if not _reached(sold_cents, quota_cents, piece.start):
                break
            pays = piece
        if pays is None:
            return 0, 1
        return pays.fixed * quota_cents + pays.each * sold_cents, pays.parts * quota_cents

    def faults(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the curve, by the key it is wrong in."""
        return tuple(_faults(self))

    @property
    def _in_force(self) -> Fraction | None:
        """Rate that the tiers state for the beginning of the curve; None where they begin later."""
        stated = [tier.rate for tier in self.tiers if tier.above <= self.start]
        return stated[-1] if stated else None

    def _rates(self) -> list[tuple[Fraction, Fraction]]:
        """Return where each rate begins, the first at `start`."""
        later = [(tier.above, tier.rate) for tier in self.tiers if tier.above > self.start]
        first = self._in_force
        if first is None:
            stop = min(later[0][0], _ONE) if later else _ONE
            first = (_ONE - _paid_by(later, _ONE)) / (stop - self.start)
        return [(self.start, first), *later]

    @cached_property
    def _integers(self) -> _Integers:
        pieces = []
        for piece in self.segments:
            parts = piece.intercept.denominator * piece.slope.denominator
            fixed, each = int(piece.intercept * parts), int(piece.slope * parts)
            pieces.append(_Piece((piece.start.numerator, piece.start.denominator), fixed, each, parts))
        return _Integers((self.threshold.numerator, self.threshold.denominator), tuple(pieces))


def payout_fraction(curve: PayoutCurve, attainment: ArrayLike) -> FloatArray:
    """Return payout over target variable for many attainments.

    Parameters
    ----------
    attainment
        Sold over quota, fractions, any shape; below 0 (returns above sales) pays nothing, NaN stays NaN.
    """
    sold = np.asarray(attainment, np.float64)
    starts = np.array([float(piece.start) for piece in curve.segments])
    paid = np.array([float(piece.intercept + piece.slope * piece.start) for piece in curve.segments])
    beyond = float(curve.segments[-1].slope)
    out = np.asarray(np.interp(sold, starts, paid), np.float64)
    if beyond:
        out += beyond * np.maximum(sold - starts[-1], 0.0)
    if curve.from_zero and curve.threshold:
        out = np.where(sold < float(curve.threshold), 0.0, out)
    return out


class _Piece(NamedTuple):
    """A segment in whole numbers: ``(fixed · quota + each · sold) / (parts · quota)``."""

    start: tuple[int, int]
    fixed: int
    each: int
    parts: int


class _Integers(NamedTuple):
    threshold: tuple[int, int]
    pieces: tuple[_Piece, ...]


def _reached(sold: int, quota: int, limit: tuple[int, int]) -> bool:
    return sold * limit[1] >= limit[0] * quota


def _paid_by(rates: list[tuple[Fraction, Fraction]], attainment: Fraction) -> Fraction:
    """Return what rates pay up to an attainment."""
    ends = [start for start, _ in rates[1:]] + [max(attainment, rates[-1][0])] if rates else []
    return sum(
        (
            rate * (min(end, attainment) - start)
            for (start, rate), end in zip(rates, ends, strict=True)
            if start < attainment
        ),
        _NOUGHT,
    )


def _faults(curve: PayoutCurve) -> Iterator[Problem]:
    if not 0 <= curve.threshold <= 1 or (curve.threshold == 1 and not curve.from_zero):
        yield _fault(
            "threshold",
            curve.threshold,
            "The threshold lies outside 0 … 1, or leaves nothing to be paid for below quota.",
            "Write half of quota as 0.5 or 50%.",
        )
        return
    for name, value in (("cap", curve.cap), ("cap_attainment", curve.cap_attainment)):
        if value is not None and value < 1:
            yield _fault(
                name,
                value,
                f"The cap of {percent(value)} lies below 100 %: quota would not pay the target variable.",
                "Write a cap of 100 % (1.0) or more, or leave it out.",
            )
    in_order = True
    for number, tier in enumerate(curve.tiers):
        if tier.above < 0 or tier.rate < 0:
            in_order = False
            name = "above" if tier.above < 0 else "rate"
            yield _fault(
                f"tiers.{number}.{name}",
                tier.above if tier.above < 0 else tier.rate,
                f"The tier's {name} is below zero.",
                "Write 0 or more: who sells more never earns less.",
            )
    for number, (before, tier) in enumerate(zip(curve.tiers, curve.tiers[1:], strict=False), 1):
        if tier.above <= before.above:
            in_order = False
            yield _fault(
                f"tiers.{number}.above",
                tier.above,
                f"The tier begins at {percent(tier.above)}, not above the one before it ({percent(before.above)}).",
                "List tiers by increasing attainment, each once.",
            )
    if in_order:
        yield from _faults_at_quota(curve)


def _faults_at_quota(curve: PayoutCurve) -> Iterator[Problem]:
    rates = curve._rates()
    paid = _paid_by(rates, _ONE)
    if curve._in_force is None and rates[0][1] < 0:
        stated = paid - rates[0][1] * (min(rates[1][0], _ONE) - rates[0][0])
        yield _fault(
            "tiers",
            None,
            f"The tiers below quota pay {percent(stated)} of the target variable by themselves, more than all of it.",
            "Lower their rates, so that quota pays 100 %.",
        )
    elif paid != 1:
        yield _fault(
            "tiers",
            None,
            f"The tiers pay {percent(paid)} of the target variable at quota; it has to be 100 %.",
            "Change their rates, or leave out the first tier: its rate is then what makes quota pay 100 %.",
        )


def _fault(key: str, value: Fraction | None, why: str, what_to_do: str) -> Problem:
    shown = None if value is None else f"{float(value):g}"
    return Problem(why, what_to_do, column=key, value=shown, code="pay_curve")


def percent(value: Fraction) -> str:
    """Return a fraction as people read it, e.g. ``87.5 %``."""
    return f"{float(value) * 100:.6g} %"
