"""Read-only arrays: what the immutable types of this package hold."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int32]
IdArray = NDArray[np.object_]
MaskArray = NDArray[np.bool_]


def read_only(values: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    """Return `values` as a C-contiguous array that cannot be written to.

    A writable array is copied, so that whoever passed it in keeps the right to change their own.
    """
    array = np.ascontiguousarray(values, dtype=dtype)
    if array.flags.writeable:
        array = array.copy() if array is values or np.shares_memory(array, values) else array
        array.setflags(write=False)
    return array


def sum_by(label: IntArray, values: ArrayLike, n_labels: int) -> FloatArray:
    """Return the sum of `values` for each label in ``[0, n_labels)``, shape ``(n_labels,)``."""
    return np.asarray(np.bincount(label, values, n_labels), dtype=np.float64)


def ids(values: ArrayLike) -> IdArray:
    """Return `values` as a read-only object array of `str`, exactly as they came in."""
    return read_only(
        np.array([str(value) for value in np.asarray(values, dtype=object)], dtype=object), object
    )
