"""How much memory a job may use: what a machine has, a limit inside the process, a watch from outside.

The watch counts the memory that a process and those it started hold for themselves. The limit inside is for one large
piece asked for at once, which no watch would see in time; it counts what is reserved too, and so it lies higher.
"""

from __future__ import annotations

import os
from pathlib import Path

_GIGABYTE = 1024**3
_MEMORY_OF_GROUP = Path("/sys/fs/cgroup/memory.max")
_PROCESSES = Path("/proc")


def machine_memory() -> int | None:
    """Return the bytes of memory of this machine, or of the container it is; None where the system does not tell."""
    try:
        found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    try:
        return min(found, int(_MEMORY_OF_GROUP.read_text("ascii")))
    except (OSError, ValueError):  # no container, or one without a limit
        return found


def limit_memory(memory_bytes: int | None) -> None:
    """Let asking for far more memory than a limit fail in this process and those it starts, where the system can."""
    if memory_bytes is None:
        return
    try:
        import resource
    except ImportError:
        return
    wanted = memory_bytes + _GIGABYTE
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))


def memory_used(process_id: int) -> int | None:
    """Return the bytes that a process and those it started hold for themselves; None where the system does not tell."""
    total, known = 0, False
    ask = [process_id]
    while ask:
        folder = _PROCESSES / str(ask.pop())
        try:
            _, resident, shared, *_ = (folder / "statm").read_text("ascii").split()
            total += (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
            known = True
            for thread in (folder / "task").iterdir():
                ask += map(int, (thread / "children").read_text("ascii").split())
        except (OSError, ValueError):  # gone meanwhile, or another system
            continue
    return total if known else None
