"""Accounts move with their quota and seats are relieved, and no cent of any day is lost or made up."""

from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import InvalidInput
from planner.quota.hierarchy import Hierarchy
from planner.quota.in_year.changes import Move, ReliefGrant
from planner.quota.in_year.daily import Carried, PlanDays, calendar_of, dealt
from planner.quota.in_year.ledger import ledger
from planner.quota.periods import names
from planner.quota.settings import Relief

QUARTERS = names(2026, "quarter")
NAMES = ("A", "B", "C", "D")
PERIODS = st.sampled_from([names(2026, kind) for kind in ("year", "quarter", "month")])


def carried_of(seed, periods=QUARTERS, n_territories=4, n_components=2, n_accounts=12, most=100_000):
    rng = np.random.default_rng(seed)
    amounts = rng.integers(0, most, (n_territories, n_components, len(periods)))
    amounts[rng.random(amounts.shape) < 0.1] = 0
    territory = rng.integers(-1, n_territories, n_accounts).astype(np.int32)
    weight = rng.gamma(0.5, 1.0, (n_accounts, n_components)) * (rng.random(n_accounts) < 0.8)[:, None]
    calendar = calendar_of(periods, 2026)
    months = None if seed % 2 else rng.gamma(2.0, 1.0, (n_territories, len(calendar.slots)))
    return Carried(PlanDays(calendar, amounts, months), territory, weight)


def random_moves(carried, seed, number):
    """Return moves that follow one another, on any days, the first and the last included."""
    rng = np.random.default_rng(seed)
    calendar, owner = carried.plan.calendar, carried.territory.copy()
    held = np.flatnonzero(owner >= 0)
    if not len(held):
        return []
    days = rng.integers(0, calendar.n_days, number)
    days[: min(2, number)] = [0, calendar.n_days - 1][: min(2, number)]
    moves = []
    for day in sorted(days.tolist()):
        account = int(rng.choice(held))
        target = int((owner[account] + rng.integers(1, 4)) % 4)
        moves.append(Move(account, int(owner[account]), target, calendar.day(day), "swap"))
        owner[account] = target
    return moves


def company(cents):
    return cents.sum(0)


@given(st.integers(0, 10**12), st.integers(0, 10**9), st.integers(1, 31))
def test_dealt_amounts_are_even_to_a_unit_and_add_up(lower, more, days):
    parts = dealt(np.array(lower), np.array(lower + more), days)
    assert parts.sum() == more
    assert parts.max() - parts.min() <= 1
    split = lower + more // 3
    both = dealt(np.array(lower), np.array(split), days) + dealt(
        np.array(split), np.array(lower + more), days
    )
    assert (both == parts).all()


@given(st.integers(0, 10_000), PERIODS)
def test_days_add_up_to_the_quotas_and_accounts_to_their_seat(seed, periods):
    carried = carried_of(seed, periods)
    plan, calendar = carried.plan, carried.plan.calendar
    days = plan.cents
    assert (days >= 0).all()
    for p in range(len(periods)):
        assert (days[:, :, calendar.period_of_day == p].sum(2) == plan.amount_cents[:, :, p]).all()
    for t in range(4):
        members = np.flatnonzero(carried.territory == t)
        for c in range(2):
            parts = [carried.on_days(account, c) for account in members.tolist()]
            assert all((part >= 0).all() for part in parts)
            if parts:
                assert (np.sum(parts, axis=0) == days[t, c]).all()
    if periods == names(2026, "month"):
        # Within a month, every day of the company has the same, to the cent.
        by_day = company(days)
        for slot in calendar.slots:
            inside = by_day[:, slot.start : slot.start + slot.days]
            assert (inside.max(1) - inside.min(1) <= 1).all()


