"""The samples that the product ships, taken into the store: read only, and by content like every data set."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy.exc import IntegrityError

from data.store import data_sets, trail
from data.store.ids import ID_PATTERN
from data.store.objects import digest_of
from data.store.opening import Store


def take_in_samples(store: Store, folder: Path) -> None:
    """Let every sub-folder of `folder` be a sample of the store; those that are gone from there go too.

    A sample whose files changed keeps its id; plans keep the files they were made from. Nothing is written where
    nothing changed. Several processes may do this at the same time.
    """
    shipped = {p.name: p for p in _sample_folders(folder)}
    with store.database.reading() as connection:
        known = {row.id: row for row in data_sets.all_data_sets(connection) if row.source == "sample"}
    for sample_id, path in shipped.items():
        digest = digest_of(path)
        if sample_id in known and known[sample_id].digest == digest and store.objects.has(digest):
            continue
        store.objects.put_tree(path)
        try:
            _put(store, sample_id, digest)
        except IntegrityError:  # another process was quicker with its first one
            _put(store, sample_id, digest)
    for sample_id in known.keys() - shipped.keys():
        _retire(store, sample_id)


def _sample_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if p.is_dir() and re.match(ID_PATTERN, p.name))


def _put(store: Store, sample_id: str, digest: str) -> None:
    name = sample_id.replace("-", " ").title()
    with store.database.writing() as transaction:
        before = data_sets.put_sample(transaction, sample_id, name, digest, trail.SYSTEM)
        if before is not None and before.digest == digest and before.deleted_at is None:
            return
        trail.append(
            transaction,
            who=trail.SYSTEM,
            what="data_set.ship",
            kind="data_set",
            subject=sample_id,
            old=None if before is None else {"digest": before.digest},
            new={"name": name, "digest": digest},
        )


def _retire(store: Store, sample_id: str) -> None:
    with store.database.writing() as transaction:
        sample = data_sets.data_set(transaction, sample_id, lock=True)
        if sample is None:
            return
        data_sets.remove_data_set(transaction, sample_id)
        trail.append(
            transaction,
            who=trail.SYSTEM,
            what="data_set.retire",
            kind="data_set",
            subject=sample_id,
            old={"name": sample.name, "digest": sample.digest},
        )
