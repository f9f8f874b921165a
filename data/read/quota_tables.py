"""What quotas are set from besides targets: amounts decided by hand, credit, exchange rates, targets of accounts."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from data.read.cells import Cells
from data.read.currencies import CODES
from data.read.entities import Entities
from data.read.numbers import Numbers
from data.read.plan_tables import done
from data.schema import key
from planner.errors import Severity

KINDS_OF_CREDIT = {
    "split": "split",
    "splitcredit": "split",
    "shared": "split",
    "overlay": "overlay",
    "specialist": "overlay",
}
"""Words for the kinds of credit, by their key."""
RATE_RANGE = 1e-9, 1e9
"""No two currencies in use are further apart: rates beyond are typing errors."""
_WHO = ("territory_id", "seat_id", "node_id")


def read_overrides(cells: Cells) -> Entities:
    """Return amounts that somebody decided; each row speaks of one territory, seat or node."""
    frame = pd.DataFrame({name: cells.text(name) for name in _WHO})
    first = next((name for name in _WHO if cells.column(name) is not None), "territory_id")
    named = (frame[list(_WHO)] != "").sum(axis=1).to_numpy()
    cells.flag(
        "blank_id",
        first,
        named == 0,
        "The row does not say whose amount was decided.",
        "Fill in territory_id, seat_id or node_id, or remove the row.",
    )
    cells.flag(
        "ambiguous_id",
        first,
        named > 1,
        "The row names more than one of territory, seat and node.",
        "Keep one of them, and write a row for each of the others.",
    )
    frame["component"] = cells.text("component")
    frame["period"] = cells.periods("period", needed=False, one_kind=False)
    for name in ("reason", "author"):
        frame[name] = cells.text(name)
    frame["date"] = cells.dates("date")
    cents, numbers = cells.money("amount", negative=False, by_row=True)
    _flag_missing(cells, numbers, "The row has no amount.")
    frame["currency"] = cells.codes(numbers)
    frame["amount_cents"] = cents
    frame["row"] = cells.raw.row
    again = frame.duplicated([*_WHO, "component", "period"]).to_numpy(bool)
    cells.flag(
        "duplicate_override",
        "amount",
        again & (named == 1),
        "An earlier row decides the same amount.",
        "Keep the one that counts.",
    )
    told = (frame["reason"] != "").to_numpy(bool)
    cells.flag(
        "override_without_reason",
        "reason",
        ~told & (named == 1),
        "The amount was decided without a reason.",
        "Say why: reports name it.",
        Severity.WARNING,
    )
    return done(cells, frame)


def read_credits(cells: Cells) -> Entities:
    """Return which seats are credited with a share of a territory's quota beside its owner."""
    frame = pd.DataFrame({name: cells.needed(name, f"a {name[:-3]}") for name in ("seat_id", "territory_id")})
    frame["share"] = cells.fraction("share", most=1)
    share = frame["share"].to_numpy()
    column = cells.column("share")
    blank = np.zeros(len(cells), bool) if column is None else (column.text.str.strip() == "").to_numpy(bool)
    cells.flag(
        "missing_share",
        "share",
        blank | (share == 0),
        "The row credits nothing.",
        "Write the share, 0.25 or 25%, or remove the row.",
    )
    word = cells.text("kind")
    frame["kind"] = word.map(lambda text: KINDS_OF_CREDIT.get(key(text), ""))
    cells.flag(
        "unknown_credit",
        "kind",
        (frame["kind"] == "").to_numpy(bool) & (cells.column("kind") is not None),
        "The kind of credit is neither split nor overlay.",
        "Write split where the owner carries the less, overlay where the share comes on top.",
    )
    frame["component"] = cells.text("component")
    frame["row"] = cells.raw.row
    again = frame.duplicated(["seat_id", "territory_id", "component"]).to_numpy(bool)
    cells.flag(
        "duplicate_credit",
        "seat_id",
        again,
        "An earlier row credits the same seat with the same territory.",
        "Keep one of the rows.",
    )
    cells.flag(
        "too_much_credit",
        "share",
        _beyond_the_whole(frame),
        "The split credit of this territory adds up to more than 100 %.",
        "Lower the shares; write overlay where a seat is credited on top of the owner.",
    )
    return done(cells, frame)


def exact_share(share: float) -> Fraction:
    """Return the fraction that a person wrote, e.g. one third of a percent as 0.0033."""
    return Fraction(repr(round(float(share), 12)))


def _beyond_the_whole(frame: pd.DataFrame) -> np.ndarray:
    """Return rows of split credit in which the splits of the territory, so far, are more than all of it."""
    beyond = np.zeros(len(frame), bool)
    splits = frame[(frame["kind"] == "split") & frame["share"].notna()]
    for _, rows in splits.groupby("territory_id", sort=False):
        for component in rows["component"].unique():
            own = rows[rows["component"].isin(("", component))]
            total = Fraction(0)
            for at, share in own["share"].items():
                total += exact_share(share)
                beyond[at] |= total > 1
    return beyond


def read_rates(cells: Cells) -> Entities:
    """Return what a unit of each currency is worth in that of the plan, as exact decimal text."""
    code = cells.needed("currency", "a currency").str.strip().str.upper()
    cells.flag(
        "currency",
        "currency",
        (~code.isin(CODES) & (code != "")).to_numpy(bool),
        "The cell is no currency code.",
        "Write a code of three letters: USD.",
    )
    cells.flag(
        "duplicate_rate",
        "currency",
        (code.duplicated() & (code != "")).to_numpy(bool),
        "An earlier row states a rate of this currency.",
        "Keep one of the rows.",
    )
    column = cells.column("rate")
    numbers = None if column is None else cells.numbers.read(column, expect="a rate")
    _flag_missing(cells, numbers, "The currency has no rate.", "rate")
    if numbers is not None:
        cells.flag(
            "rate_range",
            "rate",
            numbers.value <= 0,
            "The rate is not above zero.",
            "Write what one unit of the currency is worth in the currency of the plan.",
        )
        least, most = RATE_RANGE
        cells.flag(
            "rate_range",
            "rate",
            (numbers.value > 0) & ((numbers.value < least) | (numbers.value > most)),
            f"No currency is worth less than {least:g} or more than {most:,.0f} of another.",
            "Write what one unit of the currency is worth in the currency of the plan.",
        )
    rate = np.full(len(cells), "", object) if numbers is None else np.array(numbers.plain.to_pylist(), object)
    return done(cells, pd.DataFrame({"currency": code, "rate": rate, "row": cells.raw.row}))


def read_account_targets(cells: Cells) -> Entities:
    """Return what account managers expect of each account; amounts in minor units."""
    frame = pd.DataFrame({"account_id": cells.needed("account_id", "an account")})
    frame["component"] = cells.text("component")
    frame["period"] = cells.periods("period", needed=False)
    cents, numbers = cells.money("amount", negative=False)
    _flag_missing(cells, numbers, "The target has no amount.")
    frame["currency"] = cells.currencies(numbers)
    frame["amount_cents"] = cents
    again = frame.duplicated(["account_id", "component", "period"]).to_numpy(bool)
    cells.flag(
        "duplicate_target",
        "account_id",
        again,
        "The same account, component and period has a target already.",
        "Keep one of the rows.",
    )
    return done(cells, frame)


def _flag_missing(cells: Cells, numbers: Numbers | None, why: str, name: str = "amount") -> None:
    if numbers is not None:
        cells.flag("missing_amount", name, numbers.missing, why, "Fill it in, or remove the row.")
