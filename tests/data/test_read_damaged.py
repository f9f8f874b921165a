"""Damaged plan folders: each is told with its place, none crashes, all faults come at once."""

from __future__ import annotations

import pickle
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.read import read_folder
from planner.errors import InvalidInput, Severity
from tests.data.damaged.kinds import DAMAGES
from tests.data.damaged.kit import FILES, Damage, both, cell, good_folder, problems_of


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.kind)
def test_damage_is_told_with_its_place(damage: Damage, tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    damage.change(folder)
    before = sorted(path.name for path in folder.iterdir())
    found = problems_of(folder)
    told = [(p.code, p.file, p.row, p.column, p.value, p.severity, p.count) for p in found]
    expected = (
        damage.code,
        damage.file,
        damage.row,
        damage.column,
        damage.value,
        damage.severity,
        damage.count,
    )
    assert expected in told
    assert all(problem.why.endswith((".", "?")) and problem.what_to_do.endswith(".") for problem in found)
    assert sorted(path.name for path in folder.iterdir()) == before


def test_every_kind_of_damage_has_its_own_name() -> None:
    kinds = [damage.kind for damage in DAMAGES]
    assert len(set(kinds)) == len(kinds) >= 45


def test_a_good_folder_has_nothing_to_tell(tmp_path: Path) -> None:
    folder = read_folder(good_folder(tmp_path / "plan"))
    assert folder.problems == ()
    assert folder.fingerprints.keys() == {*FILES, "units.geojson"}


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    both(
        cell("accounts.csv", 2, "latitude", "abc"),
        cell("accounts.csv", 3, "potential", "-1"),
        cell("seats.csv", 2, "region", "nowhere"),
        cell("history.csv", 2, "period", "soon"),
        cell("rules.csv", 2, "kind", "magic"),
    )(folder)
    with pytest.raises(InvalidInput) as caught:
        read_folder(folder)
    codes = {problem.code for problem in caught.value.problems}
    assert codes >= {"not_a_number", "negative_measure", "unknown_node", "not_period", "unknown_rule"}
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems


def test_equal_problems_are_folded_into_one_with_examples(tmp_path: Path) -> None:
    rows = "".join(f"A{i},{91 + i},0,1\n" for i in range(100, 130))
    (tmp_path / "accounts.csv").write_text("account_id,latitude,longitude,potential\n" + rows)
    found = [problem for problem in problems_of(tmp_path) if problem.code == "latitude_range"]
    assert len(found) == 1
    assert found[0].count == 30
    assert found[0].row == 2
    assert "row 3 ('192')" in found[0].why


def test_twenty_equal_problems_are_told_one_by_one(tmp_path: Path) -> None:
    rows = "".join(f"A{i},{91 + i},0,1\n" for i in range(100, 120))
    (tmp_path / "accounts.csv").write_text("account_id,latitude,longitude,potential\n" + rows)
    found = [problem for problem in problems_of(tmp_path) if problem.code == "latitude_range"]
    assert [problem.row for problem in found] == list(range(2, 22))


def test_a_path_that_is_no_folder_is_told(tmp_path: Path) -> None:
    file = tmp_path / "accounts.csv"
    file.write_text(FILES["accounts.csv"])
    assert [problem.code for problem in problems_of(file)] == ["not_a_folder"]
    assert [problem.code for problem in problems_of(tmp_path / "nothing")] == ["no_folder"]


def zipped(folder: Path, inside: str = "") -> Path:
    """Return a zip of a folder, its files under the path `inside`."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, f"{inside}{file.name}")
    return path


@pytest.mark.parametrize("inside", ["", "plan/"])
def test_a_zipped_folder_reads_like_the_folder(inside: str, tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    plain, packed = read_folder(folder), read_folder(zipped(folder, inside))
    assert packed.accounts.equals(plain.accounts)
    assert packed.fingerprints == plain.fingerprints
    assert packed.path == tmp_path / "plan.zip"


@pytest.mark.parametrize(
    "name", ["../escaped.csv", "/escaped.csv", "a/../../escaped.csv", "..\\escaped.csv", "C:/x.csv"]
)
def test_a_zip_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    path = zipped(good_folder(tmp_path / "inside" / "plan"))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(zipfile.ZipInfo(name), "gotcha")
    problem = problems_of(path)[0]
    assert (problem.code, problem.file) == ("unsafe_archive", "plan.zip")
    assert not list(tmp_path.rglob("*escaped*"))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = zipped(good_folder(tmp_path / "plan"))
    link = zipfile.ZipInfo("seats_link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    assert [problem.code for problem in problems_of(path)] == ["unsafe_archive"]


def test_zip_bombs_and_broken_zips_are_refused(tmp_path: Path) -> None:
    bomb = zipped(good_folder(tmp_path / "plan"))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("history.parquet", b"0" * (40 << 20))
    assert [problem.code for problem in problems_of(bomb)] == ["zip_bomb"]
    many = tmp_path / "many.zip"
    with zipfile.ZipFile(many, "w") as archive:
        for i in range(1001):
            archive.writestr(f"{i}.csv", "")
    assert [problem.code for problem in problems_of(many)] == ["zip_bomb"]
    broken = tmp_path / "broken.zip"
    broken.write_bytes(bomb.read_bytes()[:2000])
    assert [problem.code for problem in problems_of(broken)] == ["broken_archive"]


def test_a_table_that_cannot_be_read_is_not_missed_by_others(tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    (folder / "units.geojson").write_text("{")
    errors = [p.code for p in problems_of(folder) if p.severity is Severity.ERROR]
    assert errors == ["broken_shapes"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    file=st.sampled_from([*FILES, "units.geojson"]),
    place=st.floats(0, 1),
    junk=st.binary(max_size=12) | st.text(',;"\n\r\t.-0123456789eE{}[]=#', max_size=12).map(str.encode),
    lost=st.integers(0, 40),
)
def test_no_damage_crashes(file: str, place: float, junk: bytes, lost: int, tmp_path: Path) -> None:
    folder = good_folder(tmp_path / "plan")
    data = (folder / file).read_bytes()
    at = int(place * len(data))
    (folder / file).write_bytes(data[:at] + junk + data[at + lost :])
    assert all(problem.why and problem.what_to_do and problem.code for problem in problems_of(folder))
