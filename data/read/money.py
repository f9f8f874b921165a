"""Amounts of money as whole minor units, exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.read.raw import BoolArray

MAX_CENTS = 2**53
"""Largest amount in minor units: the largest that a spreadsheet or JavaScript still shows exactly."""
CENTS = 2
"""Decimals of an amount in most currencies."""
_MOST_DIGITS = 40
_DIGITS = Context(prec=400)
_DUST = 1e-3
"""A native number this many minor units off whole ones is binary dust (0.1 + 0.2), no further decimal."""


def to_cents(
    plain: pa.Array, native: BoolArray | None, digits: int = CENTS
) -> tuple[NDArray[np.int64], BoolArray]:
    """Turn plain decimal texts into minor units, rounding halves to even.

    Parameters
    ----------
    plain
        Numbers as computers write them, ``""`` where there is none (read as 0); at most `MAX_CENTS` in size.
    native
        Which of them were binary numbers in a typed format: dust below a thousandth of a cent is not told of those.
    digits
        Decimals that are minor units: 2 for cents.

    Returns
    -------
    cents, rounded
        int64, and which amounts had more decimals than that, both of shape ``(n,)``.
    """
    parts = pc.extract_regex(plain, r"^(?P<sign>-?)(?P<whole>[0-9]*)\.?(?P<part>[0-9]*)$")
    simple = pc.is_valid(parts).to_numpy(zero_copy_only=False)

    def part(name: str) -> pa.Array:
        return pc.fill_null(pc.struct_field(parts, name), "")

    whole = pc.cast(pc.replace_substring_regex(part("whole"), "^$", "0"), pa.int64()).to_numpy()
    decimals = part("part")
    # A zero in front, so that there is a number where no decimal counts.
    kept = pc.utf8_slice_codeunits(pc.utf8_rpad(decimals, digits, "0"), 0, digits)
    minor = pc.binary_join_element_wise(pa.scalar("0", kept.type), kept, pa.scalar("", kept.type))
    rest = pc.utf8_rtrim(pc.utf8_slice_codeunits(decimals, digits), "0")
    lead = pc.cast(
        pc.replace_substring_regex(pc.utf8_slice_codeunits(rest, 0, 1), "^$", "0"), pa.int8()
    ).to_numpy()
    more = pc.utf8_length(rest).to_numpy()
    cents = whole * 10**digits + pc.cast(minor, pa.int64()).to_numpy()
    up = (lead > 5) | ((lead == 5) & (more > 1)) | ((lead == 5) & (more == 1) & (cents % 2 == 1))
    negative = pc.equal(part("sign"), "-").to_numpy(zero_copy_only=False)
    cents = np.where(negative, -(cents + up), cents + up).astype(np.int64)
    rounded = more > 0
    for at in np.flatnonzero(~simple):  # numbers with an exponent, which are rare
        cents[at], rounded[at] = money_cents(plain[int(at)].as_py(), digits)
    if native is not None and (rounded & native).any():
        text = pc.if_else(pa.array(rounded & native), plain, "0")
        off = np.abs(
            pc.cast(text, pa.float64()).to_numpy() * 10**digits - np.where(rounded & native, cents, 0)
        )
        rounded = rounded & ~(native & (off < _DUST))
    return cents, rounded


def money_cents(amount: str | int | Decimal, digits: int = CENTS) -> tuple[int, bool]:
    """Return one amount in minor units, of which `digits` decimals are, and whether it had to be rounded.

    Raises
    ------
    ArithmeticError
        Where `amount` is no finite number, or far beyond any amount of money.
    """
    exact = Decimal(amount).scaleb(digits, _DIGITS)
    if not exact.is_finite() or exact.adjusted() > _MOST_DIGITS:
        raise ArithmeticError("the amount is beyond any money")
    cents = exact.to_integral_value(ROUND_HALF_EVEN)
    return int(cents), exact != cents
