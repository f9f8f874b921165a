"""The tables of a plan folder: which columns they have, what these mean, and by which names people know them.

Names are compared by their `key`: without case, spaces, punctuation and accents. A header names a column when its key
is that of the column or of one of its ``aliases``. A ``fallback`` names it only where no such header is there: it is a
weaker guess (an owner stands for the territory in force), and using one is reported.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What the cells of a column hold."""

    ID = "id"
    """Text kept exactly as it came in."""
    TEXT = "text"
    NUMBER = "number"
    FRACTION = "fraction"
    """0.15 or 15 %."""
    LATITUDE = "latitude"
    LONGITUDE = "longitude"
    MONEY = "money"
    YES_NO = "yes_no"
    DATE = "date"
    PERIOD = "period"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name
        Canonical name.
    kind
        What its cells hold.
    aliases, fallback
        Other names, and names to take only where none of the others is there.
    required
        Whether a table without it cannot be read.
    """

    name: str
    kind: Kind = Kind.TEXT
    aliases: tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Table:
    """One table of a plan folder; `measures` says whether other numeric columns are measures."""

    name: str
    columns: tuple[Column, ...]
    measures: bool = False

    def column(self, name: str) -> Column | None:
        """Return the column called `name`, None where the table has none."""
        return next((column for column in self.columns if column.name == name), None)


def key(name: str) -> str:
    """Return what names are compared by: letters and digits of `name`, without case and accents."""
    plain = unicodedata.normalize("NFKD", name.strip().lstrip("\ufeff")).casefold()
    return "".join(character for character in plain if character.isalnum())


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that `name` was most likely meant to be, None where nothing is near."""
    by_key = {key(candidate): candidate for candidate in candidates}
    found = difflib.get_close_matches(key(name), list(by_key), n=1, cutoff=0.6)
    return by_key[found[0]] if found else None


_LATITUDE = Column(
    "latitude",
    Kind.LATITUDE,
    ("lat", "billing_latitude", "home_latitude", "home_lat"),
    ("shipping_latitude", "geo_latitude", "gps_latitude", "lat_deg", "y_wgs84"),
)
_LONGITUDE = Column(
    "longitude",
    Kind.LONGITUDE,
    ("lon", "lng", "long", "billing_longitude", "home_longitude", "home_lon", "home_lng"),
    ("shipping_longitude", "geo_longitude", "gps_longitude", "lon_deg", "x_wgs84"),
)
_CURRENCY = Column("currency", Kind.TEXT, ("currency_code", "currency_iso_code"))
_COMPONENT = Column("component", Kind.TEXT, ("quota_component",), ("product", "product_line"))
_PERIOD = Column("period", Kind.PERIOD, ("period_name",), ("month", "quarter", "year", "date", "start_date"))
_AMOUNT = Column(
    "amount",
    Kind.MONEY,
    ("amt",),
    ("sales", "revenue", "net_sales", "sales_amount", "value", "target", "quota"),
    required=True,
)
_TERRITORY = Column(
    "territory_id", Kind.ID, ("territory", "current_territory", "current_territory_id"), ("owner_id", "owner")
)
_LOCKED = Column("locked", Kind.YES_NO, ("lock", "is_locked"))
_REGION = Column("region", Kind.ID, ("region_id", "sales_region"))
_REQUIRED_SKILL = Column("required_skill", Kind.TEXT, ("required_skills", "required_language"))

