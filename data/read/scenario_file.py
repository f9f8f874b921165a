"""plan.toml: what is asked of a plan.

Every key is optional; fractions are written ``0.10`` or ``"10%"``. This is the whole layout::

    name = "Iowa 2026"              # shown to people
    territories = 30                # how many, { min = 28, max = 32 }, or "capacity" (workload by capacity of the
                                    # seats); else one per seat, or as many as there are today
    basic_unit = "auto"             # auto, unit (whole areas), split (big areas by their accounts), account
    split_above = 0.25              # split an area that holds more than this part of a territory
    contiguous = true               # territories hang together; else: yes where units are areas
    compactness_measure = "sales"   # what weighs distance; else the mean of the balanced ones
    centre = "auto"                 # distance from: home (of the seat), centroid, auto
    disruption_km = 15              # price of a change of owner, in km off centre
    keep_regions = true             # accounts stay in their region; else where [regions] names any
    island_policy = "nearest"       # join islands to the nearest unit, or none
    seed = 7
    time_limit_s = 60

    [measures]
    accounts = 0.15                 # short for band = 0.15; accounts and units count
    [measures.potential]
    band = 0.10                     # as far below the ideal as above; or each for itself:
    below = 0.10
    above = 0.20
    min = 1000000                   # hard limits in units of the measure
    max = 2000000

    [disruption]
    km = 15                         # same as disruption_km
    budget = 0.20                   # largest share of `measure` that may change hands
    measure = "sales"
    expected_loss = 0.15            # share of a customer's revenue lost after a change of rep
    similar_relief = 0.4            # part of that loss spared where the new rep is similar to the old one
    revenue = "sales"               # measure that holds it

    [[disruption.budgets]]          # any number of further budgets
    measure = "expected_loss"       # a measure, or expected_loss: in money
    total = 0.15                    # share of the whole that may change hands, and of what each seat has today
    per_seat = 0.30
    total_amount = 250000           # the same as amounts
    per_seat_amount = 20000

    [[rules]]                       # the same columns as rules.csv
    kind = "lock"
    where = "segment = 'A'"

    [regions.west]                  # by the region of the seats
    territories = 12
    contiguous = false
    [regions.west.measures]
    potential = 0.20

    [workload]
    measure = "workload_hours"
    capacity_hours = 1400           # of a seat that states none
    field_time = 0.80               # share of working time for calls and travel
    hours_per_day = 8

    [segments.A]                    # call plan of a segment, the most important one first
    calls_per_year = 24
    minutes_per_call = 45
    share = 0.20                    # tiers: share of the accounts, largest first; or from a threshold on
    at_least = 100000

    [segmentation]                  # for accounts without a segment
    by = "potential"
    method = "clusters"             # thresholds, quantiles, clusters; else what the segments state

    [potential]
    estimate = true                 # where it is missing, from the other attributes and the history
    measure = "potential"

    [quota]
    target = "120,000,000.00"       # company target, a number or text, exact to the cent
    over_assignment = 0.05          # street quota over target, less 1
    methods = "auto"                # what quotas rest on: the method that a back-test picks, or one by its name, or
                                    # weights of several: { last_year_plus = 0.7, potential_share = 0.3 }
    history_weight = 0.7            # instead of methods: share of last year's sales; the rest is potential
    potential = "potential"         # measure that stands for potential
    growth_to_potential = 0.5       # share of growth that goes to untapped potential (history_and_untapped)
    equal_difficulty = true         # every seat gets the same chance to attain
    max_decrease = 0.2              # largest change against own history; "none" for no limit
    max_increase = 0.3
    min_share = 0.01                # least and most of the street quota that a seat carries
    max_share = 0.10
    rounding = 1                    # quotas are multiples of this much money
    ramp = [0.25, 0.5, 0.75, 1.0]   # of a new seat by month; or "fitted" from the history
    relief = "shared"               # what new and vacant seats cannot carry: shared by the others, or absorbed
    year = 2026
    currency = "USD"
    periods = "auto"                # year, quarter, month, auto

    [quota.level_over_assignment]   # added by every node of a level, by its name
    region = 0.02

    [quota.index]                   # weights of measures in the method weighted_index
    potential = 0.6

    [pay]
    plan = "hunter"                 # of seats that name none
    ratio_low = 4                   # usual quota over on-target earnings
    ratio_high = 6
    draws = 10000                   # of sales, for P50 and P90 of cost

    [pay_plans.hunter]
    on_target_earnings = "180,000.00"   # a year, of a seat that states none
    variable = 0.4                  # share of it that is variable
    per = "quarter"                 # paid every month, quarter, year
    cumulative = true               # by the year to date; else every period for itself
    threshold = 0.5                 # nothing is paid below this attainment
    threshold_pays = "from_zero"    # once reached; or only what lies above
    tiers = [{ above = 1.0, rate = 1.5 }, { above = 1.25, rate = 2 }]
    cap = 3.0                       # most that is paid, over target variable
    cap_attainment = 2.0            # nothing more is paid above

    [[pay_plans.hunter.components]] # else all together; what they do not state is that of the plan
    component = "Hardware"
    weight = 0.7
    [[pay_plans.hunter.components]]
    component = "Service"
    weight = 0.3
    tiers = []

    [[pay_plans.hunter.bonuses]]    # also of components
    at = 1.0
    amount = 5000
    per = "year"                    # or every period

    [columns.accounts]              # and of every other table
    potential = "Est. Potential $"  # canonical name, or that of a measure = header in the file
    ignore = ["Growth"]             # headers to leave out
"""