@given(st.integers(0, 10_000), st.integers(0, 30), PERIODS)
def test_any_moves_keep_the_total_of_every_day(seed, number, periods):
    carried = carried_of(seed, periods)
    moves = random_moves(carried, seed, number)
    book = ledger(carried, NAMES, moves)
    assert (company(book.cents) == company(carried.plan.cents)).all()
    assert (company(book.by_period()) == company(carried.plan.amount_cents)).all()
    assert (book.cents >= 0).all()
    taken, given_ = book.changed("move", taken=True), book.changed("move", taken=False)
    assert (book.by_period() == carried.plan.amount_cents - taken + given_).all()
    # On each day a seat carries its share of what the accounts carry that are its own on that day.
    for position in (0, 100, 363, 364):
        day = book.calendar.day(position)
        owner = carried.territory.copy()
        for move in moves:
            if move.day <= day:
                owner[move.entity] = move.target
        for t in range(4):
            if not (carried.territory == t).any():
                continue
            others = np.flatnonzero(owner == t).tolist()
            for c in range(2):
                held = sum(int(carried.on_days(a, c)[position]) for a in others)
                assert book.on(day)[t, c] == held


@given(st.integers(0, 10_000))
def test_moving_back_restores(seed):
    carried = carried_of(seed)
    account = int(np.argmax(carried.territory))
    home = int(carried.territory[account])
    if home < 0:
        return
    away, out, back = (home + 1) % 4, date(2026, 2, 17), date(2026, 8, 5)
    once = ledger(carried, NAMES, [Move(account, home, away, out)])
    again = ledger(carried, NAMES, [Move(account, home, away, out), Move(account, away, home, back)])
    at, until = again.calendar.position(out), again.calendar.position(back)
    assert (again.cents[:, :, until:] == carried.plan.cents[:, :, until:]).all()
    assert (again.cents[:, :, :until] == once.cents[:, :, :until]).all()
    assert (again.cents[:, :, :at] == carried.plan.cents[:, :, :at]).all()
    same_day = ledger(carried, NAMES, [Move(account, home, away, out), Move(account, away, home, out)])
    assert (same_day.cents == carried.plan.cents).all()


def test_an_account_carries_its_share_for_the_remaining_days():
    calendar = calendar_of(("2026-Q1", "2026-Q2"))
    plan = PlanDays(calendar, np.array([[[9000, 9100]], [[0, 0]]]))
    carried = Carried(plan, np.array([0, 0], np.int32), np.array([[1.0], [2.0]]))
    book = ledger(carried, NAMES, [Move(0, 0, 1, date(2026, 3, 2))])
    # By hand: a third of 90.00 over 31 + 28 + 31 days, 30 of which remain; and a third of 91.00.
    assert book.by_period()[1, 0] == pytest.approx([3000 * 30 / 90, 9100 / 3], abs=1)
    assert book.to_date(date(2026, 3, 1))[1, 0] == 0
    assert book.on(date(2026, 3, 2))[1, 0] in (33, 34)
    assert book.on(date(2025, 12, 31)).sum() == 0
    first = ledger(carried, NAMES, [Move(0, 0, 1, date(2026, 1, 1))])
    assert first.by_period()[1, 0] == pytest.approx([3000, 9100 / 3], abs=1)
    last = ledger(carried, NAMES, [Move(0, 0, 1, date(2026, 6, 30))])
    assert last.by_period()[1, 0].sum() in (33, 34)


@given(st.integers(0, 10_000), st.sampled_from(Relief), st.booleans())
def test_relief_lowers_one_seat_and_is_accounted_for(seed, carried_by, by_share):
    carried = carried_of(seed)
    rng = np.random.default_rng(seed)
    first, last = date(2026, 2, 10), date(2026, 5, 20)
    moves = random_moves(carried, seed, 3)
    moved = ledger(carried, NAMES, moves).cents[:, :, 40:140].sum(2)
    inside = moved[0].sum()
    if not inside or not moved[1:].sum(0).all():
        return
    size = {"share": Fraction(1, 3)} if by_share else {"amount_cents": int(rng.integers(1, inside + 1))}
    grant = ReliefGrant(0, first, last, carried_by=carried_by, reason="ill", author="ops", **size)
    book = ledger(carried, NAMES, moves, [grant])
    assert (book.cents >= 0).all()
    before = book.with_flows(("move",))
    lowered = (before - book.cents)[0]
    assert (lowered >= 0).all()
    if not by_share:
        assert lowered.sum() == grant.amount_cents
    assert not lowered[:, :40].any()
    assert not lowered[:, 140:].any()
    gone = company(carried.plan.cents) - company(book.cents)
    assert (gone == book.absorbed_cents).all()
    assert gone.sum() == (0 if carried_by is Relief.SHARED else lowered.sum())


