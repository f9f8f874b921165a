"""Small made-up shapes that the tests of geometry share."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely


@pytest.fixture
def grid() -> Callable[..., gpd.GeoSeries]:
    """Return a maker of unit-square grids, row by row."""

    def make(columns: int, rows: int, size: float = 1000.0, crs: object = None) -> gpd.GeoSeries:
        y, x = np.divmod(np.arange(columns * rows), columns)
        return gpd.GeoSeries(shapely.box(x * size, y * size, (x + 1) * size, (y + 1) * size), crs=crs)

    return make
