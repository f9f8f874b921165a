"""What the audit trail is told of an edit: old and new for everything that changed, of bounded size."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from planner.editing import changes as changing
from planner.editing.changes import Change, Kind, Value
from planner.editing.events import Event
from planner.editing.working import Along

MOST_TOLD = 200
"""Changes that an entry tells one by one; more are told by their number and their digest, and stand in the log."""
_WHAT = {
    "move": "account.move",
    "lock": "account.lock",
    "unlock": "account.unlock",
    "set_quota": "quota.set",
    "clear_quota": "quota.clear",
}


def trail_entry(
    plan_id: str, event: Event, changes: tuple[Change, ...], along: tuple[Along, ...]
) -> dict[str, Any]:
    """Return the entry of an edit, as `data.store.trail.append` takes it."""
    about: dict[str, Any] = {"edit": event.number, **event.about}
    if event.of is not None:
        about["of"] = event.of
    if len(changes) <= MOST_TOLD:
        old = {_named(change): change.old for change in changes}
        new: dict[str, Value | Any] = {_named(change): change.new for change in changes}
        if along:
            about["along"] = {each.unit: [*each.accounts] for each in along}
    else:
        canonical = json.dumps(changing.as_json(changes), sort_keys=True, separators=(",", ":"))
        old = None
        new = {"changes": len(changes), "digest": hashlib.sha256(canonical.encode("utf-8")).hexdigest()}
    return {
        "who": event.author,
        "what": _WHAT.get(event.kind, f"plan.{event.kind}"),
        "kind": "plan",
        "subject": plan_id,
        "plan": plan_id,
        "old": old,
        "new": {**about, "values": new},
        "why": event.reason,
    }


def _named(change: Change) -> str:
    subject = change.subject
    parts = [subject.kind.value, subject.id]
    if subject.kind is Kind.QUOTA:
        parts += [subject.component, subject.period]
    return ":".join(parts)
