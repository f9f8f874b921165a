"""Opens the store of the service, with what it offers from the start."""

from __future__ import annotations

from api.http.logs import logger
from api.settings import Settings
from data.store.legacy import ASIDE, take_in_old_workspace
from data.store.opening import Store, open_store
from data.store.samples import take_in_samples

_log = logger(__name__)


def open_for_service(settings: Settings) -> Store:
    """Open the store that the settings name, at the newest revision, with samples and what an earlier version left.

    Raises
    ------
    StoreError
        Where the database cannot be used, or was written by a later version of this product.
    """
    store = open_store(settings.workspace, settings.database_url)
    try:
        take_in_samples(store, settings.samples)
        taken = take_in_old_workspace(store)
    except BaseException:
        store.close()
        raise
    if taken.data_sets or taken.plans or taken.unread:
        _log.info(
            "took in what an earlier version kept",
            data_sets=taken.data_sets,
            plans=taken.plans,
            unread=taken.unread,
            moved_to=str(store.root / ASIDE),
        )
    return store
