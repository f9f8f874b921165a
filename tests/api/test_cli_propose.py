"""``planner propose``: several whole plans, their numbers, and a chart to choose from."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from api.cli.exits import ExitCode

SMALL = ("--iterations", "30", "--seed", "7", "--target", "90000")


def planner(*arguments: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def write_folder(path: Path, n: int = 49, spike: float = 1.0) -> Path:
    """Write accounts on a grid whose current territories are uneven strips."""
    side = int(n**0.5)
    rows = ["account_id,latitude,longitude,potential,territory_id"]
    for i in range(n):
        row, column = divmod(i, side)
        potential = 10 + (7 * i) % 5
        owner = "N" if row > side * 0.7 else "S" if column > side * 0.4 else "W"
        rows.append(f"{i:03d},{42 + row / 10:.1f},{-93 + column / 10:.1f},{potential},{owner}")
    if spike > 1:
        rows.append(f"whale,42.05,-93.05,{spike},N")
    path.mkdir()
    (path / "accounts.csv").write_text("\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Result]:
    """A plan folder, the folder of its proposals, and what the command said."""
    root = tmp_path_factory.mktemp("proposals")
    folder, out = write_folder(root / "in"), root / "out"
    return folder, out, planner("propose", folder, "-b", "potential=0.3", *SMALL, "-o", out, "--json")


def test_every_proposal_is_a_whole_plan_that_holds(made: tuple[Path, Path, Result]) -> None:
    _, out, result = made
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["ok"]
    index = json.loads((out / "proposals.json").read_text())
    assert index["proposals"] == told["proposals"]
    assert 2 <= len(told["proposals"]) <= 7
    for row in told["proposals"]:
        audit = json.loads(planner("audit", out / row["folder"], "--json").stdout)
        assert audit["held"], audit
        run = json.loads((out / row["folder"] / "run.json").read_text())
        assert row["name"] in run["notes"][0]
        assert row["feasible"]
    assert told["current"]["disruption"] == 0.0


def test_no_proposal_dominates_another(made: tuple[Path, Path, Result]) -> None:
    points = [
        (row["balance"], row["travel"], row["disruption"]) for row in json.loads(made[2].stdout)["proposals"]
    ]
    for p, one in enumerate(points):
        for q, other in enumerate(points):
            assert p == q or any(a < b for a, b in zip(one, other, strict=True))


def test_plans_are_told_of_as_they_are_found(made: tuple[Path, Path, Result]) -> None:
    assert "Found (as asked, found quickly)" in made[2].stderr


def test_the_chart_is_one_file_that_names_every_plan(made: tuple[Path, Path, Result]) -> None:
    page = (made[1] / "proposals.html").read_text("utf-8")
    told = json.loads(made[2].stdout)
    assert "http" not in page
    assert "<script" not in page
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 3
    for drawing in drawings:
        tree = ElementTree.fromstring(drawing)
        links = [link.attrib["href"] for link in tree.iter("a")]
        assert links == [f"{row['folder']}/map.html" for row in told["proposals"]]
        assert all((made[1] / link).is_file() for link in links)
        assert all(link.attrib["aria-label"] for link in tree.iter("a"))
        assert len(list(tree.iter("polygon"))) == 1
    assert page.count("<tr>") == len(told["proposals"]) + 2


def test_an_earlier_folder_is_replaced_and_a_strange_one_is_not(
    made: tuple[Path, Path, Result], tmp_path: Path
) -> None:
    folder, out, _ = made
    again = planner("propose", folder, "-b", "potential=0.3", *SMALL, "-o", out)
    assert again.exit_code == 0, again.output
    assert "proposals.html" in again.stdout
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    refused = planner("propose", folder, *SMALL, "-o", tmp_path / "mine")
    assert refused.exit_code == ExitCode.BAD_INPUT
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep me"


def test_rules_that_cannot_hold_give_the_best_plan_and_their_own_code(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", 16, spike=5000)
    result = planner("propose", folder, "-b", "potential=0.1", *SMALL, "-o", tmp_path / "out", "--json")
    told = json.loads(result.stdout)
    assert result.exit_code == ExitCode.CANNOT_HOLD
    assert not told["ok"]
    assert len(told["proposals"]) == 1
    assert "whale" in result.stderr
    assert "No plan that keeps all rules" in (tmp_path / "out" / "proposals.html").read_text("utf-8")


def test_help_has_an_example() -> None:
    assert "planner propose FOLDER" in planner("propose", "--help").output
