"""In and out: deltas for other systems, other formats, databases, column mappings, published plans by day."""

from data.exchange.crm import prepare
from data.exchange.database import Imported, ImportLimits, import_database
from data.exchange.effective import AccountOnDay, Publication, PublishedPlans, QuotaOnDay, Span
from data.exchange.fill_ids import Filled, fill_ids
from data.exchange.formats import FORMS, Exported, export_plan
from data.exchange.load import Load, Step
from data.exchange.load_folder import read_load, write_load
from data.exchange.mapping import ColumnGuess, MappingBook, Proposal, Settled
from data.exchange.plan_columns import write_columns
from data.exchange.settings import CrmSettings, read_settings, settings_from

__all__ = [
    "FORMS",
    "AccountOnDay",
    "ColumnGuess",
    "CrmSettings",
    "Exported",
    "Filled",
    "ImportLimits",
    "Imported",
    "Load",
    "MappingBook",
    "Proposal",
    "Publication",
    "PublishedPlans",
    "QuotaOnDay",
    "Settled",
    "Span",
    "Step",
    "export_plan",
    "fill_ids",
    "import_database",
    "prepare",
    "read_load",
    "read_settings",
    "settings_from",
    "write_columns",
    "write_load",
]
