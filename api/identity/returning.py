"""Where to go after signing in: a page of this service, and never one of somebody else's."""

from __future__ import annotations

HOME = "/"
_NEVER = ("/sign-in", "/api/", "/assets/")


def safe_path(asked: str | None) -> str:
    """Return the path that was asked for where it is one of our pages, else the first page.

    Browsers take ``//host``, ``/\\host`` and paths with tabs or line ends in them for other hosts.
    """
    if not asked or len(asked) > 2_000 or not asked.startswith("/") or asked[1:2] in ("/", "\\"):
        return HOME
    if "\\" in asked or any(ord(c) < 0x21 or ord(c) == 0x7F for c in asked) or asked.startswith(_NEVER):
        return HOME
    return asked
