"""Plan folders: what may be uploaded, what is refused and why, what a check finds."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ACCOUNTS = b"account_id,latitude,longitude,sales\nA1,41.5,-93.5,100\nA2,41.6,-93.4,200\n"


def zip_of(files: dict[str, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def upload(service: Any, files: dict[str, bytes], name: str = "Mine") -> Any:
    parts = [("files", (file, content, "application/octet-stream")) for file, content in files.items()]
    return service.http.post("/api/folders", files=parts, data={"name": name})


def refused(answer: Any, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:planner:error:{kind}"
    assert body["problems"][0]["what_to_do"]
    return body


def nothing_left(service: Any) -> bool:
    root: Path = service.app.state.services.settings.workspace
    listed = [f["source"] for f in service.http.get("/api/folders").json()]
    return (
        "upload" not in listed
        and not list((root / "scratch").iterdir())
        and not [p for p in root.rglob("*") if p.name == "accounts.csv" and "trees" not in p.parts]
    )


def _files(folder: Path) -> list[Path]:
    """Return every file but those of the database, which come and go."""
    return sorted(path for path in folder.rglob("*") if not path.name.startswith("planner.db"))


def test_samples_are_listed(service: Any) -> None:
    (sample,) = service.http.get("/api/folders").json()
    assert (sample["id"], sample["source"], sample["added"]) == ("grid", "sample", None)
    assert "accounts.csv" in sample["files"]
    assert service.http.get("/api/folders/grid").json() == sample


def test_files_become_a_folder(service: Any) -> None:
    answer = upload(service, {"accounts.csv": ACCOUNTS, "plan.toml": b"territories = 2\n"}, name="Fall plan")
    assert answer.status_code == 201
    folder = answer.json()
    assert folder["name"] == "Fall plan"
    assert folder["id"].startswith("fall-plan-")
    assert folder["files"] == ["accounts.csv", "plan.toml"]
    assert service.http.get("/api/folders").json()[0] == folder


def test_a_check_says_what_a_folder_holds(service: Any) -> None:
    check = service.http.get("/api/folders/grid/check").json()
    assert check["usable"]
    assert (check["accounts"], check["areas"], check["territories"]) == (60, 24, 4)
    assert {m["name"]: m["above"] for m in check["measures"]}["sales"] == 0.6
    assert check["history"] == ["2021-01", "2021-12"]
    assert check["has_current"]
    assert check["target_cents"] == 150_000_000


def test_a_check_says_whether_rules_can_hold_together(service: Any) -> None:
    plan = b"territories = 2\n[measures.accounts]\nmax = 2\n"
    six = ACCOUNTS + b"".join(b"A%d,41.%d,-93.3,150\n" % (i, i) for i in range(3, 7))
    folder = upload(service, {"accounts.csv": six, "plan.toml": plan}).json()
    where = f"/api/folders/{folder['id']}/check"
    assert service.http.get(where).json()["rules"] is None
    rules = service.http.get(where, params={"seconds": 30}).json()["rules"]
    assert rules["hold"] is False
    assert "may hold at most 4 of accounts" in rules["conflict"]
    assert [rule["kind"] for rule in rules["rules"]] == ["limit"]
    assert "from 2 to 3" in rules["relaxations"][0]["text"]
    assert rules["relaxations"][0]["price"] > 0
    assert service.http.get(where, params={"seconds": 61}).status_code == 422


def test_a_check_lists_every_problem_with_its_cell(service: Any) -> None:
    bad = b"account_id,latitude,longitude,sales\nA1,91.2,-93.5,100\nA1,41.6,-93.4,many\n"
    folder = upload(service, {"accounts.csv": bad}).json()
    check = service.http.get(f"/api/folders/{folder['id']}/check").json()
    assert not check["usable"]
    cells = {(p["file"], p["row"], p["column"]) for p in check["problems"]}
    assert ("accounts.csv", 2, "latitude") in cells
    assert ("accounts.csv", 3, "sales") in cells
    assert all(p["why"] and p["what_to_do"] for p in check["problems"])


@pytest.mark.parametrize("top", ["", "my folder/"])
def test_a_zip_file_is_unpacked(service: Any, top: str) -> None:
    packed = zip_of(
        {
            f"{top}accounts.csv": ACCOUNTS,
            f"{top}plan.toml": b"territories = 2\n",
            "__MACOSX/._x": b"",
            f"{top}.DS_Store": b"",
        }
    )
    answer = upload(service, {"folder.zip": packed})
    assert answer.status_code == 201, answer.text
    assert answer.json()["files"] == ["accounts.csv", "plan.toml"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../accounts.csv",
            "../../etc/passwd",
            "/etc/passwd",
            "a/b/accounts.csv",
            "..",
            "a\\..\\b.csv",
            "C:x.csv",
        ),
        *(".hidden", "nul.csv", "accounts.csv.", "tab\there.csv", "x" * 200 + ".csv"),
    ],
)
def test_names_that_lead_elsewhere_are_refused(service: Any, tmp_path: Path, name: str) -> None:
    before = _files(tmp_path)
    refused(upload(service, {"folder.zip": zip_of({"accounts.csv": ACCOUNTS, name: b"x"})}), 400, "file-name")
    assert nothing_left(service)
    assert _files(tmp_path) == before


def test_a_link_is_refused(service: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("accounts.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    refused(upload(service, {"folder.zip": buffer.getvalue()}), 400, "link")
    assert nothing_left(service)


def test_a_zip_bomb_is_stopped_while_it_unpacks(serve: Callable[..., Any]) -> None:
    service = serve(max_unpacked_bytes=1_000_000)
    bomb = zip_of({"accounts.csv": bytes(30_000_000)})
    assert len(bomb) < 100_000
    refused(upload(service, {"bomb.zip": bomb}), 413, "too-large")
    assert nothing_left(service)


def test_too_many_files_are_refused(serve: Callable[..., Any]) -> None:
    service = serve(max_files=3)
    refused(upload(service, {"x.zip": zip_of({f"{n}.csv": b"" for n in range(4)})}), 413, "too-many-files")
    assert nothing_left(service)


def test_an_upload_above_the_limit_is_refused_before_and_while_it_comes(serve: Callable[..., Any]) -> None:
    service = serve(max_upload_bytes=10_000)
    assert upload(service, {"accounts.csv": bytes(20_000)}).status_code == 413
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.csv"\r\n\r\n' + bytes(20_000)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    chunks = iter([body[k : k + 4000] for k in range(0, len(body), 4000)])
    answer = service.http.post("/api/folders", content=chunks, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:planner:error:too-large")
    assert nothing_left(service)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"not a zip at all"])
def test_a_broken_archive_is_refused(service: Any, content: bytes) -> None:
    refused(upload(service, {"folder.zip": content}), 400, "broken-archive")
    assert nothing_left(service)


def test_a_damaged_entry_is_refused_and_leaves_nothing(service: Any) -> None:
    packed = bytearray(zip_of({"accounts.csv": ACCOUNTS * 50}))
    packed[60] ^= 0xFF
    assert upload(service, {"folder.zip": bytes(packed)}).status_code == 400
    assert nothing_left(service)


def test_the_same_name_twice_is_refused(service: Any) -> None:
    refused(upload(service, {"accounts.csv": ACCOUNTS, "ACCOUNTS.csv": ACCOUNTS}), 400, "file-twice")


def test_an_empty_zip_file_is_refused(service: Any) -> None:
    refused(upload(service, {"folder.zip": zip_of({})}), 400, "empty-upload")


def test_an_upload_is_deleted_unless_a_plan_uses_it(serve: Callable[..., Any]) -> None:
    service = serve("impossible")
    free = upload(service, {"accounts.csv": ACCOUNTS}).json()["id"]
    used = upload(service, {"accounts.csv": ACCOUNTS}).json()["id"]
    plan = service.plan(folder_id=used)
    service.ended(plan["id"])
    assert service.http.delete(f"/api/folders/{free}").status_code == 204
    assert service.http.get(f"/api/folders/{free}").status_code == 404
    kept = service.http.delete(f"/api/folders/{used}")
    assert (kept.status_code, kept.json()["type"]) == (409, "urn:planner:error:folder-in-use")
    assert service.http.delete(f"/api/plans/{plan['id']}").status_code == 204
    assert service.http.delete(f"/api/folders/{used}").status_code == 204
