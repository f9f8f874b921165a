"""How much a plan folder may hold: enough for real plans, too little for a hostile file to fill the machine."""

MEBIBYTE = 1024 * 1024

MAX_FILE_BYTES = 1024 * MEBIBYTE
"""Largest single file that is opened."""
MAX_PLAN_BYTES = 4 * MEBIBYTE
"""Largest plan.toml."""
MAX_ARCHIVE_ENTRIES = 1_000
"""Most entries of a zipped plan folder, or parts of a workbook."""
MAX_UNPACKED_BYTES = 1024 * MEBIBYTE
"""Most bytes that a zip or a workbook may unpack to."""
MAX_RATIO = 200
"""Most times a part of a zip or of a workbook may be larger unpacked than packed …"""
RATIO_FREE_BYTES = 32 * MEBIBYTE
"""… once it is larger than this unpacked; small parts of repeated text pack very well and do no harm."""
MAX_ROWS = 5_000_000
"""Most rows of one table."""
MAX_COLUMNS = 2_000
"""Most columns of one table."""
MAX_CELLS = 200_000_000
"""Most cells of one table."""
MAX_CELL_CHARACTERS = 131_072
"""Longest cell of a text file; a longer one is a quotation mark that is never closed."""
MAX_EXACT = 2.0**53
"""Largest number that is stored exactly; larger ones would be rounded without notice."""
FOLD_AFTER = 20
"""Equal problems of one column beyond this many become one line with a count and examples."""
EXAMPLES = 5
"""Examples that such a line gives."""