ACCOUNTS = Table(
    "accounts",
    (
        Column(
            "account_id",
            Kind.ID,
            ("id", "account"),
            (
                "customer_id",
                "store_id",
                "client_id",
                "account_number",
                "customer_number",
                "customer_no",
                "store",
            ),
            required=True,
        ),
        Column(
            "name", Kind.TEXT, ("account_name",), ("customer_name", "store_name", "company", "company_name")
        ),
        _LATITUDE,
        _LONGITUDE,
        Column(
            "postal_code",
            Kind.ID,
            ("zip", "zip_code", "postcode", "post_code", "plz", "billing_postal_code"),
            ("shipping_postal_code", "zip5", "code_postal", "billing_zip"),
        ),
        Column(
            "country",
            Kind.TEXT,
            ("billing_country",),
            ("country_code", "billing_country_code", "shipping_country"),
        ),
        Column("unit_id", Kind.ID, ("unit", "basic_unit", "basic_unit_id")),
        Column("segment", Kind.TEXT, ("account_segment",), ("customer_segment",)),
        Column("parent_account_id", Kind.ID, ("parent_id", "parent_account"), ("parent",)),
        _TERRITORY,
        _LOCKED,
        Column("seat_id", Kind.ID, ("seat", "named_seat", "named_account_seat")),
        _REGION,
        _REQUIRED_SKILL,
    ),
    measures=True,
)
UNITS = Table(
    "units",
    (
        Column(
            "unit_id",
            Kind.ID,
            ("id", "unit"),
            (
                "geoid",
                "geo_id",
                "area_id",
                "basic_unit_id",
                "postal_code",
                "zip",
                "postcode",
                "plz",
                "fips",
                "code",
            ),
            required=True,
        ),
        Column("name", Kind.TEXT, ("unit_name",), ("area_name",)),
        _LATITUDE,
        _LONGITUDE,
        _TERRITORY,
        _LOCKED,
        _REGION,
        _REQUIRED_SKILL,
    ),
    measures=True,
)
ADJACENCY = Table(
    "adjacency",
    (
        Column("unit_id", Kind.ID, ("unit", "from", "from_id", "unit_i"), ("geoid_i",), required=True),
        Column(
            "neighbour_id",
            Kind.ID,
            ("neighbour", "neighbor_id", "neighbor", "to", "to_id"),
            ("geoid_j",),
            required=True,
        ),
        Column("length_m", Kind.NUMBER, ("length", "shared_length_m", "border_length_m")),
    ),
)
SEATS = Table(
    "seats",
    (
        Column("seat_id", Kind.ID, ("seat", "id"), ("user_id", "rep_id"), required=True),
        Column("territory_id", Kind.ID, ("territory",)),
        Column("rep_name", Kind.TEXT, ("rep", "name"), ("seller", "sales_rep")),
        Column("region", Kind.ID, ("region_id",)),
        Column("node_id", Kind.ID, ("node", "district", "district_id")),
        _LATITUDE,
        _LONGITUDE,
        Column("start_date", Kind.DATE, ("start",)),
        Column("end_date", Kind.DATE, ("end",)),
        Column("capacity_hours", Kind.NUMBER, ("capacity",)),
        Column("target_share", Kind.FRACTION, ("share",)),
        Column("quota_last_year", Kind.MONEY, ("last_year_quota",)),
        Column("skills", Kind.TEXT),
        Column("on_target_earnings", Kind.MONEY, ("ote",)),
        Column("pay_plan", Kind.TEXT, ("compensation_plan", "comp_plan")),
        _CURRENCY,
    ),
)
HIERARCHY = Table(
    "hierarchy",
    (
        Column("node_id", Kind.ID, ("id", "node", "key"), required=True),
        Column("parent_id", Kind.ID, ("parent", "parent_key", "parent_node_id"), required=True),
        Column("level", Kind.TEXT),
        Column("name", Kind.TEXT, ("node_name",)),
        Column("over_assignment", Kind.FRACTION, ("overassign", "uplift")),
    ),
)
TARGETS = Table(
    "targets",
    (
        Column("node_id", Kind.ID, ("node", "id", "key"), required=True),
        _AMOUNT,
        _COMPONENT,
        _PERIOD,
        _CURRENCY,
    ),
)
HISTORY = Table(
    "history",
    (
        Column("account_id", Kind.ID, ("account",), ("customer_id", "store_id", "client_id", "id", "store")),
        Column("territory_id", Kind.ID, ("territory",)),
        Column("seat_id", Kind.ID, ("seat",)),
        Column(_PERIOD.name, _PERIOD.kind, _PERIOD.aliases, _PERIOD.fallback, required=True),
        _AMOUNT,
        _COMPONENT,
        _CURRENCY,
    ),
)
RULES = Table(
    "rules",
    (
        Column("kind", Kind.TEXT, ("rule",), ("type",), required=True),
        Column("name", Kind.TEXT, ("rule_name",)),
        Column("account_id", Kind.ID, ("account",)),
        Column("unit_id", Kind.ID, ("unit",)),
        Column("where", Kind.TEXT, ("condition",)),
        Column("of", Kind.TEXT, ("table",)),
        Column("territory_id", Kind.ID, ("territory",)),
        Column("seat_id", Kind.ID, ("seat",)),
        Column("region", Kind.ID, ("region_id",)),
        Column("with_account_id", Kind.ID, ("with_account", "other_account_id")),
        Column("with_unit_id", Kind.ID, ("with_unit", "other_unit_id")),
        Column("group", Kind.TEXT, ("group_id",)),
        Column("by", Kind.TEXT, ("by_column",)),
        Column("skill", Kind.TEXT, ("required_skill",)),
        Column("measure", Kind.TEXT),
        Column("value", Kind.NUMBER, ("limit",)),
        Column("min_share", Kind.FRACTION),
        Column("max_share", Kind.FRACTION),
    ),
)
OVERRIDES = Table(
    "overrides",
    (
        Column("territory_id", Kind.ID, ("territory",)),
        Column("seat_id", Kind.ID, ("seat",)),
        Column("node_id", Kind.ID, ("node",), ("region", "region_id")),
        _AMOUNT,
        _COMPONENT,
        Column("period", Kind.PERIOD, ("period_name",), ("month", "quarter", "year")),
        Column("reason", Kind.TEXT, ("why",), ("comment", "note")),
        Column("author", Kind.TEXT, ("by", "decided_by"), ("user",)),
        Column("date", Kind.DATE, ("decided_on",)),
        _CURRENCY,
    ),
)
CREDITS = Table(
    "credits",
    (
        Column("seat_id", Kind.ID, ("seat",), required=True),
        Column("territory_id", Kind.ID, ("territory",), required=True),
        Column("share", Kind.FRACTION, ("credit", "split"), ("percentage", "percent"), required=True),
        Column("kind", Kind.TEXT, ("credit_type",), ("type",), required=True),
        _COMPONENT,
    ),
)
RATES = Table(
    "rates",
    (
        Column("currency", Kind.TEXT, _CURRENCY.aliases, ("code",), required=True),
        Column("rate", Kind.NUMBER, ("exchange_rate", "fx_rate"), ("value",), required=True),
    ),
)
ACCOUNT_TARGETS = Table(
    "account_targets",
    (
        Column(
            "account_id", Kind.ID, ("account",), ("customer_id", "store_id", "client_id", "id"), required=True
        ),
        _AMOUNT,
        _COMPONENT,
        _PERIOD,
        _CURRENCY,
    ),
)
TRAVEL = Table(
    "travel",
    (
        Column("account_id", Kind.ID, ("account", "from_account_id")),
        Column("unit_id", Kind.ID, ("unit", "from_unit_id")),
        Column("seat_id", Kind.ID, ("seat", "to_seat_id"), required=True),
        Column("to_account_id", Kind.ID, ("to_account",)),
        Column("hours", Kind.NUMBER, ("travel_hours", "hours_one_way"), required=True),
    ),
)
POSTAL_CODES = Table(
    "postal_codes",
    (
        Column("postal_code", Kind.ID, ("zip", "zip_code", "postcode", "plz"), required=True),
        Column("country", Kind.TEXT, (), ("country_code",)),
        Column(_LATITUDE.name, Kind.LATITUDE, _LATITUDE.aliases, _LATITUDE.fallback, required=True),
        Column(_LONGITUDE.name, Kind.LONGITUDE, _LONGITUDE.aliases, _LONGITUDE.fallback, required=True),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        ACCOUNTS,
        UNITS,
        ADJACENCY,
        SEATS,
        HIERARCHY,
        TARGETS,
        HISTORY,
        RULES,
        TRAVEL,
        POSTAL_CODES,
        OVERRIDES,
        CREDITS,
        RATES,
        ACCOUNT_TARGETS,
    )
}
"""Every table of a plan folder by its name."""

