"""The commands that serve pages: they say where, answer there, and end with Ctrl-C."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.cli.demo import free_port
from api.cli.serve import listen, settings_from, url_of


@contextmanager
def running(*arguments: str) -> Iterator[str]:
    """Run a command until it says an address, give the address, then press Ctrl-C and expect a clean end."""
    command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        assert process.stderr is not None
        said = ""
        try:
            for line in process.stderr:
                said += line
                if found := re.search(r"http://\S+", line):
                    yield found[0]
                    break
            else:
                pytest.fail(said)
        finally:
            process.send_signal(signal.SIGINT)
            said += process.stderr.read()
    assert process.returncode == 0, said


def test_serve_answers_where_it_says(tmp_path: Path) -> None:
    with running("serve", "--port", "0", "--workspace", str(tmp_path / "new")) as url:
        assert httpx.get(f"{url}api/plans").json() == []
        assert httpx.get(url).headers["content-type"].startswith("text/html")
    assert (tmp_path / "new").is_dir()


def test_demo_plans_the_sample_and_shows_its_page(tmp_path: Path) -> None:
    arguments = ("demo", "--no-browser", "--port", "0", "--iterations", "1", "--workspace", str(tmp_path))
    with running(*arguments) as page:
        plan_id = page.rsplit("/", 1)[1]
        assert httpx.get(page, headers={"accept": "text/html"}).status_code == 200
        plan = httpx.get(f"{page.split('/plans/')[0]}/api/plans/{plan_id}").json()
        assert plan["state"] == "done"


@pytest.mark.parametrize("host", ["0.0.0.0", "example.org"])
def test_other_machines_are_refused(host: str) -> None:
    command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--host", host]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert host in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_told_by_serve_and_avoided_by_demo() -> None:
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port("127.0.0.1", port) == 0
        command = [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "--port 0" in done.stderr
    assert free_port("127.0.0.1", port) in (0, port)


def test_addresses_that_a_browser_understands() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", url_of(listener))
    if socket.has_dualstack_ipv6():
        with listen("::1", 0) as listener:
            assert url_of(listener).startswith("http://[::1]:")


def test_options_override_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLANNER_PORT", "8123")
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path))
    assert settings_from(port=None).port == 8123
    assert settings_from(port=8200).port == 8200
    assert settings_from(workspace=None).workspace == tmp_path
