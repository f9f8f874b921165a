"""Whether everything that came in has exactly one owner, and the rules about owners hold."""

from __future__ import annotations

import pandas as pd

from data.audit.evidence import Evidence, close
from data.audit.report import NotChecked, some, verdict

Finding = tuple[bool, str]
SPLIT = "several territories"


def accounts_have_one_owner(evidence: Evidence) -> Finding:
    """Every account of the input is assigned once or listed as unplaced; none is invented."""
    given = evidence.folder.accounts
    if given is None:
        raise NotChecked("The plan folder has no accounts.")
    listed = pd.concat([evidence.accounts["account_id"], evidence.unplaced["account_id"]])
    faults = _partition(given["account_id"], listed)
    ownerless = evidence.accounts.loc[evidence.accounts["territory_id"] == "", "account_id"].tolist()
    if ownerless:
        faults.append(f"without a territory: {some(ownerless)}")
    return verdict(faults, f"{len(evidence.accounts)} assigned, {len(evidence.unplaced)} unplaced")


def areas_have_one_owner(evidence: Evidence) -> Finding:
    """Every area of the input is listed once; none is invented; without a territory only where it holds nothing."""
    given = evidence.folder.units
    if given is None:
        raise NotChecked("The plan folder has no areas.")
    faults = _partition(given["unit_id"], evidence.areas["unit_id"])
    ownerless = evidence.areas.loc[evidence.areas["territory_id"] == "", "unit_id"]
    held = set(evidence.accounts["area_id"]) if "area_id" in evidence.accounts else set()
    used = sorted(ownerless if evidence.folder.accounts is None else set(ownerless) & held)
    if used:
        faults.append(f"without a territory: {some(used)}")
    return verdict(faults, f"{len(evidence.areas)} listed")


def unplaced_are_told(evidence: Evidence) -> Finding:
    """Every account that nobody owns has a reason and states what it holds."""
    rows = evidence.unplaced
    silent = rows.loc[rows["reason"] == "", "account_id"].tolist()
    faults = [f"without a reason: {some(silent)}"] if silent else []
    given = evidence.folder.accounts
    if given is not None and len(rows):
        known = given.drop_duplicates("account_id").set_index("account_id")
        for measure in set(evidence.measures) & set(rows.columns) & set(known.columns):
            wanted = pd.to_numeric(known[measure]).fillna(0.0).reindex(rows["account_id"])
            wrong = ~close(pd.to_numeric(rows[measure]).fillna(0.0), wanted)
            if wrong.any():
                faults.append(
                    f"another {measure} than in the input: {some(rows['account_id'][wrong].tolist())}"
                )
    return verdict(faults, f"{len(rows)} accounts")


def territories_exist(evidence: Evidence) -> Finding:
    """Every territory named in the assignments is in the territory table, with the same seat."""
    table = evidence.territories
    repeated = table.loc[table["territory_id"].duplicated(), "territory_id"].tolist()
    faults = [f"listed twice: {some(repeated)}"] if repeated else []
    rows = evidence.assignments[evidence.assignments["territory_id"] != ""]
    unknown = sorted(set(rows["territory_id"]) - set(table["territory_id"]))
    if unknown:
        faults.append(f"not in territories.csv: {some(unknown)}")
    seat = rows["territory_id"].map(
        table.drop_duplicates("territory_id").set_index("territory_id")["seat_id"]
    )
    wrong = sorted(set(rows["territory_id"][seat.notna() & (seat != rows["seat_id"])]))
    if wrong:
        faults.append(f"with another seat than in territories.csv: {some(wrong)}")
    return verdict(faults, f"{len(table)} territories")


def former_owners_are_true(evidence: Evidence) -> Finding:
    """The territory that each row names as its former one is the one in the input."""
    given, rows, key = evidence.folder.accounts, evidence.accounts, "account_id"
    if given is None:
        given, rows, key = evidence.folder.units, evidence.areas, "unit_id"
    if "territory_id" not in given or not (given["territory_id"] != "").any():
        raise NotChecked("The input names no current territories.")
    before = rows[key].map(given.drop_duplicates(key).set_index(key)["territory_id"])
    wrong = rows[key][before.notna() & (before != "") & (before != rows["previous_territory_id"])].tolist()
    return verdict(
        [f"another former territory than in the input: {some(wrong)}"] if wrong else [], f"{len(rows)} rows"
    )


