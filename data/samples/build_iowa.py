"""Build the Iowa sample: a distributor's sales force that calls on the licensed spirits stores of the state.

    python -m data.samples.build_iowa --source DIR

DIR holds three downloaded tables: ``iowa_stores.parquet`` and ``iowa_sales_monthly.parquet`` (State of Iowa
open data portal, "Iowa Liquor Sales", one row a store; one row a store and month) and ``us_counties.parquet``
(US Census).

What is real
    Every store with its id, name, status, address and position, gaps included; what it bought per month from
    January 2012 to October 2022; what it bought in 2021 (dollars, bottles, days with an order); the outlines
    of the 99 counties.

What is made up (all of it below the line "Made up", drawn from one seed)
    The sales force: 30 seats, their names and where they live (the towns are real), the districts and regions
    above them, the current territories with their three rounds of hiring, and the company target.
"""

from __future__ import annotations

import argparse
import json
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

FOLDER = Path(__file__).with_name("iowa")
SEED = 2022
YEAR = "2021"
KM_PER_DEGREE = 111.2
IOWA = "19"

N_SEATS = 30
HIRED = (14, 23, 30)
"""Seats filled after each round of hiring."""
GROWTH = 1.06
"""Company target of 2022 over what the stores bought in 2021."""
MOST = 2.1
"""Sales, as a multiple of an equal share, above which a seat of the status quo was relieved of some."""
# fmt: off
REP_NAMES = (
    "Aaron Fischer", "Beth Garcia", "Carlos Hansen", "Dana Iverson", "Erik Jensen",
    "Fatima Klein", "Grace Larson", "Henry Meyer", "Ingrid Novak", "James Olson",
    "Karen Peterson", "Luis Quigley", "Megan Reyes", "Nathan Schmidt", "Olivia Thompson",
    "Paul Ulrich", "Quinn Vander", "Rosa Weber", "Steven Xiong", "Tara Yoder",
    "Uma Zimmerman", "Victor Brandt", "Wendy Nguyen", "Xavier Adams", "Yolanda Becker",
    "Zach Castillo", "Amber Dvorak", "Brian Ericson",
)
# fmt: on
REGIONS = {"Western": ("West", "Des Moines"), "Eastern": ("North", "Cedar Valley", "Mississippi")}
DISTRICT_OFFICES = pd.DataFrame(
    {
        "name": ["West", "Des Moines", "North", "Cedar Valley", "Mississippi"],
        "latitude": [42.10, 41.60, 42.50, 41.90, 41.40],
        "longitude": [-95.50, -93.65, -92.90, -91.60, -90.80],
    }
)

PLAN = """\
name = "Iowa 2022"
contiguous = true
disruption_km = 15
seed = 7
time_limit_s = 30

[measures.sales]
below = 0.10
above = 0.10

[measures.accounts]
below = 0.15
above = 0.15

[quota]
year = 2022
over_assignment = 0.05
potential = "sales"
currency = "USD"
"""


def accounts_table(stores: pd.DataFrame, monthly: pd.DataFrame) -> pd.DataFrame:
    """Return the stores as accounts, one row each, gaps kept; measures are those of 2021."""
    year = monthly[monthly["month"].str.startswith(YEAR)]
    bought = year.groupby("store")[["sales", "bottles", "order_days"]].sum().reindex(stores["store"])
    return pd.DataFrame(
        {
            "account_id": stores["store"],
            "name": stores["name"],
            "segment": stores["status"].map({"A": "active", "I": "inactive"}),
            "address": stores["address"],
            "city": stores["city"],
            "postal_code": stores["zip"],
            "latitude": stores["lat"].round(5),
            "longitude": stores["lon"].round(5),
            "sales": bought["sales"].round(2).to_numpy(),
            "bottles": bought["bottles"].astype("Int64").to_numpy(),
            "order_days": bought["order_days"].astype("Int64").to_numpy(),
        }
    )


def history_table(monthly: pd.DataFrame) -> pd.DataFrame:
    """Return what every store bought in every month, in dollars."""
    named = monthly.rename(columns={"store": "account_id", "month": "period", "sales": "amount"})
    return named[["account_id", "period", "amount"]].sort_values(["account_id", "period"], ignore_index=True)


