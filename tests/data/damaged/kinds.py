"""Every kind of damaged plan folder we know of."""

from __future__ import annotations

from tests.data.damaged.cells import CELLS_DAMAGES
from tests.data.damaged.files import FILES_DAMAGES
from tests.data.damaged.plans import PLANS_DAMAGES
from tests.data.damaged.rules import RULES_DAMAGES
from tests.data.damaged.shapes import SHAPES_DAMAGES

DAMAGES = [*FILES_DAMAGES, *CELLS_DAMAGES, *PLANS_DAMAGES, *RULES_DAMAGES, *SHAPES_DAMAGES]
