"""What only the other system knows: its ids, its role names, its names of quotas. Given here or in ``crm.toml``.

This is the whole layout; every key is optional, and what is needed and missing is told::

    effective_date = "2026-01-01"           # from when the plan holds
    previous_effective_date = "2025-01-01"  # from when the alignment before held
    retired_territories = "keep"            # territories of before that the plan has no more: keep, or delete
    other_users = "keep"                    # people on a territory whom the plan does not know: keep, or remove

    [salesforce]
    territory_model = "0MA…"                # Territory2ModelId
    territory_type = "0M5…"                 # Territory2TypeId
    node_type = "0M5…"                      # of the nodes of the hierarchy; else as territory_type
    hierarchy = true                        # nodes of the hierarchy are territories above
    forecast_users = true                   # the owner of a territory is its forecast manager
    forecasting_type = "0Db…"               # ForecastingTypeId
    territory_quotas = true                 # quotas name their territory; else they are summed by owner
    multi_currency = true                   # quotas name their currency
    [salesforce.forecasting_types]          # of single components
    Hardware = "0Db…"
    [salesforce.roles]                      # RoleInTerritory2
    owner = "Owner"
    [salesforce.territories]                # record id or DeveloperName of what is already there
    "IA-01" = "Iowa_North"

    [varicent]
    quota_component = "Quota"               # name where the plan has but one component
    [varicent.components]
    Hardware = "HW Quota"
    [varicent.periods]
    quarter = "{year}-Q{number}"

    [clari]
    quota_name = "Quota"
    [clari.quota_names]
    Hardware = "HW Quota"

    [seats.S01]                             # else the columns user_id, email, crm_role of the table of seats
    user_id = "005…"
    email = "ann@example.com"
    role = "Sales Rep"
"""

from __future__ import annotations

import datetime
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from data.exchange.crm_ids import long_id
from data.exchange.names import runs_in_spreadsheet
from data.exchange.periods import VARICENT
from data.read.report import Report, shown

FILE = "crm.toml"
MOST_BYTES = 4 * 1024 * 1024
_PERIOD_PARTS = re.compile(r"\{year\}|\{number(:02d)?\}")


def _record_id(text: str) -> str:
    found = long_id(text)
    if found is None:
        raise PydanticCustomError(
            "record_id", "this is no record id: 15 or 18 letters and digits are needed, with their case"
        )
    return found


def _harmless(text: str) -> str:
    if runs_in_spreadsheet(text):
        raise PydanticCustomError(
            "formula", "a spreadsheet would run a text that begins with =, +, - or @; begin it otherwise"
        )
    return text


RecordId = Annotated[str, AfterValidator(_record_id)]
Text = Annotated[str, AfterValidator(_harmless), Field(max_length=255)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class SalesforceSettings(_Part):
    """Ids and choices of one Salesforce organisation; see the module."""

    territory_model: RecordId | None = None
    territory_type: RecordId | None = None
    node_type: RecordId | None = None
    hierarchy: bool = True
    forecast_users: bool = True
    forecasting_type: RecordId | None = None
    forecasting_types: dict[str, RecordId] = Field(default_factory=dict)
    territory_quotas: bool = True
    multi_currency: bool = True
    roles: dict[Literal["owner", "split", "overlay"], Text] = Field(default_factory=dict)
    territories: dict[str, str] = Field(default_factory=dict)


class VaricentSettings(_Part):
    """Names that Varicent knows; see the module."""

    quota_component: Text = "Quota"
    components: dict[str, Text] = Field(default_factory=dict)
    periods: dict[Literal["year", "quarter", "month"], Text] = Field(default_factory=dict)

    def spelling(self) -> dict[str, str]:
        """Return how each kind of period is spelled."""
        return {**VARICENT, **{str(kind): told for kind, told in self.periods.items()}}


class ClariSettings(_Part):
    """Names that Clari knows; see the module."""

    quota_name: Text = "Quota"
    quota_names: dict[str, Text] = Field(default_factory=dict)


class SeatSettings(_Part):
    """Who sits on a seat, as other systems know them."""

    user_id: RecordId | None = None
    email: str | None = None
    role: Text | None = None


class CrmSettings(_Part):
    """What only the other system knows; the module shows every key."""

    effective_date: datetime.date | None = None
    previous_effective_date: datetime.date | None = None
    retired_territories: Literal["keep", "delete"] = "keep"
    other_users: Literal["keep", "remove"] = "keep"
    salesforce: SalesforceSettings = Field(default_factory=SalesforceSettings)
    varicent: VaricentSettings = Field(default_factory=VaricentSettings)
    clari: ClariSettings = Field(default_factory=ClariSettings)
    seats: dict[str, SeatSettings] = Field(default_factory=dict)


def read_settings(path: Path, report: Report) -> CrmSettings:
    """Return the settings in a file; those of an empty one, and every problem reported, where they cannot be used."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"the file is larger than {MOST_BYTES:,} bytes")
        content = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        report.error(
            "broken_settings",
            f"The file cannot be read: {shown(reason)}.",
            "docs/exchange.md shows how it is written.",
            file=path.name,
        )
        return CrmSettings()
    return settings_from(content, report, path.name)


def settings_from(content: dict[str, Any], report: Report, file: str = FILE) -> CrmSettings:
    """Return settings from plain values; those of none, and every problem reported, where they cannot be used."""
    try:
        found = CrmSettings.model_validate(content)
    except ValidationError as faults:
        for fault in faults.errors():
            given = fault.get("input")
            report.error(
                "setting",
                f"{fault['msg']}.",
                "Correct it, or remove the key; docs/exchange.md lists what there is.",
                file=file,
                column=".".join(str(part) for part in fault["loc"]),
                value=None if isinstance(given, dict | list) else shown(str(given)),
            )
        return CrmSettings()
    for name, spelling in found.varicent.periods.items():
        if re.search(r"[{}]", _PERIOD_PARTS.sub("", spelling)):
            report.error(
                "setting",
                "A spelling of periods holds {year}, {number} or {number:02d}, and no other braces.",
                'Write it as "{year}-Q{number}".',
                file=file,
                column=f"varicent.periods.{name}",
                value=shown(spelling),
            )
            return CrmSettings()
    return found
