"""Random firms to set quotas for, and an adder of its own that checks every sum from the amounts alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from planner.errors import InvalidInput
from planner.quota import Hierarchy, History, QuotaInputs, QuotaPlan, Targets, set_quotas
from planner.quota.inputs import Credit, Override, Staffing
from planner.quota.settings import QuotaSettings, Relief

YEAR = 2026
RATES = {"EUR": Fraction(109, 100), "JPY": Fraction(67, 10_000), "KWD": Fraction(326, 100)}
DIGITS = {"EUR": 2, "JPY": 0, "KWD": 3, "USD": 2}
LEVELS = ("company", "region", "area", "district", "team", "desk")
METHODS = (
    {"even": 1.0},
    {"last_year_plus": 1.0},
    {"last_year_plus": 0.7, "potential_share": 0.3},
    {"history_and_untapped": 1.0},
)
PERIODS = {
    1: (str(YEAR),),
    4: tuple(f"{YEAR}-Q{q}" for q in range(1, 5)),
    12: tuple(f"{YEAR}-{m:02d}" for m in range(1, 13)),
}
KINDS = {1: "year", 4: "quarter", 12: "month"}


@dataclass(frozen=True)
class RandomFirm:
    """A firm, and what its sums must come to.

    Parameters
    ----------
    factor
        Street quota over target where every way down adds the same, else None.
    """

    settings: QuotaSettings
    inputs: QuotaInputs
    factor: Fraction | None


def random_firm(rng: np.random.Generator, most_seats: int) -> RandomFirm:
    """Draw a firm with 1 to `most_seats` seats below 1 to 6 levels of nodes."""
    n = int(np.exp(rng.uniform(0, np.log(most_seats + 1))))
    parent, level, node, depth = _nodes(rng, n)
    rates = {name: float(rng.choice([0.0, 0.02, 0.05, 0.125])) for name in LEVELS[:depth]}
    plan_rate = float(rng.choice([0.0, 0.07, 0.155]))
    uneven = rng.random() < 0.3
    own = np.where(rng.random(len(parent)) < 0.2, 0.1, np.nan) if uneven else np.full(len(parent), np.nan)
    ids = np.array([f"n{j}" for j in range(len(parent))], dtype=object)
    hierarchy = Hierarchy(ids, parent, tuple(level), over_assignment=own)
    # Targets of the company, of the regions alone, or of the company and some regions.
    regions = [str(ids[j]) for j in np.flatnonzero(parent == 0)]
    whose = str(rng.choice(["company", "company", "regions", "both"])) if regions else "company"
    factor = 1 + Fraction(repr(plan_rate))
    for name, rate in rates.items():
        factor *= 1 + Fraction(repr(rate)) if whose != "regions" or name != LEVELS[0] else 1
    components = tuple("abcd"[: int(rng.integers(1, 5))]) if rng.random() < 0.8 else ("",)
    stated = int(rng.choice([0, 1, 4, 12]))
    asked = int(rng.choice([p for p in (1, 4, 12) if p >= stated]))
    settings = QuotaSettings(
        over_assignment=plan_rate,
        level_over_assignment=rates,
        methods=METHODS[int(rng.integers(len(METHODS)))],
        equal_difficulty=bool(rng.random() < 0.4),
        max_decrease=[None, 0.1, 0.2][int(rng.integers(3))],
        max_increase=[None, 0.1, 0.3][int(rng.integers(3))],
        min_share=[None, 0.5 / n][int(rng.random() < 0.2)],
        max_share=[None, min(1.0, 3.0 / n)][int(rng.random() < 0.2)],
        rounding_cents=int(rng.choice([1, 100, 10_000, 100_000])),
        ramp=(0.25, 0.5, 0.75, 1.0),
        relief=Relief.ABSORBED if rng.random() < 0.5 else Relief.SHARED,
        year=YEAR,
        periods=KINDS[asked],
    )
    staffing = _staffing(rng, n) if rng.random() < 0.4 else None
    inputs = QuotaInputs(
        np.repeat(np.arange(n), 2),
        n,
        territory_id=tuple(f"T{t}" for t in range(n)),
        seat_id=tuple(f"S{t}" for t in range(n)),
        history=_history(rng, 2 * n, components) if rng.random() < 0.9 else None,
        potential=rng.lognormal(0, 1, n),
        targets=_targets(rng, n, components, ("",) if stated == 0 else PERIODS[stated], regions, whose),
        hierarchy=hierarchy,
        node_of_territory=node,
        staffing=staffing,
        credits=_credits(rng, n, components) if rng.random() < 0.3 else (),
        currency_of_territory=tuple(rng.choice(["", "EUR", "JPY", "KWD"], n)) if rng.random() < 0.2 else (),
        rates=RATES,
    )
    return RandomFirm(settings, inputs, None if uneven else factor)


def quotas_of(firm: RandomFirm, rng: np.random.Generator) -> tuple[RandomFirm, QuotaPlan]:
    """Set the quotas of a firm, of half of the firms with some of them decided by hand."""
    plan = set_quotas(firm.settings, firm.inputs)
    assert plan is not None
    if rng.random() < 0.5:
        decided = replace(firm, inputs=replace(firm.inputs, overrides=_overrides(rng, plan, firm)))
        try:
            changed = set_quotas(decided.settings, decided.inputs)
        except InvalidInput as refused:
            # What is drawn may be more than everybody beside it can give: then that is said, and nothing else.
            if {problem.code for problem in refused.problems} != {"overrides_contradict"}:
                raise
        else:
            assert changed is not None
            return decided, changed
    return firm, plan


def differences(firm: RandomFirm, plan: QuotaPlan) -> Iterator[tuple[str, int]]:
    """Yield by how many minor units each sum is off, added up from amounts and inputs alone."""
    quota, inputs = plan.amount_cents, firm.inputs
    yield "negative", -int(quota.clip(max=0).sum())
    yield from _company(firm, plan)
    assert inputs.hierarchy is not None
    assert inputs.node_of_territory is not None
    carried = np.zeros((len(inputs.hierarchy), *quota.shape[1:]), np.int64)
    at = inputs.node_of_territory.copy()
    while (at >= 0).any():
        held = at >= 0
        np.add.at(carried, at[held], quota[held])
        at[held] = inputs.hierarchy.parent[at[held]]
    yield "nodes", int(np.abs(plan.node_amounts() - carried).sum())
    nodes = dict(zip(inputs.hierarchy.node_id.tolist(), carried.sum((1, 2)).tolist(), strict=True))
    yield "node totals", sum(abs(plan.node_cents[name] - cents) for name, cents in nodes.items())
    assert plan.stage_cents is not None
    yield "steps", int(np.abs(plan.stage_cents[-1] - quota.sum(2)).sum())
    for override in inputs.overrides:
        rows = (
            quota[[override.territory]] if override.territory >= 0 else quota[_below(inputs, override.node)]
        )
        of = slice(None) if not override.component else [plan.components.index(override.component)]
        when = slice(None) if not override.period else [plan.periods.index(override.period)]
        yield f"override {override}", int(rows[:, of][:, :, when].sum()) - override.amount_cents
    yield from _seats(firm, plan)
    yield from _local(plan)
    yield "certificate", sum(abs(equation.difference_cents) for equation in plan.equations)


def _company(firm: RandomFirm, plan: QuotaPlan) -> Iterator[tuple[str, int]]:
    quota, targets = plan.amount_cents, firm.inputs.targets
    assert targets is not None
    top = ["n0"] if "n0" in targets.node_id else sorted(set(targets.node_id))
    stated: dict[tuple[str, str], int] = {}
    for node, name, period, cents in zip(
        targets.node_id, targets.component, targets.period, targets.amount_cents.tolist(), strict=True
    ):
        if node in top:
            stated[name, period] = stated.get((name, period), 0) + cents
    total = int(quota.sum())
    yield "street quota", total - sum(stated.values()) - sum(s.added_cents for s in plan.bridge[1:])
    for before, step in zip(plan.bridge, plan.bridge[1:], strict=False):
        yield f"bridge {step.name}", step.carried_cents - before.carried_cents - step.added_cents
    relieved = plan.bridge[-1].name.startswith("relief")
    if firm.factor is None or relieved:
        return
    for (name, period), cents in stated.items():
        own = quota[:, plan.components.index(name or "total")]
        inside = [p for p, each in enumerate(plan.periods) if not period or _inside(each, period)]
        yield f"target {name} {period}", int(own[:, inside].sum()) - round(cents * firm.factor)


def _inside(period: str, stated: str) -> bool:
    quarter = (
        f"{period[:4]}-Q{(int(period[5:]) + 2) // 3}" if len(period) == 7 and "Q" not in period else period
    )
    return stated in (period, quarter, period[:4])


def _seats(firm: RandomFirm, plan: QuotaPlan) -> Iterator[tuple[str, int]]:
    counted = np.zeros_like(plan.amount_cents)
    overlays = [credit for credit in firm.inputs.credits if credit.overlay]
    for share in plan.seat_shares:
        if share.role != "overlay":
            counted[share.territory] += share.amount_cents
            yield "credit below 0", -int(share.amount_cents.clip(max=0).sum())
    yield "split credit", int(np.abs(counted - plan.amount_cents).sum())
    found = [share for share in plan.seat_shares if share.role == "overlay"]
    yield "overlays", len(found) - len(overlays)
    for share, credit in zip(found, sorted(overlays, key=lambda c: c.territory), strict=True):
        for c, name in enumerate(plan.components):
            quota = int(plan.amount_cents[credit.territory, c].sum())
            wanted = round(credit.share * quota) if credit.component in ("", name) else 0
            yield f"overlay {credit.seat_id}", int(share.amount_cents[c].sum()) - wanted


def _local(plan: QuotaPlan) -> Iterator[tuple[str, int]]:
    if plan.local is None:
        return
    for t, code in enumerate(plan.local.currency):
        quota, own = int(plan.amount_cents[t].sum()), int(plan.local.amount[t].sum())
        rate = RATES.get(code, Fraction(1)) * Fraction(10) ** (2 - DIGITS[code])
        yield f"{code} of {t}", own - round(quota / rate)
        yield f"worth of {t}", int(plan.local.difference_cents[t]) - (round(own * rate) - quota)


def _below(inputs: QuotaInputs, node: int) -> np.ndarray:
    assert inputs.hierarchy is not None
    assert inputs.node_of_territory is not None
    at, found = inputs.node_of_territory.copy(), np.zeros(inputs.n_territories, bool)
    while (at >= 0).any():
        found |= at == node
        at = np.where(at >= 0, inputs.hierarchy.parent[at], -1)
    return found


def _nodes(rng: np.random.Generator, n: int) -> tuple[np.ndarray, list[str], np.ndarray, int]:
    """Draw a tree in which all territories hang below nodes of the last of its levels."""
    depth = int(rng.integers(1, 7))
    parent, level, above = [-1], [LEVELS[0]], np.array([0])
    for name in LEVELS[1:depth]:
        width = min(n, len(above) * int(rng.integers(1, 5)))
        first = len(parent)
        # Every node has somebody below it.
        chosen = np.concatenate([above, rng.choice(above, max(0, width - len(above)))])
        parent += chosen.tolist()
        level += [name] * len(chosen)
        above = np.arange(first, len(parent))
    node = np.concatenate([above, rng.choice(above, max(0, n - len(above)))])[:n]
    return np.array(parent), level, rng.permutation(node).astype(np.int32), depth


def _targets(
    rng: np.random.Generator,
    n: int,
    components: tuple[str, ...],
    periods: tuple[str, ...],
    regions: Sequence[str] = (),
    whose: str = "company",
) -> Targets:
    nodes = regions if whose == "regions" else ["n0"]
    rows = [(node, component, period) for node in nodes for component in components for period in periods]
    typical = max(1, int(rng.choice([10**2, 10**5, 10**8])) * n // len(nodes))
    amounts = rng.integers(typical // 2, typical * 2, len(rows)).tolist()
    if whose == "both":
        own = rng.choice(regions, int(rng.integers(1, len(regions) + 1)), replace=False).tolist()
        rows += [(str(node), component, "") for node in own for component in components]
        amounts += rng.integers(0, 2 * typical, len(own) * len(components)).tolist()
    node_id, component, period = zip(*rows, strict=True)
    return Targets(node_id, component, period, np.array(amounts, np.int64))


def _history(rng: np.random.Generator, n: int, components: tuple[str, ...]) -> History:
    """Draw three years of sales by quarter."""
    periods = tuple(f"{year}-Q{q}" for year in range(YEAR - 3, YEAR) for q in range(1, 5))
    size = rng.lognormal(0, 1, (n, 1)) * rng.lognormal(0, 0.2, (n, len(periods))) * 1e7
    size[rng.random(n) < 0.1] *= -0.01
    entity, period = np.indices(size.shape)
    names = components if components != ("",) else ("total",)
    component = rng.integers(0, len(names), size.size)
    return History(
        periods, names, entity.ravel(), period.ravel(), component, size.ravel().astype(np.int64), n
    )


def _staffing(rng: np.random.Generator, n: int) -> Staffing:
    days = [date(YEAR, 1, 1) + timedelta(int(day)) for day in rng.integers(-60, 365, n)]
    start = tuple(day if new else None for day, new in zip(days, rng.random(n) < 0.2, strict=True))
    end = tuple(day if left else None for day, left in zip(days, rng.random(n) < 0.1, strict=True))
    return Staffing(start, tuple(None if a is not None else b for a, b in zip(start, end, strict=True)))


def _credits(rng: np.random.Generator, n: int, components: tuple[str, ...]) -> tuple[Credit, ...]:
    chosen = rng.choice(n, min(n, int(rng.integers(1, 20))), replace=False).tolist()
    out = []
    for j, t in enumerate(chosen):
        of = str(rng.choice(["", *(name for name in components if name)]))
        out.append(Credit(f"P{j}", t, Fraction(int(rng.integers(1, 50)), 100), False, of))
        out.append(Credit(f"O{j}", t, Fraction(int(rng.integers(1, 100)), 100), True, of))
        out.append(Credit(f"Q{j}", t, Fraction(int(rng.integers(1, 50)), 99 + j), False))
    return tuple(out)


def _overrides(rng: np.random.Generator, plan: QuotaPlan, firm: RandomFirm) -> tuple[Override, ...]:
    quota, out, seen = plan.amount_cents, [], set()
    assert firm.inputs.hierarchy is not None
    for _ in range(int(rng.integers(1, 6))):
        # The company's own amount is its target: nothing beside it could balance another.
        whole = len(firm.inputs.hierarchy) > 1 and rng.random() < 0.3
        node = int(rng.integers(1, len(firm.inputs.hierarchy))) if whole else -1
        territory = -1 if whole else int(rng.integers(len(quota)))
        rows = quota[_below(firm.inputs, node)] if whole else quota[[territory]]
        c, p = int(rng.integers(-1, quota.shape[1])), int(rng.integers(-1, quota.shape[2]))
        key = node, territory, c if quota.shape[1] > 1 else 0, p if quota.shape[2] > 1 else 0
        if key in seen or not len(rows):
            continue
        seen.add(key)
        of, when = slice(None) if c < 0 else [c], slice(None) if p < 0 else [p]
        cents = int(int(rows[:, of][:, :, when].sum()) * rng.uniform(0.7, 1.3))
        component, period = "" if c < 0 else plan.components[c], "" if p < 0 else plan.periods[p]
        out.append(Override(territory, node, component, period, cents, "as agreed", "Ann"))
    return tuple(out)


def large_firm(rng: np.random.Generator, seats: int = 5000, *, certain: bool, by_hand: bool) -> RandomFirm:
    """Draw a firm of five levels, four components and twelve months with all that quotas know.

    Parameters
    ----------
    certain
        Whether quotas are of equal difficulty, from three years of history by quarter.
    by_hand
        Whether a hundred seats have an amount decided by hand.
    """
    components = ("a", "b", "c", "d")
    counts = (1, 5, 50, 500)
    parent = [-1]
    level = [LEVELS[0]]
    first = 0
    for name, above, count in zip(LEVELS[1:], counts, counts[1:], strict=False):
        parent += [first + j % above for j in range(count)]
        level += [name] * count
        first += above
    ids = np.array([f"n{j}" for j in range(len(parent))], dtype=object)
    n = seats
    inputs = QuotaInputs(
        np.repeat(np.arange(n), 2),
        n,
        territory_id=tuple(f"T{t}" for t in range(n)),
        seat_id=tuple(f"S{t}" for t in range(n)),
        history=_history(rng, 2 * n, components),
        potential=rng.lognormal(0, 1, n),
        targets=_targets(rng, n, components, PERIODS[12]),
        hierarchy=Hierarchy(ids, np.array(parent), tuple(level)),
        node_of_territory=first + np.arange(n) % counts[-1],
        staffing=_staffing(rng, n),
        credits=_credits(rng, n, components),
    )
    settings = QuotaSettings(
        over_assignment=0.05,
        level_over_assignment={"region": 0.02, "district": 0.03},
        methods={"last_year_plus": 0.7, "potential_share": 0.3},
        equal_difficulty=certain,
        ramp=(0.25, 0.5, 0.75, 1.0),
        year=YEAR,
    )
    factor = Fraction(105, 100) * Fraction(102, 100) * Fraction(103, 100)
    firm = RandomFirm(settings, inputs, factor)
    if not by_hand:
        return firm
    plan = set_quotas(settings, inputs)
    assert plan is not None
    whole = plan.amount_cents.sum((1, 2))
    chosen = rng.choice(n, 100, replace=False).tolist()
    overrides = tuple(Override(t, -1, "", "", int(whole[t] * rng.uniform(0.8, 1.2))) for t in chosen)
    return replace(firm, inputs=replace(inputs, overrides=overrides))
