"""Passwords: proving one, and which may be set."""

from __future__ import annotations

import secrets
import threading
from functools import lru_cache

from pwdlib import PasswordHash

from planner.errors import InvalidInput, Problem

MOST_CHARACTERS = 256
"""Longest password; work on it is bounded."""
_WORDS = """
    password passwort passwrd motdepasse contrasena parola wachtwoord geheim secret letmein iloveyou welcome willkommen
    admin administrator root master dragon monkey football baseball sunshine princess shadow superman batman trustno
    qwertyuiop qwertyui qwerty qwertz qwertzuiop azerty azertyuiop asdfghjkl asdfgh zxcvbnm yxcvbnm abc abcdef
    abcdefghijkl changeme default guest login user test testing temp temporary company sales territory planner planning
    quota summer winter spring autumn january february march april june july august september october november december
    monday tuesday wednesday thursday friday saturday sunday
"""
_COMMON = frozenset(_WORDS.split())
"""Words that nobody has to search for long, with whatever digits and signs around them."""
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
)
_hashing = threading.BoundedSemaphore(2)  # each takes 64 MB and all cores it gets


@lru_cache(maxsize=1)
def hasher() -> PasswordHash:
    """Return what hashes passwords: Argon2id as RFC 9106 recommends it."""
    return PasswordHash.recommended()


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return hasher().hash(secrets.token_urlsafe(16))


def hashed(password: str) -> str:
    """Return what is kept of a password: Argon2id with a salt of its own."""
    with _hashing:
        return hasher().hash(password)


def verified(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Return whether a password is the one, and what to keep from now on where that has become stronger.

    Takes as long where nobody has this login (`kept` is None), so that time tells nothing.
    """
    with _hashing:
        right, stronger = hasher().verify_and_update(password, kept or _nobodys())
    return (right, stronger) if kept is not None else (False, None)


def check_password(password: str, login: str, fewest: int) -> None:
    """Refuse a password that is too easy to guess.

    Raises
    ------
    InvalidInput
        With everything that is wrong with it.
    """
    faults = [
        Problem(why, "Take several words that do not belong together.", column="password", code=code)
        for code, why in _faults(password, login, fewest)
    ]
    if faults:
        raise InvalidInput(faults)


def _faults(password: str, login: str, fewest: int) -> list[tuple[str, str]]:
    found = []
    folded = password.casefold()
    bare = "".join(c for c in folded if c.isalpha())
    own = [part for part in (login, login.partition("@")[0]) if len(part) >= 4]
    if len(password) < fewest:
        found.append(("password_short", f"The password has fewer than {fewest} characters."))
    if len(password) > MOST_CHARACTERS:
        found.append(("password_long", f"The password has more than {MOST_CHARACTERS} characters."))
    if any(part in folded for part in own):
        found.append(("password_login", "The password holds the login."))
    if _is_common(bare) or len(set(folded)) < 5 or _is_run(folded):
        found.append(("password_common", "The password is one of those that are tried first."))
    return found


def _is_common(word: str) -> bool:
    if word in _COMMON:
        return True
    return any(word == part * (len(word) // len(part)) for part in _COMMON if word)


def _is_run(word: str) -> bool:
    return len(word) >= 6 and any(word in run * 2 or word in run[::-1] * 2 for run in _RUNS)
