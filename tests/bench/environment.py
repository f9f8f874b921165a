"""When, with what versions and on what machine a case was run."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.bench.child import ROOT

OURS = ("territory-planner", "numpy", "scipy", "numba", "ortools", "scikit-learn")
PEERS = ("scikit-learn", "ortools", "k-means-constrained", "pymetis", "gerrychain")


def environment(command: str, peer_python: str) -> dict[str, Any]:
    """Return date, command, commit, versions and machine as plain values."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="minutes"),
        "command": command,
        "commit": _commit(),
        "python": platform.python_version(),
        "versions": versions(OURS),
        "peer_versions": _versions_of(peer_python),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "memory_gb": _memory_gb(),
            "load": _load(),
        },
    }


def versions(names: tuple[str, ...]) -> dict[str, str]:
    """Return the version of each installed distribution of `names`, ``not installed`` for others."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def _versions_of(python: str) -> dict[str, str]:
    code = (
        f"import json; from tests.bench.environment import versions; print(json.dumps(versions({PEERS!r})))"
    )
    asked = subprocess.run([python, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        return dict.fromkeys(PEERS, "unknown")
    found: dict[str, str] = json.loads(asked.stdout)
    return found


def _commit() -> str:
    try:
        asked = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
        )
    except OSError:
        return "unknown"
    return asked.stdout.strip() or "unknown"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"


def _load() -> float | None:
    """Return how many processes wanted a core in the minute before: what else was going on."""
    try:
        return round(os.getloadavg()[0], 1)
    except (AttributeError, OSError):
        return None


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
