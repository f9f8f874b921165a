"""A finished plan as one person sees it: the whole of it, or what lies in their regions.

Of what lies outside, nothing comes out: no id, no name, no amount, and no total that holds one. Territories are counted
anew, so that neither tables nor map layers tell how many others there are.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from api.errors import not_found
from api.fence import Fence, fence_of
from api.results import fenced_output
from api.results.accounts import ELSEWHERE, MEASURE, MOVED, has_moved
from api.results.points import encode
from api.results.shelf import ShelvedPlan
from api.schemas.plans import PlanSummary
from api.schemas.results import LayerInfo, MapInfo, QuotaTable, TerritoryTable
from planner.roles import Person

_NOBODY = -1
_LEFT = "now in a territory of another region"


class SeenPlan:
    """A finished plan as those see it who see everything.

    Parameters
    ----------
    plan
        The plan.
    fence
        What is hidden of it; nothing here.
    """

    def __init__(self, plan: ShelvedPlan, fence: Fence) -> None:
        self.plan, self.fence = plan, fence

    @property
    def scorecard(self) -> dict[str, Any]:
        """The scorecards before and after."""
        return self.plan.output.scorecard

    @property
    def run(self) -> dict[str, Any]:
        """The record of the run."""
        return self.plan.output.run

    @property
    def territories(self) -> TerritoryTable:
        """One row per territory."""
        return self.plan.output.territories

    @property
    def quotas(self) -> QuotaTable:
        """Quotas by territory and period."""
        return self.plan.output.quotas

    @property
    def summary(self) -> PlanSummary:
        """The handful of numbers that tell one plan from another."""
        return self.plan.output.summary

    @property
    def accounts(self) -> pd.DataFrame:
        """One row per account, its position among all as the index."""
        return self.plan.accounts

    @property
    def map_info(self) -> MapInfo:
        """What a map of the plan is made of."""
        return self.plan.map_info

    def points(self) -> bytes:
        """Return every account with a place in binary (`api.results.points`)."""
        return (self.plan.view() / "points.bin").read_bytes()

    def layer(self, name: str, level: int) -> bytes | None:
        """Return a map layer as GeoJSON; None where there is none."""
        path = self.plan.view() / f"{name}-{level}.geojson"
        return path.read_bytes() if path.exists() else None

    def files(self) -> dict[str, Path]:
        """Return the files of the output by their names."""
        return {path.name: path for path in self.plan.output.path.iterdir() if path.is_file()}


class FencedPlan(SeenPlan):
    """A finished plan as those see it who see some regions."""

    @cached_property
    def _order(self) -> dict[str, int]:
        ids = [name for name in self.plan.output.territory_ids if self.fence.sees(name)]
        return {name: position for position, name in enumerate(ids)}

    @cached_property
    def _counted(self) -> dict[int, int]:
        """The new number of each territory that is seen, by its number among all."""
        everything = {name: position for position, name in enumerate(self.plan.output.territory_ids)}
        return {everything[name]: position for name, position in self._order.items()}

    @cached_property
    def scorecard(self) -> dict[str, Any]:
        """The scorecards before and after, of the territories that are seen and in their sum."""
        return fenced_output.scorecard(self.plan.output.scorecard, self.fence)

    @cached_property
    def run(self) -> dict[str, Any]:
        """How the plan was made, without what it was made from."""
        return fenced_output.run(self.plan.output.run)

    @cached_property
    def territories(self) -> TerritoryTable:
        """One row per territory that is seen."""
        return fenced_output.territories(self.plan.output.territories, self.fence)

    @cached_property
    def quotas(self) -> QuotaTable:
        """Quotas of the territories that are seen, and their sum."""
        return fenced_output.quotas(self.plan.output.quotas, self.fence)

    @cached_property
    def summary(self) -> PlanSummary:
        """The handful of numbers, of the territories that are seen."""
        moved = int(has_moved(self.accounts).sum())
        return fenced_output.summary(
            self.plan.output.summary, self.scorecard, self.quotas, len(self.accounts), moved
        )

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """One row per account that is in a seen territory, or was; its position among all as the index."""
        frame = self.plan.accounts
        now, before = self.fence.mask(frame["territory_id"]), self.fence.mask(frame["previous_territory_id"])
        frame = frame.assign(**{MOVED: has_moved(frame)})
        away = (frame["territory_id"] != "").to_numpy() & ~now
        from_away = (frame["previous_territory_id"] != "").to_numpy() & ~before
        frame[ELSEWHERE] = np.select([away, from_away], ["now", "before"], "")
        frame.loc[away, "territory_id"] = ""
        frame.loc[away, "reason"] = _LEFT
        frame.loc[from_away, "previous_territory_id"] = ""
        kept: pd.DataFrame = frame[now | before].copy()
        told = {text: fenced_output.without_outside(text, self.fence) for text in kept["reason"].unique()}
        kept["reason"] = kept["reason"].map(told)
        return kept

    def points(self) -> bytes:
        """Return every account that is seen and has a place in binary (`api.results.points`)."""
        return self._points

    @cached_property
    def _points(self) -> bytes:
        shown = self._shown
        first = next((column for column in shown.columns if column.startswith(MEASURE)), None)
        weight = shown[first].to_numpy(float) if first is not None else np.ones(len(shown))
        return encode(
            shown[["longitude", "latitude"]].to_numpy(float),
            shown.index.to_numpy(),
            self._numbers(shown["territory_id"]),
            self._numbers(shown["previous_territory_id"]),
            weight,
        )

    @property
    def _shown(self) -> pd.DataFrame:
        frame = self.accounts
        placed: pd.DataFrame = frame[
            np.isfinite(frame[["longitude", "latitude"]].to_numpy(float)).all(axis=1)
        ]
        return placed

    def _numbers(self, territory_id: pd.Series) -> NDArray[np.int32]:
        return np.array([self._order.get(name, _NOBODY) for name in territory_id], np.int32)

    @cached_property
    def map_info(self) -> MapInfo:
        """What a map is made of, by what is seen."""
        layers, boxes = [], []
        for layer in self.plan.map_info.layers:
            content = [self.layer(layer.name, level) or b"" for level in range(layer.levels)]
            features = json.loads(content[0])["features"]
            if not features:
                continue
            boxes += [
                shapely.geometry.shape(each["geometry"]).bounds for each in features if each["geometry"]
            ]
            layers.append(
                LayerInfo(
                    name=layer.name,
                    levels=layer.levels,
                    features=len(features),
                    bytes=[len(part) for part in content],
                )
            )
        shown = self._shown
        if len(shown):
            lon, lat = shown["longitude"], shown["latitude"]
            boxes.append((lon.min(), lat.min(), lon.max(), lat.max()))
        box = np.array(boxes)
        bounds = [float(v) for v in (*box[:, :2].min(axis=0), *box[:, 2:].max(axis=0))] if boxes else None
        return MapInfo(bounds=bounds, points=len(shown), layers=layers)

    def layer(self, name: str, level: int) -> bytes | None:
        """Return what is seen of a map layer as GeoJSON; None where there is none."""
        if (name, level) not in self._layers:
            whole = super().layer(name, level)
            self._layers[name, level] = None if whole is None else self._cut(whole)
        return self._layers[name, level]

    @cached_property
    def _layers(self) -> dict[tuple[str, int], bytes | None]:
        return {}

    def _cut(self, whole: bytes) -> bytes:
        kept = []
        for feature in json.loads(whole)["features"]:
            told = feature["properties"]
            numbers = {
                key: self._counted.get(told[key], _NOBODY)
                for key in ("index", "after", "before")
                if key in told
            }
            if all(number == _NOBODY for number in numbers.values()):
                continue
            kept.append({**feature, "properties": {**told, **numbers}})
        collection = {"type": "FeatureCollection", "features": kept}
        return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode("utf-8")

    def files(self) -> dict[str, Path]:
        """Return no file: each of them is about the whole company."""
        return {}


_KEPT = 32
_lock = threading.Lock()
_fenced: OrderedDict[tuple[Path, Path, frozenset[str]], FencedPlan] = OrderedDict()


def seen(who: Person, plan: ShelvedPlan, plan_id: str) -> SeenPlan:
    """Return a finished plan as somebody sees it.

    Raises
    ------
    ApiError
        404, as where there is no plan, for those who see nothing of it.
    """
    fence = fence_of(who, plan)
    if fence.scope.regions is None:
        return SeenPlan(plan, fence)
    if not fence.inside:
        raise not_found("plan", plan_id, "/api/plans")
    key = plan.output_path, plan.view_path, fence.scope.regions  # what an output holds never changes
    with _lock:
        if key not in _fenced:
            _fenced[key] = FencedPlan(plan, fence)
        _fenced.move_to_end(key)
        while len(_fenced) > _KEPT:
            _fenced.popitem(last=False)
        return _fenced[key]