def counties(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the counties of Iowa as ``unit_id``, ``name`` and outline, to five decimals (about 1 m)."""
    iowa = table[table["state_fips"] == IOWA].sort_values("geoid", ignore_index=True)
    outline = shapely.transform(iowa.geometry.to_numpy(), lambda xy: np.round(xy, 5))
    return gpd.GeoDataFrame(
        {"unit_id": iowa["geoid"], "name": iowa["name"]}, geometry=outline, crs="EPSG:4326"
    )


# Made up --------------------------------------------------------------------------------


def distance_km(a: pd.DataFrame, b: pd.DataFrame) -> np.ndarray:
    """Return straight distances between the places in the rows of two frames, shape ``(len(a), len(b))``."""
    scale = np.cos(np.radians(42.0))
    north = np.subtract.outer(a["latitude"].to_numpy(), b["latitude"].to_numpy())
    east = np.subtract.outer(a["longitude"].to_numpy(), b["longitude"].to_numpy()) * scale
    return KM_PER_DEGREE * np.hypot(north, east)


def towns_table(accounts: pd.DataFrame) -> pd.DataFrame:
    """Return the towns with at least four stores whose place is known, at the median of their stores."""
    placed = accounts[accounts["latitude"].notna() & accounts["city"].notna()]
    grouped = placed.assign(town=placed["city"].str.upper().str.strip()).groupby("town")
    towns = grouped.agg(
        latitude=("latitude", "median"),
        longitude=("longitude", "median"),
        stores=("account_id", "size"),
        sales=("sales", "sum"),
    )
    return towns[towns["stores"] >= 4].reset_index()


def homes_table(accounts: pd.DataFrame) -> pd.DataFrame:
    """Choose one town a seat, in order of hiring: where most sales around are still without a seat."""
    towns = towns_table(accounts)
    placed = accounts[accounts["latitude"].notna()]
    far = distance_km(towns, placed)
    left = placed["sales"].fillna(0).to_numpy().copy()
    share = left.sum() / N_SEATS
    chosen: list[int] = []
    for _ in range(N_SEATS):
        near = np.exp(-((far / 35.0) ** 2)) @ left
        near[chosen] = -1
        town = int(np.argmax(near + 0.2 * towns["sales"].to_numpy() * (near >= 0)))
        chosen.append(town)
        order = np.argsort(far[town], kind="stable")
        covered = np.searchsorted(np.cumsum(left[order]), share)
        left[order[: covered + 1]] = 0
    return towns.loc[chosen].reset_index(drop=True)


def node_id(name: str) -> str:
    """Return the hierarchy id of a region or district."""
    return name.lower().replace(" ", "-")


def districts_of(homes: pd.DataFrame) -> list[str]:
    """Return the district of each home: the one with the nearest office."""
    nearest = distance_km(homes, DISTRICT_OFFICES).argmin(axis=1)
    return [node_id(DISTRICT_OFFICES["name"][office]) for office in nearest]


def seats_table(homes: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the seats in order of hiring; two of them are open."""
    names = list(rng.permutation(REP_NAMES))
    for position in sorted(rng.choice(np.arange(12, N_SEATS), 2, replace=False)):
        names.insert(int(position), "Open")
    number = np.arange(1, N_SEATS + 1)
    return pd.DataFrame(
        {
            "seat_id": [f"S{n:02d}" for n in number],
            "territory_id": [f"IA-{n:02d}" for n in number],
            "rep_name": names[:N_SEATS],
            "home_town": homes["town"].str.title(),
            "latitude": homes["latitude"].round(4),
            "longitude": homes["longitude"].round(4),
            "region": districts_of(homes),
        }
    )


def hierarchy_table() -> pd.DataFrame:
    """Return company, regions and districts; seats hang on districts by their ``region``."""
    rows = [("iowa", "", "company", "Iowa")]
    for region, districts in REGIONS.items():
        rows.append((node_id(region), "iowa", "region", region))
        rows += [(node_id(name), node_id(region), "district", name) for name in districts]
    return pd.DataFrame(rows, columns=["node_id", "parent_id", "level", "name"])


def relieved(owner: np.ndarray, sales: np.ndarray, far: np.ndarray, most: float) -> np.ndarray:
    """Let seats with more than `most` sales hand patches to the next nearest home, smallest detour first."""
    owner = owner.copy()
    while True:
        held = np.bincount(owner, sales, far.shape[1])
        full = int(held.argmax())
        mine = np.flatnonzero((owner == full) & (sales > 0))
        if held[full] <= most or len(mine) == 1:
            return owner
        others = np.where(held > most / 2, np.inf, far[mine])
        detour = others.min(axis=1) - far[mine, full]
        patch = int(detour.argmin())
        owner[mine[patch]] = int(others[patch].argmin())


def current_territories(
    accounts: pd.DataFrame,
    area: pd.Series,
    units: gpd.GeoDataFrame,
    homes: pd.DataFrame,
    first_month: pd.Series,
    last_month: pd.Series,
    rng: np.random.Generator,
) -> np.ndarray:
    """Hand out the stores in three rounds of hiring, the way alignments grow; return a seat each, −1 none.

    Counties go to the nearest home; one with the sales of most of a seat is handed out by postal code. A seat
    hired later takes only what is much nearer to it than to its owner. Some stores stay with an earlier
    owner. A store that first bought after June 2022 has not been handed out yet, nor has one without any
    place, unless it still bought in 2019 and so is on somebody's list.
    """
    share = accounts["sales"].sum() / N_SEATS
    big = accounts["sales"].fillna(0).groupby(area).sum().loc[lambda sales: sales > 0.6 * share].index
    by_code = area.isin(big) & accounts["postal_code"].notna()
    patch = pd.Series(
        np.where(by_code, "zip " + accounts["postal_code"].fillna(""), "county " + area), accounts.index
    )
    located = accounts["latitude"].notna() & (area != "")
    centre = accounts[located].groupby(patch[located])[["latitude", "longitude"]].mean()
    inner = units.geometry.representative_point()
    whole = pd.DataFrame(
        {"latitude": inner.y.to_numpy(), "longitude": inner.x.to_numpy()}, "county " + units["unit_id"]
    )
    centre = pd.concat([centre[centre.index.str.startswith("zip")], whole])

    far = distance_km(centre, homes)
    owners = [far[:, : HIRED[0]].argmin(axis=1)]
    for before, after in pairwise(HIRED):
        new = before + far[:, before:after].argmin(axis=1)
        rows = np.arange(len(centre))
        much_nearer = far[rows, new] < 0.85 * far[rows, owners[-1]] - 1.0
        owners.append(np.where(much_nearer, new, owners[-1]))
    sales = accounts["sales"].fillna(0).groupby(patch).sum().reindex(centre.index, fill_value=0.0).to_numpy()
    owners[-1] = relieved(owners[-1], sales, far, MOST * share)
    history = pd.DataFrame(np.c_[tuple(owners)], index=centre.index)

    known = patch.where(patch.isin(centre.index))
    seat = known.map(history[2]).to_numpy(dtype=float)
    earlier = known.map(history[1]).to_numpy(dtype=float)
    stayed = rng.random(len(accounts)) < 0.15
    seat = np.where(stayed & np.isfinite(earlier), earlier, seat)
    code_owner = (
        pd.Series(seat, accounts.index).groupby(accounts["postal_code"]).agg(lambda of: of.mode().min())
    )
    seat = np.where(np.isfinite(seat), seat, accounts["postal_code"].map(code_owner).to_numpy(dtype=float))

    store = accounts["account_id"]
    seat = np.where((store.map(first_month) > "2022-06").to_numpy(), np.nan, seat)
    nowhere = accounts["postal_code"].isna() & accounts["latitude"].isna()
    listed = (nowhere & (store.map(last_month) >= "2019-01")).to_numpy()
    seat[nowhere.to_numpy()] = np.nan
    seat[listed] = rng.integers(0, N_SEATS, int(listed.sum()))
    return np.where(np.isfinite(seat), seat, -1).astype(int)


def make_up(
    accounts: pd.DataFrame, history: pd.DataFrame, units: gpd.GeoDataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Return the seats, the accounts with their current territory, and the company target in dollars."""
    rng = np.random.default_rng(SEED)
    located = accounts[accounts["latitude"].notna()]
    point = gpd.GeoSeries(gpd.points_from_xy(located["longitude"], located["latitude"]), crs=units.crs)
    row, county = units.sindex.query(point, predicate="within")
    area = pd.Series("", accounts.index)
    area[located.index[row]] = units["unit_id"].to_numpy()[county]

    homes = homes_table(accounts)
    seats = seats_table(homes, rng)
    months = history.groupby("account_id")["period"]
    owner = current_territories(accounts, area, units, homes, months.min(), months.max(), rng)
    territory = np.where(owner >= 0, seats["territory_id"].to_numpy()[owner], "")
    return seats, accounts.assign(territory_id=territory), round(accounts["sales"].sum() * GROWTH, -5)


def build(source: Path, folder: Path = FOLDER) -> None:
    """Write the plan folder from the tables in `source`."""
    stores = pd.read_parquet(source / "iowa_stores.parquet").sort_values("store", ignore_index=True)
    monthly = pd.read_parquet(source / "iowa_sales_monthly.parquet")
    units = counties(gpd.read_parquet(source / "us_counties.parquet"))
    history = history_table(monthly)
    seats, accounts, target = make_up(accounts_table(stores, monthly), history, units)

    folder.mkdir(parents=True, exist_ok=True)
    accounts.to_csv(folder / "accounts.csv", index=False, lineterminator="\n")
    seats.to_csv(folder / "seats.csv", index=False, lineterminator="\n")
    hierarchy_table().to_csv(folder / "hierarchy.csv", index=False, lineterminator="\n")
    (folder / "targets.csv").write_text(f"node_id,amount,currency\niowa,{target:.2f},USD\n", "utf-8")
    (folder / "plan.toml").write_text(PLAN, "utf-8")
    history.to_parquet(folder / "history.parquet", index=False, compression="zstd", compression_level=19)
    features = json.loads(units.to_json(drop_id=True))
    features.pop("crs", None)
    (folder / "units.geojson").write_text(json.dumps(features, separators=(",", ":")) + "\n", "utf-8")


def main() -> None:
    """Build the sample beside this script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--source", type=Path, required=True, help="folder that holds the downloaded tables")
    build(parser.parse_args().source)


if __name__ == "__main__":
    main()
