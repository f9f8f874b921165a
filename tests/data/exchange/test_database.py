"""Tables straight from a real database: read only, limited, checked, and no secret in any message."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from data.exchange.database import Imported, ImportLimits, begin_reading, import_database
from data.exchange.database_url import Address
from data.exchange.statement import why_not_read_only
from data.read import read_folder
from data.read.report import Report
from planner.errors import InvalidInput, Problem
from tests.stores import empty_database_url

ACCOUNTS = (
    "SELECT id AS account_id, lat AS latitude, lon AS longitude, sales, owner AS territory_id FROM customers"
)
ROWS = [("007", 41.5, -93.5, 1234.567, "=T1"), ("a,b", 42.25, -92.0, 10, ""), ("ünï", 41.0, -91.0, 2.5, "T2")]
SECRET = "s3cr%t/@:"


@pytest.fixture(scope="module")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("db") / "sales data.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (id TEXT, lat REAL, lon REAL, sales NUMERIC, owner TEXT)")
        connection.executemany("INSERT INTO customers VALUES (?, ?, ?, ?, ?)", ROWS)
        connection.execute("CREATE TABLE history (account_id TEXT, day TEXT, amount REAL, photo BLOB)")
        connection.execute("INSERT INTO history VALUES ('007', '2025-03-01', 5.125, x'00')")
    connection.close()
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def postgres_url() -> str:
    url = str(empty_database_url("postgresql"))
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(
            text("CREATE TABLE customers (id text, lat float8, lon float8, sales numeric, owner text)")
        )
        for row in ROWS:
            connection.exec_driver_sql("INSERT INTO customers VALUES (%s, %s, %s, %s, %s)", row)
        connection.execute(text("CREATE TABLE history (account_id text, day date, amount numeric(12,3))"))
        connection.execute(text("INSERT INTO history VALUES ('007', '2025-03-01', 5.125)"))
        connection.execute(text("CREATE SEQUENCE counter"))
    engine.dispose()
    return url


def refused(url: str, queries: Mapping[str, str], out: Path, **options: object) -> list[Problem]:
    """Return the problems of an import that must not work, and that nothing was written."""
    with pytest.raises(InvalidInput) as caught:
        import_database(url, queries, out, **options)  # type: ignore[arg-type]
    assert not out.exists()
    assert not list(out.parent.iterdir()) or out.parent.name == "kept"
    return list(caught.value.problems)


def as_read(imported: Imported) -> list[tuple[object, ...]]:
    accounts = imported.folder.accounts
    assert accounts is not None
    columns = ["account_id", "latitude", "longitude", "sales", "territory_id"]
    return list(accounts[columns].itertuples(index=False, name=None))


class TestReads:
    @pytest.mark.parametrize("form", ["parquet", "csv"])
    @pytest.mark.parametrize("kind", ["sqlite_url", "postgres_url"])
    def test_a_table_comes_as_it_is(
        self, kind: str, form: str, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        url = request.getfixturevalue(kind)
        queries = {
            "accounts": ACCOUNTS + " ORDER BY id -- all;\n;",
            "history": "SELECT account_id, day AS period, amount FROM history",
        }
        found = import_database(url, queries, tmp_path / "plan", form=form)  # type: ignore[arg-type]
        assert sorted(as_read(found)) == sorted(ROWS)
        assert found.rows == {"accounts": 3, "history": 1}
        assert found.folder.path == tmp_path / "plan"
        assert found.folder.history is not None
        assert found.folder.history["amount_cents"].tolist() == [512]
        assert not [p for p in found.problems if "thousands" in p.why], "numbers leave no doubt"
        assert {path.name for path in (tmp_path / "plan").iterdir()} == {
            f"accounts.{form}",
            f"history.{form}",
        }
        again = read_folder(tmp_path / "plan")
        assert again.accounts is not None
        assert again.fingerprints == found.folder.fingerprints

    @pytest.mark.parametrize("kind", ["sqlite_url", "postgres_url"])
    def test_percent_signs_and_colons_are_meant(
        self, kind: str, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        query = f"{ACCOUNTS} WHERE id LIKE '0%' AND id <> ':x %s'"
        found = import_database(request.getfixturevalue(kind), {"accounts": query}, tmp_path / "plan")
        assert found.rows == {"accounts": 1}

    def test_other_files_of_the_folder_stay_and_are_checked_too(
        self, sqlite_url: str, tmp_path: Path
    ) -> None:
        out = tmp_path / "kept" / "plan"
        out.mkdir(parents=True)
        (out / "plan.toml").write_text('name = "Kept"\n')
        found = import_database(sqlite_url, {"accounts": ACCOUNTS}, out)
        assert found.folder.scenario.name == "Kept"
        with pytest.raises(InvalidInput, match=r"accounts\.parquet already"):
            import_database(sqlite_url, {"accounts": ACCOUNTS}, out)
        (out / "history.csv").write_text("account_id,period,amount\nnobody,2025,much\n")
        before = {path.name: path.read_bytes() for path in out.iterdir()}
        with pytest.raises(InvalidInput, match="amount"):
            import_database(sqlite_url, {"accounts": ACCOUNTS}, out, overwrite=True)
        assert {path.name: path.read_bytes() for path in out.iterdir()} == before


class TestRefuses:
    @pytest.mark.parametrize(
        "statement",
        [
            "",
            "  -- nothing\n",
            "DROP TABLE customers",
            "SELECT 1; DROP TABLE customers",
            "SELECT 1;;",
            "WITH gone AS (DELETE FROM customers RETURNING *) SELECT * FROM gone",
            "SELECT * INTO stolen FROM customers",
            "PRAGMA writable_schema = 1",
            "EXPLAIN SELECT 1",
            "; SELECT 1",
            "SELECT 'open",
            "SELECT 1 /* a */ ; -- b\n UPDATE customers SET id = 1",
            "ATTACH 'x' AS y",
            "SELECT 1 /* open",
            "SELECT a[1",
            "SELECT $a$ open",
            "SELECT " + "/*" * 40_000,
            "x" * 200_000,
        ],
    )
    def test_more_or_other_than_one_select(self, statement: str, sqlite_url: str, tmp_path: Path) -> None:
        (fault,) = refused(sqlite_url, {"accounts": statement}, tmp_path / "plan")
        assert (fault.code, fault.column) == ("statement", "accounts")

    @pytest.mark.parametrize(
        "statement",
        [
            "select 'drop table x; --' as a",
            'SELECT "update", [delete] FROM `insert`',
            "WITH a AS (SELECT 1) SELECT * FROM a;  -- done\n",
            "(SELECT 1) UNION (SELECT 2)",
            "SELECT $$; drop table$$, $a$ ; $a$",
            "SELECT replace(a, 'x', 'y'), updated_at FROM t",
            "SELECT a[1], $1, b / c * d FROM t /* done */",
        ],
    )
    def test_but_not_words_in_quotation_marks(self, statement: str) -> None:
        assert why_not_read_only(statement) is None

    def test_writing_through_a_function(self, postgres_url: str, tmp_path: Path) -> None:
        query = "SELECT nextval('counter')::text AS account_id, 41.0 AS latitude, -93.0 AS longitude"
        (fault,) = refused(postgres_url, {"accounts": query}, tmp_path / "plan")
        assert "read-only" in fault.why
        sly = "SELECT set_config('transaction_read_only', 'off', false) AS account_id"
        (fault,) = refused(postgres_url, {"accounts": sly}, tmp_path / "plan")
        assert "read-only" in fault.why or "read-write" in fault.why

    def test_too_many_rows_bytes_and_seconds(
        self, sqlite_url: str, postgres_url: str, tmp_path: Path
    ) -> None:
        endless = "WITH RECURSIVE n(account_id) AS (SELECT 1 UNION ALL SELECT account_id + 1 FROM n) SELECT * FROM n"
        for limits, told in (
            (ImportLimits(rows=2), "2 rows"),
            (ImportLimits(size_bytes=5), "MiB"),
        ):
            (fault,) = refused(sqlite_url, {"accounts": ACCOUNTS}, tmp_path / "plan", limits=limits)
            assert told in fault.why
        for url in (sqlite_url, postgres_url):
            short = ImportLimits(seconds=0.2)
            query = f"SELECT count(*) AS account_id FROM ({endless}) AS x"
            (fault,) = refused(url, {"accounts": query}, tmp_path / "plan", limits=short)
            assert fault.code == "timeout", fault

    def test_values_that_are_no_cells(self, sqlite_url: str, tmp_path: Path) -> None:
        (fault,) = refused(sqlite_url, {"history": "SELECT * FROM history"}, tmp_path / "plan")
        assert "photo" in fault.why
        (fault,) = refused(sqlite_url, {"history": "SELECT amount, amount FROM history"}, tmp_path / "plan")
        assert "more than once" in fault.why
        (fault,) = refused(sqlite_url, {"accounts": f"{ACCOUNTS} WHERE 1 = 0"}, tmp_path / "plan")
        assert "no rows" in fault.why

    def test_what_the_reader_refuses_is_told_as_always_and_nothing_is_written(
        self, sqlite_url: str, tmp_path: Path
    ) -> None:
        query = "SELECT id AS account_id, 91.5 AS latitude, lon AS longitude FROM customers"
        problems = refused(sqlite_url, {"accounts": query}, tmp_path / "plan")
        assert {(p.code, p.column) for p in problems} >= {("latitude_range", "latitude")}

    def test_unknown_tables_and_no_query(self, sqlite_url: str, tmp_path: Path) -> None:
        (fault,) = refused(sqlite_url, {"acounts": "SELECT 1"}, tmp_path / "plan")
        assert "accounts" in fault.why
        assert [p.code for p in refused(sqlite_url, {}, tmp_path / "plan")] == ["no_query"]


class TestAddress:
    @pytest.mark.parametrize(
        ("url", "code"),
        [
            ("nonsense", "database_url"),
            ("mssql+pyodbc://sa:hunter2@host/db", "database_kind"),
            ("mysql+nodriver://u:hunter2@host/db", "database_driver"),
            ("sqlite:///none.db", "database_file"),
            ("sqlite://", "database_file"),
            ("postgresql://u:hunter2@127.0.0.1:1/db?sslpassword=hunter3", "database"),
        ],
    )
    def test_what_cannot_be_reached_is_told_without_the_password(
        self, url: str, code: str, tmp_path: Path
    ) -> None:
        (fault,) = refused(url, {"accounts": "SELECT 1 AS account_id"}, tmp_path / "plan")
        assert fault.code == code
        assert "hunter" not in str(fault)
        assert "hunter" not in repr(fault)

    def test_a_wrong_table_name_shows_neither_password_nor_url(
        self, postgres_url: str, tmp_path: Path
    ) -> None:
        (fault,) = refused(
            postgres_url, {"accounts": "SELECT * FROM nowhere"}, tmp_path / "plan", password=SECRET
        )
        assert "nowhere" in fault.why
        assert SECRET not in str(fault)

    def test_secrets_are_hidden_in_every_spelling(self) -> None:
        url = make_url("postgresql://ann@db/sales?passfile=/home/ann/.pgpass").set(password=SECRET)
        full = url.render_as_string(hide_password=False)
        address = Address(full)
        told = address.masked(f"{full} and {SECRET} and s3cr%25t%2F%40%3A and /home/ann/.pgpass")
        assert "s3cr" not in told
        assert ".pgpass" not in told
        assert "s3cr" not in f"{address!s}{address!r}"
        assert "ann" in str(address)

    def test_a_missing_file_is_not_made_and_one_that_is_there_cannot_be_written(
        self, sqlite_url: str, tmp_path: Path
    ) -> None:
        refused(f"sqlite:///{tmp_path}/new.db", {"accounts": "SELECT 1"}, tmp_path / "plan")
        assert not (tmp_path / "new.db").exists()

    def test_a_service_can_leave_files_out(self, sqlite_url: str, tmp_path: Path) -> None:
        limits = ImportLimits(dialects=("postgresql",))
        (fault,) = refused(sqlite_url, {"accounts": ACCOUNTS}, tmp_path / "plan", limits=limits)
        assert fault.code == "database_kind"


class TestFences:
    """Each of the fences against writing holds without the others."""

    def engine(self, url: str) -> Engine:
        engine = Address(url).engine(Report(), 30)
        assert engine is not None
        return engine

    def test_a_file_is_opened_for_reading(self, sqlite_url: str) -> None:
        engine = self.engine(sqlite_url)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA query_only = OFF")
            with pytest.raises(DBAPIError, match="readonly"):
                connection.exec_driver_sql("DELETE FROM customers")
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA query_only").scalar() == 1

    def test_a_session_is_opened_for_reading(self, postgres_url: str) -> None:
        with self.engine(postgres_url).connect() as connection, pytest.raises(DBAPIError, match="read-only"):
            connection.exec_driver_sql("DELETE FROM customers")

    def test_the_transaction_is_begun_for_reading(self, postgres_url: str) -> None:
        with self.engine(postgres_url).connect() as connection:
            connection.exec_driver_sql("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
            connection.commit()
            begin_reading(connection)
            with pytest.raises(DBAPIError, match="read-only"):
                connection.exec_driver_sql("DELETE FROM customers")
