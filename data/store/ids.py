"""Ids of everything the store keeps: stable, fit for an address, and still telling a person what they name."""

from __future__ import annotations

import re
import secrets

ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,60}$"
"""What every id looks like. An id that does not is of nothing."""

_MOST_OF_A_NAME = 40


def new_id(name: str) -> str:
    """Return a fresh id that still tells a person what it is: the start of its name, and ten random digits.

    Parameters
    ----------
    name
        Of what gets the id; may hold anything, or nothing.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:_MOST_OF_A_NAME].strip("-")
    return f"{slug or 'plan'}-{secrets.token_hex(5)}"
