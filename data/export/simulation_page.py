"""What a simulation of the year found, as a page that is one file."""

from __future__ import annotations

import numpy as np

from data.export.chart import Axis, Chart, percents, short
from data.export.page import Number, figures, numbers, page, section, tables
from data.export.quota_table import as_html, short_money, shown
from data.export.simulation import AS_ATTAINED, AS_SOLD, calibration_text, simulation_rows
from data.quota_model import QuotaModel
from planner.quota.fairness.flags import Thresholds
from planner.quota.simulate import Risk

BARS = 30
"""Bars of a distribution."""

LIKELY, DOUBTFUL = 0.8, 0.5
"""Probabilities of plan that count as good, and as doubtful."""


def simulation_page(title: str, model: QuotaModel, risk: Risk, probability: float) -> str:
    """Return the page.

    Parameters
    ----------
    title
        Name of the plan.
    probability
        What is asked for, in (0, 1].
    """
    drawn = [_sales(model, risk), _target(model, risk, probability), _over_assignment(risk, probability)]
    if len(risk.at_quota):
        drawn.insert(1, _sellers(risk))
    year = "" if model.year is None else f" of {model.year}"
    lead = (
        f"{risk.draws:,} years{year} drawn from what territories may sell ({model.method}), each with a shock that all "
        f"share. {calibration_text(risk)}"
    )
    told = simulation_rows(model, risk, probability)
    body = "\n".join(
        [
            numbers(_key_numbers(model, risk, probability)),
            section("In pictures", figures(drawn)),
            section("In numbers", as_html(told[0], model.currency)),
            section("What it takes", as_html(told[1], model.currency), f"{AS_SOLD} {AS_ATTAINED}"),
            section("Seats", tables([as_html(told[2], model.currency)])),
        ]
    )
    return page(f"How likely is the plan? {title}", body, lead)


def _key_numbers(model: QuotaModel, risk: Risk, probability: float) -> list[Number]:
    plan = risk.plan.value or 0.0
    tone = "good" if plan >= LIKELY else "watch" if plan >= DOUBTFUL else "bad"
    sellers, over = risk.sellers_at_quota, risk.over_assignment_for(probability)
    cards = [
        Number(
            "Probability of plan",
            shown(plan, "fraction"),
            f"sales reach {_money(model, risk.target_cents)}",
            tone,
        ),
        Number(
            "Probability of street quota",
            shown(risk.street.value, "fraction"),
            f"sales reach {_money(model, risk.street_cents)}",
        ),
    ]
    if sellers is not None:
        told = f"in 8 of 10 years {percents(round(sellers.p10, 3))} to {percents(round(sellers.p90, 3))}"
        cards.append(Number("Sellers at or above quota", shown(sellers.mean, "fraction"), told))
    cards += [
        Number(
            f"Target reached with {percents(probability)}",
            _money(model, round(risk.target_for(probability))),
            "sales as they come",
        ),
        Number(
            f"Over-assignment for {percents(probability)}",
            shown(over, "signed"),
            "attainment as it comes; now " + shown(risk.over_assignment, "signed"),
        ),
    ]
    return cards


def _money(model: QuotaModel, cents: int) -> str:
    return f"{short(short_money(cents, model.currency))} {model.currency}"


def _sales(model: QuotaModel, risk: Risk) -> str:
    """Draw what the company may sell, with target and street quota."""
    sold = risk.sold_cents / short_money_unit(model.currency)
    low, high = np.quantile(sold, [0.001, 0.999]).tolist()
    marks = sorted(
        [
            (short_money(risk.target_cents, model.currency), "target"),
            (short_money(risk.street_cents, model.currency), "street quota"),
        ]
    )
    edges = _edges(low, high)
    across = Axis.of(
        f"sales of the company, {model.currency}", [edges[0], edges[-1], *(m for m, _ in marks)], shown=short
    )
    return _bars(
        sold, edges, across, marks, "What the company may sell", f"In 8 of 10 years {_range(model, risk)}."
    )


