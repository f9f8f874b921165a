"""Print each kind of damage with the message it gives: ``python -m tests.data.damaged``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.data.damaged.kinds import DAMAGES
from tests.data.damaged.kit import good_folder, problems_of

for damage in DAMAGES:
    with tempfile.TemporaryDirectory() as place:
        folder = good_folder(Path(place) / "plan")
        damage.change(folder)
        found = [problem for problem in problems_of(folder) if problem.code == damage.code]
    sys.stdout.write(f"{damage.kind}\n    {found[0] if found else 'NOT FOUND'}\n")
