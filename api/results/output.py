"""Reads the output folder of one plan. Files are read once, on first use."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from api.schemas.plans import MeasureSummary, PlanSummary
from api.schemas.results import (
    BridgeStep,
    MeasureValue,
    QuotaRow,
    QuotaTable,
    TerritoryRow,
    TerritoryTable,
    TieOut,
    TieOutEquation,
)
from data.export.text import minor_units

_TEXT: dict[str, Any] = {"dtype": str, "keep_default_na": False}


class PlanOutput:
    """Everything the files of one output folder say.

    Parameters
    ----------
    path
        The output folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def _json(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads((self.path / name).read_text("utf-8"))
        return content

    @cached_property
    def run(self) -> dict[str, Any]:
        """The record of the run."""
        return self._json("run.json")

    @cached_property
    def scorecard(self) -> dict[str, Any]:
        """The scorecards before and after."""
        return self._json("scorecard.json")

    @cached_property
    def assignments(self) -> pd.DataFrame:
        """Who owns what, all columns text."""
        return self._table("assignments.csv")

    @cached_property
    def unplaced(self) -> pd.DataFrame:
        """Accounts that nobody owns, all columns text."""
        return self._table("unplaced.csv")

    @cached_property
    def territory_ids(self) -> list[str]:
        """Ids of the territories, in the order that every other answer counts them."""
        return [str(row["territory_id"]) for row in self.scorecard["after"]["territories"]]

    @cached_property
    def shapes(self) -> dict[str, Any]:
        """Outlines of the territories as GeoJSON."""
        return self._json("territories.geojson")

    @cached_property
    def colours(self) -> dict[str, str]:
        """Colour of each territory, as on the exported map."""
        found = ((f["properties"], f["properties"].get("colour", "")) for f in self.shapes["features"])
        return {str(properties["territory_id"]): colour for properties, colour in found}

    @cached_property
    def summary(self) -> PlanSummary:
        """The handful of numbers that tell one plan from another."""
        run, card = self.run, self.scorecard
        before, after = card["before"], card["after"]
        quotas = self.quotas
        bands = run["scenario"]["measures"]
        measures = [
            MeasureSummary(
                name=name,
                below=bands.get(name, {}).get("below"),
                above=bands.get(name, {}).get("above"),
                worst_before=None if before is None else before["totals"][name]["worst_deviation"],
                worst_after=after["totals"][name]["worst_deviation"],
                moved_share=after["totals"][name]["moved_share"],
            )
            for name in card["measures"]
        ]
        return PlanSummary(
            status=run["status"],
            termination=run["termination"],
            feasible=after["feasible"],
            gap=run["gap"],
            bound_kind=run["bound_kind"],
            seconds=run["seconds"],
            reasons=run["reasons"],
            notes=run["notes"],
            territories=len(after["territories"]),
            accounts=after["entities"],
            moved=after["moved_entities"],
            unplaced=len(self.unplaced),
            measures=measures,
            compactness_before=None if before is None else before["compactness_cost"],
            compactness_after=after["compactness_cost"],
            has_quotas=quotas.tie_out is not None,
            ties_out=None if quotas.tie_out is None else quotas.tie_out.ties_out,
            street_cents=quotas.total_cents if quotas.tie_out is not None else None,
            currency=quotas.currency,
        )

    @cached_property
    def territories(self) -> TerritoryTable:
        """One row per territory, before beside after."""
        card = self.scorecard
        told = pd.read_csv(self.path / "territories.csv", **_TEXT).set_index("territory_id")
        entities = card["entities"]
        before = (
            {} if card["before"] is None else {r["territory_id"]: r for r in card["before"]["territories"]}
        )
        quota = {row.territory_id: row.total_cents for row in self.quotas.rows}
        rows = []
        for row in card["after"]["territories"]:
            territory_id = row["territory_id"]
            old = before.get(territory_id)
            rows.append(
                TerritoryRow(
                    territory_id=territory_id,
                    seat_id=row["seat_id"],
                    rep_name=_plain(_cell(told, territory_id, "rep_name")),
                    region=_plain(_cell(told, territory_id, "region")),
                    colour=self.colours.get(territory_id, ""),
                    measures=[_measure(name, row, old) for name in card["measures"]],
                    gained=_count(told, territory_id, f"{entities}_gained"),
                    lost=_count(told, territory_id, f"{entities}_lost"),
                    pieces=row["pieces"],
                    surplus_pieces=row["surplus_pieces"],
                    polsby_popper=row["polsby_popper"],
                    mean_distance_km=row["mean_distance_km"],
                    mean_distance_before_km=None if old is None else old["mean_distance_km"],
                    reach_km=row["reach_km"],
                    reach_before_km=None if old is None else old["reach_km"],
                    quota_cents=quota.get(territory_id),
                )
            )
        return TerritoryTable(
            measures=card["measures"], entities=entities, currency=self.quotas.currency, territories=rows
        )

    @cached_property
    def quotas(self) -> QuotaTable:
        """Quotas by territory and period, with the sums that must hold."""
        frame = self._table("quotas.csv")
        if frame.empty:
            currency = self.run["scenario"]["quota"]["currency"]
            return QuotaTable(
                currency=currency, periods=[], components=[], rows=[], totals_cents=[], total_cents=0
            )
        currency = str(frame["currency"].iloc[0])
        frame["cents"] = [minor_units(amount, currency) for amount in frame["amount"]]
        periods = list(dict.fromkeys(frame["period"]))
        rows = []
        seats = dict(zip(frame["territory_id"], frame["seat_id"], strict=True))
        for territory_id, part in frame.groupby("territory_id", sort=False):
            by_period = part.groupby("period")["cents"].sum()
            amounts = [int(by_period.get(period, 0)) for period in periods]
            rows.append(
                QuotaRow(
                    territory_id=str(territory_id),
                    seat_id=seats[str(territory_id)],
                    amounts_cents=amounts,
                    total_cents=sum(amounts),
                )
            )
        totals = [sum(row.amounts_cents[p] for row in rows) for p in range(len(periods))]
        return QuotaTable(
            currency=currency,
            periods=periods,
            components=[name for name in dict.fromkeys(frame["component"]) if name],
            rows=rows,
            totals_cents=totals,
            total_cents=sum(totals),
            tie_out=self._tie_out(),
        )

    def _tie_out(self) -> TieOut | None:
        if not (self.path / "tie_out.json").exists():
            return None
        stated = self._json("tie_out.json")
        equations = [TieOutEquation.model_validate(equation) for equation in stated["equations"]]
        return TieOut(
            ties_out=all(equation.difference_cents == 0 for equation in equations),
            target_cents=stated["target_cents"],
            over_assignment=stated["over_assignment"],
            street_cents=stated["street_cents"],
            equations=equations,
            bridge=[BridgeStep.model_validate(step) for step in stated["bridge"]],
        )

    def _table(self, name: str) -> pd.DataFrame:
        path = self.path / name
        frame: pd.DataFrame = pd.read_csv(path, **_TEXT) if path.exists() else pd.DataFrame()
        return frame


def _measure(name: str, row: dict[str, Any], old: dict[str, Any] | None) -> MeasureValue:
    after = row["measures"][name]
    before = None if old is None else old["measures"][name]
    return MeasureValue(
        name=name,
        value=after["value"],
        ideal=after["ideal"],
        lower=after["lower"],
        upper=after["upper"],
        deviation=after["deviation"],
        violation=after["violation"],
        value_before=None if before is None else before["value"],
        deviation_before=None if before is None else before["deviation"],
        gained=after["gained"],
        lost=after["lost"],
    )


def _cell(frame: pd.DataFrame, key: str, column: str) -> str:
    return str(frame.loc[key, column]) if column in frame else ""


def _count(frame: pd.DataFrame, key: str, column: str) -> int:
    return int(float(_cell(frame, key, column) or 0))


def _plain(text: str) -> str:
    """Return free text without the apostrophe that keeps a spreadsheet from running it."""
    return text[1:] if text[:2] in {"'=", "'+", "'-", "'@"} else text
