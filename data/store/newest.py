"""Lists that show the newest first, and go on after the last row of the page before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_
from sqlalchemy.sql.elements import ColumnElement


def newest_first(
    wanted: Select[Any],
    moment: ColumnElement[Any],
    row_id: ColumnElement[Any],
    before: tuple[datetime, str] | None,
    limit: int | None,
) -> Select[Any]:
    """Return a selection ordered by moment and id, newest first.

    Parameters
    ----------
    wanted
        What is selected.
    moment, row_id
        Columns it is ordered by.
    before
        Moment and id of the row to go on after; None for the first page.
    limit
        Most rows; None for all.
    """
    if before is not None:
        at, last = before
        wanted = wanted.where(or_(moment < at, and_(moment == at, row_id < last)))
    return wanted.order_by(moment.desc(), row_id.desc()).limit(limit)