from __future__ import annotations

import codecs
import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from data.read.asked_rules import rules_of_plan
from data.read.cells import Cells
from data.read.columns import IGNORE, ColumnMap
from data.read.coverage_models import PotentialModel, SegmentationModel, SegmentModel, coverage
from data.read.pay_models import BonusModel, PayComponentModel, PayModel, PayPlanModel, TierModel
from data.read.pay_plans import pay_settings
from data.read.quota_models import QuotaModel, currency_stated
from data.read.report import Report, shown
from data.read.scenario_models import (
    BudgetModel,
    DisruptionModel,
    FileModel,
    MeasureModel,
    RegionModel,
    WorkloadModel,
)
from data.schema import TABLES, nearest
from planner.quota.currency import minor_digits
from planner.scenario import Scenario, WorkloadSettings

DEFAULT_CURRENCY = "USD"
PARTS: dict[str, type[BaseModel]] = {
    "disruption": DisruptionModel,
    "quota": QuotaModel,
    "measures": MeasureModel,
    "regions": RegionModel,
    "workload": WorkloadModel,
    "segments": SegmentModel,
    "segmentation": SegmentationModel,
    "potential": PotentialModel,
    "pay": PayModel,
    "pay_plans": PayPlanModel,
}
"""Model of each table of plan.toml."""


@dataclass(frozen=True)
class PlanFile:
    """What plan.toml says: the scenario, the columns it maps by table, whether it names a currency, and its rules."""

    scenario: Scenario = field(default_factory=Scenario)
    columns: dict[str, ColumnMap] = field(default_factory=dict)
    states_currency: bool = False
    rules: Cells | None = None

    @property
    def measures(self) -> set[str]:
        """Every measure the file speaks of."""
        asked = self.scenario
        return {*asked.measures_named, *(name for name in asked.measures)}


def read_scenario(data: bytes, file: str, report: Report, currency: str = DEFAULT_CURRENCY) -> PlanFile:
    """Return what plan.toml says, defaults where it is silent; every fault is reported with its key.

    Money is in `currency` where the file states none.
    """
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        content = tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError as fault:
        row = data.count(b"\n", 0, fault.start) + 1
        report.error("encoding", "The file is not UTF-8.", "Save it as UTF-8.", file=file, row=row)
        return PlanFile()
    except (ValueError, RecursionError, ArithmeticError) as fault:
        line = re.search(r"line (\d+)", str(fault))
        report.error(
            "toml_syntax",
            f"The file is not TOML: {shown(str(fault))}.",
            "Correct this line.",
            file=file,
            row=None if line is None else int(line[1]),
        )
        return PlanFile()
    currency = currency_stated(content.get("quota")) or currency
    digits = minor_digits(currency)
    try:
        asked = FileModel.model_validate(content, context={"digits": digits})
    except ValidationError as invalid:
        for each in invalid.errors(include_url=False):
            _tell(each, file, report)
        return PlanFile(columns=_lenient_columns(content))
    columns = _column_maps(asked.columns, file, report)
    rules = rules_of_plan(asked.rules, text, file, report)
    pay = pay_settings(asked.pay, asked.pay_plans, text, file, report)
    scenario = _scenario(asked, currency, digits).replace(pay=pay)
    return PlanFile(scenario, columns, "currency" in asked.quota.model_fields_set, rules)


