"""Files the pages need, our own and Leaflet's from its wheel, under a path that changes with their content."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_OWN = Path(__file__).parent / "static"
_LEAFLET = "XStatic-Leaflet"
_LEAFLET_NAMES = frozenset({"leaflet.js", "leaflet.css", "layers.png", "layers-2x.png"})
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True)
class Assets:
    """Static files by the path they are served under.

    Parameters
    ----------
    files
        Where each file is, by its path below `prefix`.
    prefix
        ``/assets/HASH``: a browser may keep whatever it gets from there for ever.
    """

    files: dict[str, Path]
    prefix: str

    @classmethod
    def found(cls) -> Assets:
        """Collect the files.

        Raises
        ------
        FileNotFoundError
            Where the Leaflet wheel is not installed or holds other files than it should.
        """
        files = {f"own/{path.name}": path for path in sorted(_OWN.glob("*.*")) if path.suffix in MEDIA_TYPES}
        for entry in metadata.files(_LEAFLET) or []:
            if entry.name in _LEAFLET_NAMES:
                folder = "leaflet/images/" if entry.parent.name == "images" else "leaflet/"
                files[folder + entry.name] = Path(str(entry.locate()))
        missing = [name for name in ("leaflet/leaflet.js", "leaflet/leaflet.css") if name not in files]
        if missing:
            raise FileNotFoundError(
                f"The package {_LEAFLET} does not hold {', '.join(missing)}. Install it again."
            )
        digest = hashlib.sha256()
        for name, path in sorted(files.items()):
            digest.update(name.encode() + b"\0" + path.read_bytes())
        return cls(files, f"/assets/{digest.hexdigest()[:12]}")

    def url(self, name: str) -> str:
        """Return the address of a file; `KeyError` where there is none."""
        if name not in self.files:
            raise KeyError(f"no asset {name!r}")
        return f"{self.prefix}/{name}"