def locks_hold(evidence: Evidence) -> Finding:
    """What is locked, by a column or a rule, is where it must be."""
    faults, held = [], 0
    for given, rows, key in _levels(evidence):
        owner = rows.drop_duplicates(key).set_index(key)["territory_id"]
        wanted = pd.Series(dtype=object)
        if "locked" in given and "territory_id" in given:
            known = given["territory_id"].isin(set(evidence.territories["territory_id"]))
            locked = given[given["locked"].astype(bool) & known]
            wanted = locked.drop_duplicates(key).set_index(key)["territory_id"]
        rules = _rules(evidence, "lock", key)
        wanted = pd.concat([wanted, rules]) if len(rules) else wanted
        # A lock without a territory of its own holds the row where it is today.
        got = owner.reindex(wanted.index)
        moved = sorted(set(wanted.index[got.notna() & (got != wanted)]))
        held += len(wanted)
        if moved:
            faults.append(f"moved in spite of a lock: {some(moved)}")
    if not held:
        raise NotChecked("Nothing is locked.")
    return verdict(faults, f"{held} locks")


def exclusions_hold(evidence: Evidence) -> Finding:
    """Nothing belongs to a territory or seat that a rule keeps it out of."""
    faults, held = [], 0
    for _, rows, key in _levels(evidence):
        banned = _rules(evidence, "exclude", key)
        held += len(banned)
        owner = rows.drop_duplicates(key).set_index(key)["territory_id"].reindex(banned.index)
        broken = sorted(set(banned.index[owner == banned]))
        if broken:
            faults.append(f"with a territory that a rule excludes: {some(broken)}")
    if not held:
        raise NotChecked("Nothing is excluded.")
    return verdict(faults, f"{held} exclusions")


def named_accounts_are_with_their_seat(evidence: Evidence) -> Finding:
    """Every account that the input gives to a seat by name is in a territory of that seat."""
    given = evidence.folder.accounts
    named = pd.DataFrame() if given is None or "seat_id" not in given else given[given["seat_id"] != ""]
    named = named[named["seat_id"].isin(set(evidence.territories["seat_id"]))] if len(named) else named
    if not len(named):
        raise NotChecked("No account is given to a seat by name.")
    seat = evidence.accounts.drop_duplicates("account_id").set_index("account_id")["seat_id"]
    got = named["account_id"].map(seat)
    wrong = named["account_id"][got.notna() & (got != named["seat_id"])].tolist()
    return verdict([f"with another seat: {some(wrong)}"] if wrong else [], f"{len(named)} named accounts")


def _partition(wanted: pd.Series, listed: pd.Series) -> list[str]:
    """Return how `listed` fails to name every id of `wanted` exactly once."""
    missing, invented = sorted(set(wanted) - set(listed)), sorted(set(listed) - set(wanted))
    repeated = sorted(set(listed[listed.duplicated()]))
    told = (("missing", missing), ("not in the input", invented), ("more than once", repeated))
    return [f"{what}: {some(names)}" for what, names in told if names]


def _levels(evidence: Evidence) -> list[tuple[pd.DataFrame, pd.DataFrame, str]]:
    """Return input, output rows and key for accounts and for areas."""
    levels = []
    if evidence.folder.accounts is not None:
        levels.append((evidence.folder.accounts, evidence.accounts, "account_id"))
    if evidence.folder.units is not None:
        rows = evidence.areas.copy()
        # An area that was split is in no one territory.
        rows.loc[rows["unit_id"].isin(evidence.split_areas), "territory_id"] = SPLIT
        levels.append((evidence.folder.units, rows, "unit_id"))
    return levels


def _rules(evidence: Evidence, kind: str, key: str) -> pd.Series:
    """Return the territory that each rule of a kind names, by the id it speaks of; one entry per rule."""
    rules = evidence.folder.rules
    if rules is None or key not in rules:
        return pd.Series(dtype=object)
    speaks = rules[(rules["kind"] == kind) & (rules[key] != "")]
    seated = evidence.territories[evidence.territories["seat_id"] != ""]
    by_seat = seated.drop_duplicates("seat_id").set_index("seat_id")["territory_id"]
    named = speaks["territory_id"] if "territory_id" in speaks else pd.Series("", index=speaks.index)
    if "seat_id" in speaks:
        named = named.where(named != "", speaks["seat_id"].map(by_seat).fillna(""))
    known = named.isin(set(evidence.territories["territory_id"]))
    return pd.Series(named[known].to_numpy(), index=speaks[key][known])
