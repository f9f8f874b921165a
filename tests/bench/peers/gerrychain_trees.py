"""gerrychain: contiguous plans from random spanning trees, and ReCom short bursts that keep the most compact."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from gerrychain import Graph, Partition
from gerrychain.constraints import within_percent_of_ideal_population
from gerrychain.optimization import SingleMetricOptimizer
from gerrychain.partition.initial_partition_generators import recursive_tree_part
from gerrychain.proposals import recom
from gerrychain.updaters import Tally

BURST = 10


def tree_parts(path: Path, *, k: int, seed: int, band: float) -> dict[str, Any]:
    """Cut spanning trees until every part is within `band`."""
    graph, _, weight = _graph(path)
    began = time.monotonic()
    label = _first(graph, weight, k, seed, band)
    return {"label": label, "seconds": time.monotonic() - began}


def short_bursts(path: Path, *, k: int, seed: int, band: float, budget_s: float) -> dict[str, Any]:
    """Recombine neighbours in short bursts for `budget_s` after the first plan; the least inertia wins."""
    graph, km, weight = _graph(path)
    began = time.monotonic()
    first = _first(graph, weight, k, seed, band)
    target = weight.sum() / k
    updaters = {"weight": Tally("weight", alias="weight")}
    start = Partition(graph, assignment=dict(enumerate(first.tolist())), updaters=updaters)
    propose = partial(recom, pop_col="weight", pop_target=target, epsilon=band, node_repeats=2)
    keeps_band = within_percent_of_ideal_population(start, band, pop_key="weight")
    optimizer = SingleMetricOptimizer(
        propose,
        [keeps_band],
        start,
        lambda p: _inertia(p, km, weight),
        maximize=False,
        rng=random.Random(seed),
    )
    first_s = time.monotonic() - began
    for _ in optimizer.short_bursts(BURST, 1_000_000_000):
        if time.monotonic() - began - first_s > budget_s:
            break
    label = _label(optimizer.best_part, len(weight))
    return {"label": label, "seconds": time.monotonic() - began}


def _graph(path: Path) -> tuple[Any, np.ndarray, np.ndarray]:
    stated = np.load(path)
    weight = stated["activity"][:, 0]
    drawn = nx.Graph()
    for unit, amount in enumerate(weight.tolist()):
        drawn.add_node(unit, weight=amount)
    drawn.add_edges_from(stated["edges"].tolist())
    return Graph.from_networkx(drawn), stated["xy_m"] / 1000, weight


def _first(graph: Any, weight: np.ndarray, k: int, seed: int, band: float) -> np.ndarray:
    parts = recursive_tree_part(
        graph, range(k), weight.sum() / k, "weight", band, node_repeats=1, rng=random.Random(seed)
    )
    return np.array([parts[unit] for unit in range(len(weight))], np.int32)


def _label(partition: Any, n: int) -> np.ndarray:
    label = np.empty(n, np.int32)
    for part, members in partition.parts.items():
        label[list(members)] = part
    return label


def _inertia(partition: Any, km: np.ndarray, weight: np.ndarray) -> float:
    label = _label(partition, len(weight))
    k = label.max() + 1
    held = np.bincount(label, weight, k)
    about = sum((np.bincount(label, weight * axis, k) ** 2 / held).sum() for axis in km.T)
    return float(weight @ (km**2).sum(axis=1) - about)
