"""``python -m tests.bench``: see `tests.bench.command`."""

import sys

from tests.bench.command import main

sys.exit(main(sys.argv[1:]))