MEASURE_ALIASES = {"annualrevenue": "revenue", "numberofemployees": "employees"}
"""Measures of CRM exports, by key of the header."""

KNOWN_MEASURES = frozenset(
    (
        "accounts_count",
        "calls",
        "deposits",
        "employees",
        "headcount",
        "households",
        "margin",
        "population",
        "potential",
        "revenue",
        "sales",
        "spend",
        "turnover",
        "units_sold",
        "visits",
        "workload",
        "workload_hours",
    )
)
"""Names that always mean a measure: a cell of such a column that is no number is an error."""

YES = frozenset(("1", "true", "yes", "y", "t", "x", "ja", "oui", "si", "sí", "locked", "✓"))
NO = frozenset(("", "0", "false", "no", "n", "f", "nein", "non", "unlocked", "-"))
"""Words for yes and no, without case; an empty cell says no."""

COUNTED = ("accounts", "units")
"""Measures every plan has: how many accounts and how many units a territory holds."""


def measure_named(name: str, measures: Iterable[str]) -> str | None:
    """Return the measure that `name` stands for, by exact name, by key, or by a CRM alias; None where none does."""
    known = [*measures, *COUNTED]
    if name in known:
        return name
    by_key: dict[str, str] = {}
    for measure in known:
        by_key.setdefault(key(measure), measure)
    wanted = key(name)
    return by_key.get(wanted) or by_key.get(key(MEASURE_ALIASES.get(wanted, "")) or wanted)
