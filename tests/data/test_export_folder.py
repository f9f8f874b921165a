"""An output folder appears whole or not at all, and replaces nothing of anybody else's."""

import json
from pathlib import Path

import pytest

from data.export import check_out, is_output
from data.export.folder import PRODUCT, replaced_folder
from planner.errors import InvalidInput


def write(out: Path, inputs: Path, mark: str = "", **options: bool) -> None:
    with replaced_folder(out, inputs=inputs, **options) as folder:
        (folder / "run.json").write_text(json.dumps({"product": PRODUCT, "mark": mark}))


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    path = tmp_path / "inputs"
    path.mkdir()
    return path


def test_a_new_folder_is_made_with_its_parents(tmp_path: Path, inputs: Path) -> None:
    out = tmp_path / "deep" / "down" / "out"
    write(out, inputs)
    assert is_output(out)
    assert entries(out.parent) == ["out"]


def test_an_earlier_output_is_replaced_as_a_whole(tmp_path: Path, inputs: Path) -> None:
    out = tmp_path / "out"
    write(out, inputs, "first")
    (out / "quotas.csv").write_text("stale")
    write(out, inputs, "second")
    assert entries(out) == ["run.json"]
    assert json.loads((out / "run.json").read_text())["mark"] == "second"
    assert entries(tmp_path) == ["inputs", "out"]


def test_a_failure_while_writing_leaves_the_earlier_output(tmp_path: Path, inputs: Path) -> None:
    out = tmp_path / "out"
    write(out, inputs, "first")

    def fail_half_way() -> None:
        with replaced_folder(out, inputs=inputs) as folder:
            (folder / "assignments.csv").write_text("half of it")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power"):
        fail_half_way()
    assert json.loads((out / "run.json").read_text())["mark"] == "first"
    assert entries(tmp_path) == ["inputs", "out"]


def test_an_empty_folder_is_taken(tmp_path: Path, inputs: Path) -> None:
    (tmp_path / "out").mkdir()
    write(tmp_path / "out", inputs)
    assert is_output(tmp_path / "out")


def test_a_folder_with_other_files_is_refused_unless_told_otherwise(tmp_path: Path, inputs: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InvalidInput, match="not an earlier output"):
        write(out, inputs)
    assert entries(out) == ["thesis.txt"]
    write(out, inputs, overwrite=True)
    assert is_output(out)


def test_an_output_with_notes_of_its_reader_is_refused_by_name(tmp_path: Path, inputs: Path) -> None:
    out = tmp_path / "out"
    write(out, inputs)
    (out / "notes.txt").write_text("do not lose")
    with pytest.raises(InvalidInput, match=r"notes\.txt"):
        write(out, inputs)
    assert not is_output(out)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("up", [False, True])
def test_the_plan_folder_and_what_holds_it_are_never_replaced(
    inputs: Path, overwrite: bool, up: bool
) -> None:
    with pytest.raises(InvalidInput, match="plan folder itself"):
        check_out(inputs.parent if up else inputs, inputs=inputs, overwrite=overwrite)


def test_an_output_inside_the_plan_folder_is_allowed(inputs: Path) -> None:
    write(inputs / "out", inputs)
    assert is_output(inputs / "out")


@pytest.mark.parametrize("name", ["file", "file/out"])
def test_a_file_in_the_way_is_refused(tmp_path: Path, inputs: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput):
        write(tmp_path / name, inputs)
    assert entries(tmp_path) == ["file", "inputs"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"product": "another"}'])
def test_only_our_own_run_record_makes_an_output(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    assert not is_output(tmp_path)
