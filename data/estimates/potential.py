"""Potential of accounts where nobody states it, estimated from their attributes, with its error beside it.

Three ways compete: the mean of all, a linear model of logarithms, and gradient
boosting. Each predicts accounts it was not shown (k-fold cross-validation); the one with the least mean absolute error
is used, and its error is told beside that of the plain mean, so that everybody sees what the attributes are worth.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import PoissonRegressor
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from planner.arrays import FloatArray, MaskArray, read_only

FEWEST = 20
"""Given values from which an estimate can be tested at all."""
FOLDS = 5
MEAN = "mean of the given values"
MOST_KINDS = 50
"""Different texts of one attribute told apart; rarer ones count as one."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Values with estimates where they were missing.

    Parameters
    ----------
    value
        Given values, and estimates where there were none, shape ``(n_accounts,)``.
    estimated
        Which of them are estimates, shape ``(n_accounts,)``.
    model
        How they were estimated, in words.
    error
        Mean absolute error on given values that the model was not shown, as a fraction of their mean.
    error_of_mean
        The same where every account is taken for the mean of the others.
    error_of_total
        By how much the sum of the predictions misses that of the given values, a fraction; negative: too low.
    n_given
        Given values that it learned from.
    """

    value: FloatArray
    estimated: MaskArray
    model: str
    error: float
    error_of_mean: float
    error_of_total: float
    n_given: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", read_only(self.value, np.float64))
        object.__setattr__(self, "estimated", read_only(self.estimated, np.bool_))


def estimate_potential(
    given: FloatArray, numbers: FloatArray, texts: np.ndarray, seed: int = 0
) -> Estimate | None:
    """Return `given` with estimates where it is missing; None where too few are given to test an estimate.

    Parameters
    ----------
    given
        Stated values, shape ``(n_accounts,)``, ≥ 0; NaN where missing.
    numbers
        Numeric attributes, shape ``(n_accounts, n_numbers)``; NaN where unknown.
    texts
        Attributes that are text, such as the segment, shape ``(n_accounts, n_texts)``; ``""`` where unknown.
    seed
        Random seed of folds and models.
    """
    known = np.isfinite(given)
    n_given = int(known.sum())
    if n_given < FEWEST or not (given[known] > 0).any():
        return None
    # In units of their mean: the same model comes out in every currency.
    unit = float(np.maximum(given[known], 0.0).mean())
    target = np.maximum(given[known], 0.0) / unit
    features = np.hstack([np.asarray(numbers, dtype=object), _common(texts)])
    folds = KFold(FOLDS, shuffle=True, random_state=seed)
    best, error, total = MEAN, np.inf, 0.0
    by_mean = 0.0
    models = _models(numbers.shape[1], texts.shape[1], seed)
    for name, model in models.items():
        # One thread: so small a model is slowed down by more, and by far where other work is going on.
        with threadpool_limits(1):
            predicted = np.maximum(cross_val_predict(model, features[known], target, cv=folds), 0.0)
        found = float(np.abs(predicted - target).mean())
        if name == MEAN:
            by_mean = found
        if found < error:
            best, error = name, found
            total = float(predicted.sum() / target.sum() - 1.0)
    value = np.where(known, given, 0.0)
    if not known.all():
        with threadpool_limits(1):
            fitted = models[best].fit(features[known], target)
            value[~known] = np.maximum(fitted.predict(features[~known]), 0.0) * unit
    return Estimate(value, ~known, best, error, by_mean, total, n_given)


def _common(texts: np.ndarray) -> np.ndarray:
    """Return texts with rare ones put together, so that no model learns from a single account."""
    out = np.array(texts, dtype=object)
    for column in out.T:
        kinds, count = np.unique(column.astype(str), return_counts=True)
        frequent = set(kinds[np.argsort(-count, kind="stable")][:MOST_KINDS])
        column[:] = [text if text in frequent else "other" for text in column]
    return out


def _models(n_numbers: int, n_texts: int, seed: int) -> dict[str, BaseEstimator]:
    """Return the models that compete, by their names in words."""
    numbers, texts = list(range(n_numbers)), list(range(n_numbers, n_numbers + n_texts))
    as_numbers = FunctionTransformer(_floats)
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    logarithms = make_pipeline(
        as_numbers,
        FunctionTransformer(_signed_log),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    linear = ColumnTransformer([("numbers", logarithms, numbers), ("texts", one_hot, texts)])
    trees = ColumnTransformer([("numbers", as_numbers, numbers), ("texts", one_hot, texts)])
    boosted = HistGradientBoostingRegressor(
        loss="poisson", max_iter=150, learning_rate=0.08, min_samples_leaf=5, l2_regularization=1.0,
        early_stopping=False, random_state=seed,
    )  # fmt: skip
    competing: dict[str, BaseEstimator] = {MEAN: DummyRegressor()}
    if n_numbers + n_texts:
        competing |= {
            "linear model of logarithms": make_pipeline(linear, PoissonRegressor(alpha=1e-3, max_iter=1000)),
            "gradient boosting": make_pipeline(trees, boosted),
        }
    return competing


def _floats(values: np.ndarray) -> FloatArray:
    return np.asarray(values, dtype=np.float64)


def _signed_log(values: FloatArray) -> FloatArray:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))