def short_money_unit(currency: str) -> float:
    """Return how many minor units make one unit of a currency."""
    return 1 / short_money(1, currency)


def _range(model: QuotaModel, risk: Risk) -> str:
    sales = risk.sales
    return f"{_money(model, round(sales.p10))} to {_money(model, round(sales.p90))}"


def _sellers(risk: Risk) -> str:
    """Draw the share of sellers at quota, with the goal."""
    edges = np.linspace(0, 1, 21)
    across = Axis.of("share of sellers at or above quota", edges, shown=percents)
    marks = [(Thresholds.at_quota_low, "goal"), (Thresholds.at_quota_high, "")]
    told = (
        f"Between the lines: the goal of 60-70 %, met in {shown(risk.goal.value, 'fraction')} of the years."
    )
    return _bars(risk.at_quota + 1e-9, edges, across, marks, "Sellers at or above quota", told)


def _edges(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high if high > low else low + max(abs(low), 1.0) * 0.01, BARS + 1)


def _bars(
    values: np.ndarray, edges: np.ndarray, across: Axis, marks: list[tuple[float, str]], title: str, told: str
) -> str:
    count, _ = np.histogram(np.clip(values, edges[0], edges[-1]), edges)
    share = count / len(values)
    chart = Chart(across, Axis.of("share of years", [0, share.max()], shown=percents), title)
    said = [
        f"{across.shown(low)} to {across.shown(high)}: {part:.1%} of years"
        for low, high, part in zip(edges[:-1], edges[1:], share.tolist(), strict=True)
    ]
    chart.bars(edges, share, said)
    for position, (value, name) in enumerate(marks):
        chart.upright(value, name, before=position == 0)
    return chart.figure(title, told)


def _target(model: QuotaModel, risk: Risk, probability: float) -> str:
    """Draw how likely each target is, where sales are as they come."""
    chances = np.linspace(0.99, 0.01, 99)
    targets = np.array([short_money(round(risk.target_for(p)), model.currency) for p in chances.tolist()])
    asked = short_money(round(risk.target_for(probability)), model.currency)
    now = short_money(risk.target_cents, model.currency)
    chart = Chart(
        Axis.of(f"target, {model.currency}", [*targets, now], shown=short),
        Axis.of("probability to reach it", [0, 1], shown=percents),
        "Probability of each target",
    )
    chart.line(targets, chances)
    chart.upright(now, "target", before=chart.across.share(now) > 0.5)
    chart.dots([asked], [probability], [f"{short(asked)}: {percents(probability)}"], radius=5)
    told = f"Sales as they come: {percents(probability)} for {short(asked)} {model.currency} (the point)."
    return chart.figure("Which target can be promised", told)


def _over_assignment(risk: Risk, probability: float) -> str:
    """Draw which over-assignment reaches each probability, where attainment is as it comes."""
    chances = np.linspace(0.02, 0.98, 97).tolist()
    found = [(over, p) for p in chances if (over := risk.over_assignment_for(p)) is not None]
    asked, now = risk.over_assignment_for(probability), risk.over_assignment
    places = [over for over, _ in found] + [value for value in (asked, now) if value is not None]
    chart = Chart(
        Axis.of("over-assignment", places or [0.0, 0.1], shown=percents),
        Axis.of("probability of plan", [0, 1], shown=percents),
        "Over-assignment for each probability of plan",
    )
    if found:
        chart.line([over for over, _ in found], [p for _, p in found])
    if now is not None:
        chart.upright(now, "now", before=chart.across.share(now) > 0.5)
    if asked is not None:
        chart.dots([asked], [probability], [f"{asked:+.1%}: {percents(probability)}"], radius=5)
    told = f"Attainment as it comes: {percents(probability)} takes {shown(asked, 'signed')} (the point)."
    return chart.figure("Which over-assignment it takes", told)