def test_siblings_of_the_nearest_node_take_over_in_proportion():
    hierarchy = Hierarchy.from_ids(["top", "west", "east"], ["", "top", "top"])
    amounts = np.array([[[36500]], [[36500]], [[73000]], [[99999]]])
    plan = PlanDays(calendar_of(("2026",)), amounts)
    carried = Carried(plan, np.zeros(0, np.int32), np.zeros((0, 1)))
    grant = ReliefGrant(0, date(2026, 1, 1), date(2026, 12, 31), amount_cents=3000, carried_by=Relief.SHARED)
    book = ledger(carried, NAMES, (), [grant], hierarchy, [1, 1, 1, 2])
    assert book.by_period()[:, 0, 0].tolist() == [33500, 37500, 75000, 99999]
    alone = ledger(carried, NAMES, (), [grant], hierarchy, [1, 2, 2, 2])
    assert alone.by_period()[0, 0, 0] == 33500
    assert alone.by_period().sum() == amounts.sum()


def test_what_cannot_be_is_told_all_at_once():
    carried = carried_of(3)
    account = int(np.argmax(carried.territory))
    home = int(carried.territory[account])
    away = (home + 1) % 4
    moves = [
        Move(account, home, away, date(2025, 12, 31), row=2),
        Move(account, home, away, date(2026, 3, 1), row=3),
        Move(account, away, away, date(2026, 4, 1), row=4),
    ]
    grants = [
        ReliefGrant(0, date(2026, 5, 1), date(2026, 4, 1), share=Fraction(1, 2), row=2),
        ReliefGrant(0, date(2026, 5, 1), date(2027, 4, 1), share=Fraction(1, 2), row=3),
        ReliefGrant(0, date(2026, 5, 1), date(2026, 6, 1), row=4),
        ReliefGrant(0, date(2026, 5, 1), date(2026, 6, 1), amount_cents=0, row=5),
        ReliefGrant(0, date(2026, 5, 1), date(2026, 6, 1), share=Fraction(3, 2), row=6),
        ReliefGrant(1, date(2026, 5, 1), date(2026, 6, 1), amount_cents=7, row=7),
        ReliefGrant(1, date(2026, 5, 1), date(2026, 6, 1), amount_cents=7, reason="again", row=8),
        ReliefGrant(1, date(2026, 5, 1), date(2026, 6, 1), amount_cents=8, row=9),
    ]
    with pytest.raises(InvalidInput) as told:
        ledger(carried, NAMES, moves, grants)
    assert [(p.file, p.row, p.code) for p in told.value.problems] == [
        ("moves", 2, "day_outside"),
        ("moves", 3, "not_there"),
        ("moves", 4, "no_move"),
        ("relief", 2, "dates_reversed"),
        ("relief", 3, "day_outside"),
        ("relief", 4, "relief_size"),
        ("relief", 5, "relief_size"),
        ("relief", 6, "relief_size"),
        ("relief", 8, "duplicate_relief"),
    ]
    much = ReliefGrant(0, date(2026, 5, 1), date(2026, 5, 1), amount_cents=10**9, row=2)
    lonely = ReliefGrant(0, date(2026, 5, 1), date(2026, 5, 9), share=Fraction(1), carried_by=Relief.SHARED)
    one = Carried(
        PlanDays(carried.plan.calendar, np.full((1, 1, 4), 5000)), np.zeros(0, np.int32), np.zeros((0, 1))
    )
    with pytest.raises(
        InvalidInput, match=r"cannot be relieved of 10,000,000.00[\s\S]*nobody can take it over"
    ):
        ledger(one, NAMES, (), [much, lonely])


def test_periods_must_say_their_days():
    with pytest.raises(InvalidInput) as told:
        calendar_of(("2026-01", "H1", "2026-Q1"))
    assert [p.code for p in told.value.problems] == ["period_without_days", "periods_overlap"]
    assert calendar_of(("Q1", "Q2"), 2026).n_days == 181
    gap = calendar_of(("2026-Q1", "2026-Q3"))
    assert (gap.period_of_day[90:181] == -1).all()
    assert gap.last == date(2026, 9, 30)
    assert gap.first + timedelta(gap.n_days - 1) == gap.last
