"""Places of postal codes: what the folder brings along, the reference table, other accounts with the same code."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

import data.reference
from data.folder import PlanFolder
from planner.arrays import FloatArray

UNITED_STATES = ("US", "USA", "UNITEDSTATES", "UNITEDSTATESOFAMERICA")
FAR_DEG = 3.0
"""An account farther than this from where the US table puts its postal code has no US code."""
MOST = 0.6
"""Share of postal codes without a country that must fit the US table for any of them to be looked up in it."""

_PLACE = ["longitude", "latitude"]


@lru_cache(maxsize=1)
def us_postal_codes() -> pd.DataFrame:
    """Return longitude and latitude of US postal codes, indexed by the code."""
    table = pd.read_parquet(Path(data.reference.__file__).with_name("us_postal_codes.parquet"))
    return table.set_index("postal_code")[_PLACE].astype(float)


def _squeezed(text: pd.Series) -> pd.Series:
    """Return `text` in capitals without spaces and punctuation."""
    plain = pd.Series(text.unique(), dtype=object)
    squeezed = plain.astype(str).str.upper().str.replace(r"[\W_]+", "", regex=True)
    return text.map(dict(zip(plain, squeezed, strict=True))).astype(object)


def postal_places(folder: PlanFolder) -> FloatArray:
    """Return longitude and latitude of the postal code of each account, shape ``(n_accounts, 2)``; NaN if unknown.

    In this order: the folder's own table, by country and code (by code alone where either has no country); the
    US reference table, for accounts in the United States or without a country; the mean of the coordinates of
    other accounts with the same code. The US table is not used for accounts without a country if their codes do
    not look American: too many are not in it, or lie where it does not put them.
    """
    accounts = folder.accounts
    if accounts is None:
        return np.zeros((0, 2))
    code, country = _squeezed(accounts["postal_code"]), _squeezed(accounts["country"])
    given = accounts[_PLACE].to_numpy(dtype=float)
    place = np.full((len(accounts), 2), np.nan)
    if not (code != "").any():
        return place

    def fill(found: FloatArray) -> None:
        empty = np.isnan(place).any(axis=1) & (code != "").to_numpy()
        place[empty] = found[empty]

    if folder.postal_codes is not None and len(folder.postal_codes):
        table = folder.postal_codes
        own = pd.DataFrame(
            {"code": _squeezed(table["postal_code"]), "country": _squeezed(table["country"])}
        ).join(table[_PLACE])
        by_both = own.groupby(["code", "country"])[_PLACE].mean()
        fill(by_both.reindex(pd.MultiIndex.from_arrays([code, country])).to_numpy())
        some_country = own[own["country"] == ""] if (country != "").all() else own
        by_code = some_country.groupby("code")[_PLACE].mean()
        fill(by_code.reindex(code).to_numpy())

    american = country.isin(UNITED_STATES)
    five = code.where(code.str.fullmatch(r"\d{5}(\d{4})?"), "").str[:5]
    reference = us_postal_codes().reindex(five).to_numpy()
    nameless = ((country == "") & (code != "")).to_numpy()
    trusted = _look_american(reference[nameless], given[nameless])
    usable = american.to_numpy() | (nameless & trusted)
    fill(np.where(usable[:, None], reference, np.nan))

    located = np.isfinite(given).all(axis=1) & (code != "").to_numpy()
    others = pd.DataFrame(given[located], columns=_PLACE).assign(
        code=code[located].to_numpy(), country=country[located].to_numpy()
    )
    by_both = others.groupby(["code", "country"])[_PLACE].mean()
    fill(by_both.reindex(pd.MultiIndex.from_arrays([code, country])).to_numpy())
    return place


def _look_american(reference: FloatArray, given: FloatArray) -> bool:
    """Return whether codes are American, by where the US table puts them and where the accounts are."""
    if not len(reference):
        return False
    known = np.isfinite(reference).all(axis=1)
    located = np.isfinite(given).all(axis=1)
    with np.errstate(invalid="ignore"):
        near = np.abs(reference - given).max(axis=1) <= FAR_DEG
    return bool(known.mean() >= MOST and (not located.any() or near[located].mean() >= MOST))
