"""Geometry to arrays and back: projections, mending, neighbours, cells, unions, maps."""
