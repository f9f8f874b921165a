"""Plans as files that people and other programs can open."""

from data.export.folder import OUTPUT_FILES, check_out, is_output
from data.export.output import write_plan

__all__ = ["OUTPUT_FILES", "check_out", "is_output", "write_plan"]
