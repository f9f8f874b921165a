"""Pay plans drawn at random, all of them valid."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from planner.pay import Bonus, PayComponent, PayoutCurve, PayPlan, Tier
from planner.pay.pay_plan import Per


def hundredths(low: int, high: int) -> st.SearchStrategy[Fraction]:
    """Draw whole percents."""
    return st.integers(low, high).map(lambda n: Fraction(n, 100))


@st.composite
def curves(draw: st.DrawFn) -> PayoutCurve:
    """Draw a curve: threshold, a slower or faster piece below quota, accelerators above, caps."""
    from_zero = draw(st.booleans())
    threshold = draw(hundredths(0, 90))
    start = Fraction(0) if from_zero else threshold
    tiers = []
    if draw(st.booleans()):
        above = start + (1 - start) * draw(hundredths(1, 99))
        tiers.append(Tier(above, draw(hundredths(0, 100)) / (1 - above)))
    ups = sorted(draw(st.sets(st.integers(100, 250), max_size=3)))
    tiers += [Tier(Fraction(up, 100), draw(hundredths(0, 400))) for up in ups]
    cap, cap_attainment = (draw(st.none() | hundredths(100, 400)) for _ in range(2))
    return PayoutCurve(threshold, from_zero, tuple(tiers), cap, cap_attainment)


@st.composite
def plans(draw: st.DrawFn) -> PayPlan:
    """Draw a pay plan of up to three components."""
    parts = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    components = tuple(
        PayComponent(
            f"c{k}",
            Fraction(part, sum(parts)),
            draw(curves()),
            tuple(
                Bonus(draw(hundredths(50, 150)), draw(st.integers(0, 10**6)), draw(st.booleans()))
                for _ in range(draw(st.integers(0, 1)))
            ),
        )
        for k, part in enumerate(parts)
    )
    return PayPlan(
        "drawn",
        draw(hundredths(0, 100)),
        components,
        per=draw(st.sampled_from(list(Per))),
        cumulative=draw(st.booleans()),
    )
