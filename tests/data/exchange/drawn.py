"""Plans drawn at random, small and full of ids that bite."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from data.exchange.crm_ids import long_id
from data.exchange.plan_state import Holder, Node, Person, PlanState
from data.exchange.settings import CrmSettings, SalesforceSettings, VaricentSettings

TERRITORIES = ("007", "=T2", "Nörd, 3", "a b", "a-b", "T_007", "west", "東京")
NODES = ("company", "west", "east", "a b")
SEATS = tuple(f"S{n}" for n in range(5))
ACCOUNTS = tuple(str(long_id(f"001Ab000000{n:04d}")) for n in range(8))
USERS = {seat: str(long_id(f"005Xy000000{n:04d}")) for n, seat in enumerate(SEATS)}
PERIODS = ("2026-Q1", "2026-Q2")
MODEL, TYPE, FORECAST, OTHER_FORECAST = (
    str(long_id(one)) for one in ("0MA00000000000A", "0M500000000000B", "0Db00000000000C", "0Db00000000000D")
)


@st.composite
def plans(draw: st.DrawFn, node_ids: tuple[str, ...] = NODES) -> PlanState:
    """Draw a plan: a hierarchy without circles, territories below it, holders, accounts, quotas that add up."""
    nodes: dict[str, Node] = {}
    for node in draw(st.permutations(node_ids)):
        above = draw(st.sampled_from(["", *nodes]))
        nodes[node] = Node(above, "level", draw(st.sampled_from(["", f"{node} name", "=1+1"])))
    ids = draw(st.lists(st.sampled_from(TERRITORIES), unique=True, min_size=1, max_size=5))
    territories = {one: draw(st.sampled_from(["", *nodes])) for one in ids}
    holders, territory_quotas, seat_quotas = {}, {}, {}
    for one in ids:
        seats = draw(st.lists(st.sampled_from(SEATS), unique=True, max_size=3))
        roles = ["owner", *draw(st.lists(st.sampled_from(["split", "overlay"]), min_size=2, max_size=2))]
        splits = sum(role == "split" for role in roles[: len(seats)])
        shares = {"owner": 1 - splits * Decimal("0.3"), "split": Decimal("0.3"), "overlay": Decimal("0.5")}
        holders[one] = tuple(
            Holder(seat, role, shares[role]) for seat, role in zip(seats, roles, strict=False)
        )
        for period in draw(st.lists(st.sampled_from(PERIODS), unique=True)):
            for component in draw(st.lists(st.sampled_from(["", "HW"]), unique=True)):
                cents = draw(st.integers(0, 10**7))
                territory_quotas[one, component, period] = cents
                for holder in holders[one]:
                    seat_quotas[holder.seat_id, one, component, period] = int(cents * holder.share)
    names = draw(st.dictionaries(st.sampled_from(ids), st.sampled_from(["North", "@home", "South  \n"])))
    accounts = draw(st.dictionaries(st.sampled_from(ACCOUNTS), st.sampled_from(ids)))
    return PlanState(
        label="plan",
        territories=territories,
        names=names,
        nodes=nodes,
        holders=holders,
        accounts=accounts,
        territory_quotas=territory_quotas,
        seat_quotas=seat_quotas,
        seats={seat: Person(USERS[seat], f"{seat}@Example.com", name=seat) for seat in SEATS},
    )


@st.composite
def settings(draw: st.DrawFn) -> CrmSettings:
    """Draw settings with everything that is needed."""
    return CrmSettings(
        effective_date="2026-01-01",
        previous_effective_date="2025-01-01",
        retired_territories=draw(st.sampled_from(["keep", "delete"])),
        other_users=draw(st.sampled_from(["keep", "remove"])),
        salesforce=SalesforceSettings(
            territory_model=MODEL,
            territory_type=TYPE,
            hierarchy=draw(st.booleans()),
            forecast_users=draw(st.booleans()),
            forecasting_type=FORECAST,
            forecasting_types={"HW": OTHER_FORECAST},
            territory_quotas=draw(st.booleans()),
            multi_currency=draw(st.booleans()),
            roles=draw(st.sampled_from([{}, {"owner": "Owner", "split": "Sales Rep"}])),
        ),
        varicent=VaricentSettings(components={"HW": "HW Quota"}),
    )