def _scenario(asked: FileModel, currency: str, digits: int) -> Scenario:
    km = asked.disruption_km if asked.disruption_km is not None else asked.disruption.km
    return Scenario(
        name=asked.name,
        territories=asked.territories,
        measures={name: measure.to_band() for name, measure in asked.measures.items()},
        contiguous=asked.contiguous,
        basic_unit=asked.basic_unit,
        split_above=asked.split_above,
        compactness_measure=asked.compactness_measure,
        compactness=asked.compactness,
        centre=asked.centre,
        disruption_km=km or 0.0,
        disruption_budget=asked.disruption.budget,
        disruption_measure=asked.disruption.measure,
        budgets=tuple(budget.to_rule() for budget in asked.disruption.budgets),
        expected_loss=asked.disruption.expected_loss,
        similar_relief=asked.disruption.similar_relief,
        revenue=asked.disruption.revenue,
        regions={name: region.to_rules() for name, region in asked.regions.items()},
        keep_regions=asked.keep_regions,
        workload=WorkloadSettings(**asked.workload.model_dump()),
        coverage=coverage(asked.segments, asked.segmentation, asked.potential),
        island_policy=asked.island_policy,
        seed=asked.seed,
        time_limit_s=asked.time_limit_s,
        quota=asked.quota.to_settings(currency, digits),
    )


def _column_maps(
    columns: dict[str, dict[str, str | list[str]]], file: str, report: Report
) -> dict[str, ColumnMap]:
    out: dict[str, ColumnMap] = {}
    for table, names in columns.items():
        if table not in TABLES:
            near = nearest(table, TABLES)
            report.error(
                "unknown_key",
                f"There is no table {table!r}." + (f" The nearest is {near!r}." if near else ""),
                f"Use one of {', '.join(TABLES)}.",
                file=file,
                column=f"columns.{table}",
            )
            continue
        for name, header in names.items():
            if isinstance(header, list) != (name == IGNORE):
                report.error(
                    "wrong_value",
                    "A list of headers stands under ignore only, one header under every other name.",
                    f'Write {name} = "header", or ignore = ["header"].',
                    file=file,
                    column=f"columns.{table}.{name}",
                )
        out[table] = _column_map(names)
    return out


def _column_map(names: dict[str, Any]) -> ColumnMap:
    ignore = names.get(IGNORE)
    source = {name: header for name, header in names.items() if name != IGNORE and isinstance(header, str)}
    return ColumnMap(
        source, tuple(h for h in ignore if isinstance(h, str)) if isinstance(ignore, list) else ()
    )


def _lenient_columns(content: dict[str, Any]) -> dict[str, ColumnMap]:
    """Return the column maps of a file that is wrong elsewhere, so that tables are not reported for its sake."""
    columns = content.get("columns")
    tables = columns.items() if isinstance(columns, dict) else ()
    return {
        table: _column_map(names) for table, names in tables if table in TABLES and isinstance(names, dict)
    }


def _tell(fault: ErrorDetails, file: str, report: Report) -> None:
    """Report one fault that pydantic found, in words of the file."""
    path = [str(part) for part in fault["loc"] if not str(part).startswith("function-")]
    value, kind = fault.get("input"), fault["type"]
    where = ".".join(path) or None
    if kind == "extra_forbidden":
        near = nearest(path[-1], _keys(path[:-1]))
        report.error(
            "unknown_key",
            f"plan.toml has no key {path[-1]!r} here." + (f" The nearest is {near!r}." if near else ""),
            f"Use one of {', '.join(_keys(path[:-1]))}.",
            file=file,
            column=where,
            value=shown(str(value)),
        )
        return
    message = fault["msg"].replace("Input should be", "it should be").replace("Value error, ", "")
    # As floats: a decimal that is no number cannot be compared.
    number = float(value) if isinstance(value, int | float | Decimal) else 0.0
    fraction = kind == "less_than_equal" and 1 < number <= 100
    what = f"Write {value} percent as {number / 100:g}." if fraction else f"Correct {where}."
    plain = None if isinstance(value, dict | list) else shown(str(value))
    report.error(
        "wrong_value", f"The value cannot be used: {message}.", what, file=file, column=where, value=plain
    )


def _keys(path: list[str]) -> list[str]:
    """Return the keys that plan.toml knows under `path`."""
    model: type[BaseModel] = FileModel
    if path[:2] == ["disruption", "budgets"]:
        model = BudgetModel
    elif path and path[0] == "regions" and len(path) > 1:
        model = MeasureModel if "measures" in path else RegionModel
    elif path:
        model = PARTS.get(path[0], FileModel)
    parts = {"tiers": TierModel, "bonuses": BonusModel, "components": PayComponentModel}
    if path[:1] == ["pay_plans"]:
        model = next((parts[name] for name in reversed(path[2:]) if name in parts), model)
    return [info.alias or name for name, info in model.model_fields.items()]
