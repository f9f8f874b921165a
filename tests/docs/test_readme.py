"""Documents cannot rot: code runs, and every command, setting and exit code is written down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.exits import ExitCode
from api.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = [
    pytest.param(code, id=f"{document.name}:{position}")
    for document in DOCUMENTS
    for position, code in enumerate(
        re.findall(r"^```python\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    )
]
PLANNER_LINES = sorted(
    {
        line.strip()
        for document in DOCUMENTS
        for block in re.findall(r"^```sh\n(.*?)^```", document.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for line in block.replace("\\\n", " ").splitlines()
        if "bin/planner" in line
    }
)


@pytest.mark.parametrize("code", PYTHON)
def test_python_examples_run(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(code, "example", "exec"), {"__name__": "example"})


def test_there_is_a_python_example_in_the_readme() -> None:
    assert "```python" in README


def test_the_readme_names_all_commands_there_are() -> None:
    told = set(re.findall(r"`planner (\w+)", README))
    assert told == set(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("line", PLANNER_LINES)
def test_command_lines_in_the_documents_name_options_that_exist(line: str) -> None:
    words = re.findall(r"\S+", line.split("bin/planner", 1)[1])
    group = getattr(get_command(app), "commands", {}).get(words[0])
    command = words[: 2 if words[1:] and words[1] in getattr(group, "commands", {}) else 1]
    help_text = CliRunner().invoke(app, [*command, "--help"]).output
    for option in re.findall(r"(?<=\s)--?[a-z][a-z-]*", line.split("bin/planner", 1)[1]):
        assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", help_text), (
            f"{option} is no option: {line}"
        )


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_in_the_readme_with_its_description(name: str) -> None:
    row = re.search(rf"^\| `PLANNER_{name.upper()}` \| .* \| (.*) \|$", README, re.MULTILINE)
    assert row is not None, f"PLANNER_{name.upper()} is missing"
    assert row[1] == Settings.model_fields[name].description


@pytest.mark.parametrize("code", list(ExitCode))
def test_every_exit_code_is_in_the_readme(code: ExitCode) -> None:
    assert re.search(rf"^\| {code.value} \| ", README, re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []
