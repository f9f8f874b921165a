"""Whose turn it is: a queue that is fair between people, however many jobs one of them puts in.

A free place goes to the person with the fewest jobs running; among equals to the one who was served longest ago; among
those to the one who has waited longest. What one person puts in is done in the order it came.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime


def turns(
    waiting: Iterable[tuple[str, str]], running: Mapping[str, int], served: Mapping[str, datetime]
) -> list[str]:
    """Return waiting jobs in the order in which they will get a place, as if nothing running ended before.

    Parameters
    ----------
    waiting
        Job and person, in the order in which they came.
    running
        Jobs that run at present, by person.
    served
        When a job of a person was last started; people who never had one come first.
    """
    queues: dict[str, deque[str]] = {}
    for job, person in waiting:
        queues.setdefault(person, deque()).append(job)
    # The sort is stable: who came first stays first among those who were never served.
    by_rest = sorted(queues, key=lambda person: (person in served, served.get(person, datetime.min)))
    last = {person: place for place, person in enumerate(by_rest)}
    busy = {person: running.get(person, 0) for person in queues}
    order: list[str] = []
    while queues:
        person = min(queues, key=lambda person: (busy[person], last[person]))
        order.append(queues[person].popleft())
        busy[person] += 1
        last[person] = len(last) + len(order)
        if not queues[person]:
            del queues[person]
    return order
