"""Columns that were settled once are remembered, proposed again, and honoured by the reader."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.exchange.mapping import MOST_REMEMBERED, MappingBook, Settled, signature
from data.exchange.plan_columns import with_columns, write_columns
from data.read import read_folder
from data.schema import TABLES
from planner.errors import InvalidInput

HEADERS = ["Kundennr.", "Breite", "Länge", "Umsatz €", "Notes"]
SETTLED = {"account_id": "Kundennr.", "latitude": "Breite", "longitude": "Länge", "revenue": "Umsatz €"}
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)


def how(book: MappingBook, headers: list[str], table: str = "accounts") -> dict[str, tuple[str, str]]:
    return {c.name: (c.header, c.how) for c in book.proposed(table, headers).columns if c.header}


class TestProposed:
    def test_what_the_reader_knows_needs_no_memory(self) -> None:
        proposal = MappingBook().proposed(
            "accounts", ["Id", "BillingLatitude", "BillingLongitude", "Owner", "x"]
        )
        assert proposal.settled
        assert how(MappingBook(), ["Id", "BillingLatitude", "BillingLongitude", "Owner", "x"]) == {
            "account_id": ("Id", "name"),
            "latitude": ("BillingLatitude", "name"),
            "longitude": ("BillingLongitude", "name"),
            "territory_id": ("Owner", "guess"),
        }
        assert proposal.others == ("x",)

    def test_what_is_only_alike_is_to_be_confirmed(self) -> None:
        proposal = MappingBook().proposed("accounts", ["acount_idd", "lat", "lon"])
        assert {c.name: c.how for c in proposal.columns}["account_id"] == "near"
        assert not proposal.settled

    def test_ambiguous_and_missing_columns_are_told(self) -> None:
        proposal = MappingBook().proposed("accounts", ["id", "account", "lat", "lon"])
        assert not proposal.settled
        assert "ambiguous_column" in {p.code for p in proposal.problems}
        missing = MappingBook().proposed("adjacency", ["unit"])
        assert not missing.settled
        assert {p.column for p in missing.problems} == {"neighbour_id"}

    @given(st.sampled_from(sorted(TABLES)), st.lists(st.text(max_size=8), max_size=6))
    def test_any_headers_give_a_proposal(self, table: str, headers: list[str]) -> None:
        proposal = MappingBook().proposed(table, headers)
        used = [column.header for column in proposal.columns if column.header]
        assert len(set(used)) == len(used)
        assert {*used, *proposal.others} <= set(headers)


class TestRemembered:
    def test_a_settled_mapping_comes_back_in_any_order_of_columns(self) -> None:
        book = MappingBook().learnt("accounts", HEADERS, SETTLED, ["Notes"])
        proposal = book.proposed("accounts", HEADERS[::-1])
        assert proposal.mapping() == SETTLED
        assert proposal.ignored == ("Notes",)
        assert proposal.settled
        assert {c.how for c in proposal.columns if c.header} == {"remembered"}

    def test_a_similar_table_borrows_from_it(self) -> None:
        book = MappingBook().learnt("accounts", HEADERS, SETTLED)
        assert how(book, [*HEADERS, "New"]) == {name: (h, "remembered") for name, h in SETTLED.items()}
        assert how(book, HEADERS, "units") == {}

    def test_the_latest_word_counts_and_can_be_forgotten(self) -> None:
        book = MappingBook().learnt("accounts", HEADERS, SETTLED)
        later = book.learnt("accounts", HEADERS, {"account_id": "Notes"})
        assert later.proposed("accounts", HEADERS).mapping() == {"account_id": "Notes"}
        assert book.proposed("accounts", HEADERS).mapping() == SETTLED
        assert later.without("accounts", HEADERS) == MappingBook()

    @pytest.mark.parametrize(
        ("columns", "ignored", "told"),
        [
            ({"account_id": "nowhere"}, [], "no column 'nowhere'"),
            ({"account_id": "Notes"}, ["Notes"], "more than once"),
            ({"ignore": "Notes"}, [], "no column 'ignore'"),
            ({"account_id": "x" * 2000}, [], "more than 1,000"),
        ],
    )
    def test_what_cannot_be_is_not_remembered(
        self, columns: dict[str, str], ignored: list[str], told: str
    ) -> None:
        with pytest.raises(ValueError, match=told):
            MappingBook().learnt("accounts", HEADERS, columns, ignored)
        with pytest.raises(ValueError, match="seats has no column 'revenue'"):
            MappingBook().learnt("seats", HEADERS, {"revenue": "Notes"})
        with pytest.raises(KeyError):
            MappingBook().learnt("nothing", HEADERS, {})

    def test_it_is_plain_values_and_forgets_the_oldest(self) -> None:
        book = MappingBook().learnt("accounts", HEADERS, SETTLED, ["Notes"])
        assert MappingBook.from_dict(json.loads(json.dumps(book.as_dict()))) == book
        for n in range(MOST_REMEMBERED):
            book = book.learnt("accounts", [f"h{n}"], {"account_id": f"h{n}"})
        assert len(book.entries) == MOST_REMEMBERED
        assert book.remembered("accounts", HEADERS) is None

    def test_what_is_no_book_is_refused_and_spoilt_entries_are_forgotten(self) -> None:
        for value in ({}, {"format": 2, "mappings": []}, {"format": 1, "mappings": {}}):
            with pytest.raises(ValueError, match="no book"):
                MappingBook.from_dict(value)
        good = {"table": "accounts", "signature": "s", "columns": {"a": "b"}, "ignored": []}
        bad = [3, {**good, "table": "x"}, {**good, "columns": {"a": 1}}, {**good, "ignored": "x"}]
        found = MappingBook.from_dict({"format": 1, "mappings": [good, *bad]})
        assert list(found.entries) == [("accounts", "s")]

    @given(st.lists(st.text(max_size=5)), st.randoms(use_true_random=False))
    def test_the_order_of_headers_says_nothing(self, headers: list[str], random: object) -> None:
        shuffled = list(headers)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        assert signature(shuffled) == signature(headers)


class TestPlanFile:
    def test_the_reader_honours_what_was_written(self, tmp_path: Path) -> None:
        rows = [
            "Kundennr.;Breite;Länge;Umsatz €;Notes",
            "007;41,5;-93,5;1.000,50;x",
            "8;41,6;-93,4;2.000,25;y",
        ]
        (tmp_path / "accounts.csv").write_text("\n".join(rows) + "\n", "utf-8")
        (tmp_path / "plan.toml").write_text('# mine\nname = "Nord"  # north\n\n[measures]\nrevenue = 0.2\n')
        with pytest.raises(InvalidInput):
            read_folder(tmp_path)
        write_columns(tmp_path, {"accounts": Settled(SETTLED, ("Notes",))})
        folder = read_folder(tmp_path)
        assert folder.accounts is not None
        assert folder.accounts["account_id"].tolist() == ["007", "8"]
        assert folder.account_measures == ("revenue",)
        assert folder.scenario.name == "Nord"
        assert "# north" in (tmp_path / "plan.toml").read_text()
        once = (tmp_path / "plan.toml").read_text()
        write_columns(tmp_path, {"accounts": Settled(SETTLED, ("Notes",))})
        assert (tmp_path / "plan.toml").read_text() == once
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []

    def test_a_part_that_is_there_is_replaced_and_others_stay(self) -> None:
        text = (
            '[columns.accounts] # old\nname = "N"\nignore = [\n  "a",\n]\n\n'
            '[columns.seats]\nseat_id = "S"\n[quota]\nyear = 2026\n'
        )
        changed = with_columns(text, {"accounts": Settled({"name": 'It\'s "x"\\\t'})})
        assert tomllib.loads(changed) == {
            "columns": {"seats": {"seat_id": "S"}, "accounts": {"name": 'It\'s "x"\\\t'}},
            "quota": {"year": 2026},
        }
        assert tomllib.loads(with_columns(text, {"accounts": Settled(), "seats": Settled()})) == {
            "quota": {"year": 2026}
        }

    @given(st.dictionaries(TEXT, TEXT, max_size=4), st.lists(TEXT, max_size=3))
    def test_any_header_survives(self, columns: dict[str, str], ignored: list[str]) -> None:
        one = Settled({name: header for name, header in columns.items() if name != "ignore"}, tuple(ignored))
        found = tomllib.loads(with_columns("seed = 1\n", {"accounts": one}))
        expected = {**one.columns, **({"ignore": ignored} if ignored else {})}
        assert found == ({"seed": 1, "columns": {"accounts": expected}} if expected else {"seed": 1})

    @pytest.mark.parametrize(
        "text",
        [
            "not toml",
            'columns = { accounts = { name = "N" } }',
            'columns.accounts.name = "N"',
            '[columns]\naccounts.name = "N"',
        ],
    )
    def test_a_file_that_cannot_be_changed_is_left_as_it_is(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "plan.toml").write_text(text)
        with pytest.raises(InvalidInput, match=r"TOML|tables"):
            write_columns(tmp_path, {"accounts": Settled({"name": "M"})})
        assert (tmp_path / "plan.toml").read_text() == text
