"""Explanations against full evaluations: ten thousand random moves to the last digit, and the time of one answer."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from planner.arrays import IntArray
from planner.budget import Budget
from planner.explain import Explainer, Moves
from planner.objective import Centre, Compactness, Objective
from planner.problem import AlignmentProblem, Measure
from planner.scorecard import scorecard
from planner.seats import Territories
from planner.units import Units
from tests.bench.context import Context
from tests.bench.data_sets import drawn_points
from tests.bench.results import CaseResult, Cell, Column, Table, Target
from tests.planner.explain.drawn import OBJECTIVES, differences, drawn_problem

MOVES, MOVES_EACH, MOST_MS = 10_000, 25, 200.0
ACCOUNTS, TERRITORIES, ASKED = 25_000, 200, 25
COLUMNS = (
    Column("objective", "objective"),
    Column("prepare_s", "to open the plan", Cell.SECONDS),
    Column("middle_ms", "one answer, ms, median", Cell.NUMBER),
    Column("longest_ms", "longest", Cell.NUMBER),
)


def explanations(context: Context) -> CaseResult:
    """Random moves in problems with every kind of rule and objective, then a plan of 25,000 accounts."""
    context.say(f"{MOVES:,} random moves")
    began = time.process_time()
    wrong, fields = _wrong_moves(context.seed)
    seconds = time.process_time() - began
    rows = [_timed(context, *kind) for kind in ((0, 0), (1, 1), (2, 2))]
    longest = max(row["longest_ms"] for row in rows)
    targets = [
        Target(
            f"{MOVES:,} random moves: every number equals a full evaluation to the last digit",
            f"{MOVES - wrong:,} do" + (f"; they differ in {', '.join(sorted(fields))}" if wrong else ""),
            wrong == 0,
            seconds,
        ),
        Target(
            f"an answer within {MOST_MS:.0f} ms",
            f"longest {longest:.0f} ms of processor time",
            longest <= MOST_MS,
        ),
    ]
    about = (
        "Moves of one to three units in drawn problems with locks, exclusions, bands, budgets, mixes, pairs apart, "
        "groups together and regions, under each objective, with and without accounts. Answers tell every other "
        f"territory ranked, and five of them in full, in {ACCOUNTS:,} accounts and {TERRITORIES} territories with "
        "three measures, 25 % of the accounts locked, exclusions and a budget."
    )
    title = "Why is this account here?"
    return CaseResult("explanations", title, about, targets, [Table("Time of an answer", COLUMNS, rows)])


def _wrong_moves(seed: int) -> tuple[int, set[str]]:
    """Return how many moves are measured in another way than by a full evaluation, and the fields that differ."""
    wrong, fields, done = 0, set(), 0
    while done < MOVES:
        random = np.random.default_rng([seed, done])
        number = done // MOVES_EACH
        objective = OBJECTIVES[number % len(OBJECTIVES)]
        problem, territory, accounts = drawn_problem(random, objective, with_accounts=bool(number % 2))
        moves = Moves(problem, territory, accounts)
        for _ in range(MOVES_EACH):
            units = random.choice(problem.n_units, size=int(random.integers(1, 4)), replace=False)
            to = int(random.integers(problem.n_territories))
            after = territory.copy()
            after[units] = to
            off = differences(moves.of(units).to(to), scorecard(problem, after, accounts))
            wrong, done = wrong + bool(off), done + 1
            fields |= set(off)
    return wrong, fields


def _timed(context: Context, kind: int, number: int) -> dict[str, Any]:
    """Return the times of answers about a plan under one objective."""
    compactness, centre = (
        (Compactness.INERTIA, Centre.CENTROID),
        (Compactness.DISTANCE, Centre.HOME),
        (Compactness.DISTANCE, Centre.UNIT),
    )[kind]
    context.say(f"{ACCOUNTS:,} accounts, {compactness} about {centre}")
    problem, territory = _large(context, Objective(np.ones(ACCOUNTS), np.ones(ACCOUNTS), centre, compactness))
    began = time.process_time()
    explainer = Explainer(problem, territory)
    opened = time.process_time()
    taken = []
    for unit in np.random.default_rng([context.seed, number]).integers(0, ACCOUNTS, ASKED):
        asked = time.process_time()
        told = explainer.unit(int(unit))
        for home in told.homes[:5]:
            told.card(home.territory)
        taken.append(1000 * (time.process_time() - asked))
    return {
        "objective": f"{compactness} about {centre}",
        "prepare_s": opened - began,
        "middle_ms": float(np.median(taken)),
        "longest_ms": max(taken),
    }


def _large(context: Context, objective: Objective) -> tuple[AlignmentProblem, IntArray]:
    """Return a plan of many accounts with many rules: every account at the nearest of drawn homes."""
    random = np.random.default_rng([context.seed, 8])
    data = drawn_points(context.data, ACCOUNTS, context.seed)
    activity = np.c_[data.activity, random.lognormal(0.0, 1.0, ACCOUNTS)]
    home = data.xy_m[random.choice(ACCOUNTS, TERRITORIES, replace=False)]
    territory = cKDTree(home).query(data.xy_m)[1].astype(np.int32)
    moved = random.random(ACCOUNTS) < 0.15
    current = np.where(moved, random.integers(0, TERRITORIES, ACCOUNTS), territory)
    share = np.full(TERRITORIES, 1 / TERRITORIES)
    names = ("potential", "accounts", "calls")
    problem = AlignmentProblem(
        Units.points([f"a{i}" for i in range(ACCOUNTS)], data.xy_m),
        Territories.unnamed(TERRITORIES, 3).replace(home_xy_m=home),
        tuple(
            Measure.banded(name, float(column.sum()), share, 0.1, 0.1)
            for name, column in zip(names, activity.T, strict=True)
        ),
        activity,
        objective.replace(weight=activity[:, 0]),
        current=current,
        locked=np.where(random.random(ACCOUNTS) < 0.25, territory, -1),
        excluded=csr_array(random.random((ACCOUNTS, TERRITORIES)) < 0.01),
        budgets=(Budget("potential", activity[:, 0], 0.15 * float(activity[:, 0].sum())),),
    )
    return problem, territory
