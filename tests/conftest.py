"""What tests share: a small plan folder, the real service on a port of its own, one browser for the whole run."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# No limit on time: a busy machine is not a fault. The same examples in every run.
settings.register_profile("same-everywhere", deadline=None, derandomize=True)
settings.load_profile("same-everywhere")

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STANDINS = Path(__file__).parent / "standins"
SEATS = {
    "S1": ("T1", -93.8, 41.3),
    "S2": ("T2", -92.2, 41.3),
    "S3": ("T3", -93.8, 42.6),
    "S4": ("T4", -92.2, 42.6),
}


def write_grid_folder(folder: Path) -> Path:
    """Write a plan folder: 24 square areas, 60 accounts, 4 seats, history of a year, a target; names that bite."""
    rng = np.random.default_rng(5)
    folder.mkdir(parents=True, exist_ok=True)
    cells = [(x, y) for y in range(4) for x in range(6)]
    corners = [(0, 0), (0.5, 0), (0.5, 0.5), (0, 0.5), (0, 0)]
    features = [
        {
            "type": "Feature",
            "properties": {
                "unit_id": f"U{n:02d}",
                "name": f"Area {n}",
                "territory_id": f"T{1 + (x > 3) + 2 * (y > 1)}",
            },
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[-94.5 + 0.5 * x + dx, 41 + 0.5 * y + dy] for dx, dy in corners]],
            },
        }
        for n, (x, y) in enumerate(cells)
    ]
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "units.geojson").write_text(json.dumps(collection), encoding="utf-8")
    n = 60
    lon, lat = rng.uniform(-94.45, -91.55, n), rng.uniform(41.05, 42.95, n)
    accounts = pd.DataFrame(
        {
            "account_id": [f"{k:05d}" for k in range(n)],
            "name": [f"Store {k}" for k in range(n)],
            "latitude": lat.round(5),
            "longitude": lon.round(5),
            "sales": rng.lognormal(10, 0.4, n).round(2),
            "territory_id": [f"T{1 + (x >= -92.5) + 2 * (y >= 42)}" for x, y in zip(lon, lat, strict=True)],
        }
    )
    accounts.loc[0, "name"] = "=cmd()"
    accounts.loc[1, "name"] = "<img src=x onerror=alert(1)>"
    accounts.to_csv(folder / "accounts.csv", index=False)
    seats = [(seat, *values, f"Rep {seat}") for seat, values in SEATS.items()]
    names = ["seat_id", "territory_id", "longitude", "latitude", "rep_name"]
    pd.DataFrame(seats, columns=names).to_csv(folder / "seats.csv", index=False)
    months = [f"2021-{month:02d}" for month in range(1, 13)]
    history = pd.DataFrame(
        [
            (a, month, round(s / 12, 2))
            for a, s in zip(accounts["account_id"], accounts["sales"], strict=True)
            for month in months
        ],
        columns=["account_id", "period", "amount"],
    )
    history.to_csv(folder / "history.csv", index=False)
    (folder / "plan.toml").write_text(
        'name = "Grid"\ntime_limit_s = 2\n[measures.sales]\nbelow = 0.6\nabove = 0.6\n'
        "[measures.accounts]\nbelow = 0.1\nabove = 0.1\n"
        '[quota]\ntarget = "1500000.00"\nover_assignment = 0.05\n',
        encoding="utf-8",
    )
    return folder


class Service:
    """The running service, as tests see it.

    Attributes
    ----------
    url
        Where it is.
    http
        A client for it.
    app
        The application, to look behind the scenes.
    """

    def __init__(self, app: Any, url: str) -> None:
        self.app, self.url = app, url
        self.http = httpx.Client(base_url=url, timeout=60)

    def plan(self, **wanted: Any) -> dict[str, Any]:
        """Start a plan of the sample and return it as it was accepted."""
        answer = self.http.post("/api/plans", json={"folder_id": "grid", **wanted})
        assert answer.status_code == 202, answer.text
        accepted: dict[str, Any] = answer.json()
        return accepted

    def events(self, plan_id: str, after: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield events of a plan as they come, until the service ends the stream."""
        return self._stream(f"/api/plans/{plan_id}/events", after)

    def job_events(self, job_id: str, after: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield events of a job as they come, until the service ends the stream."""
        return self._stream(f"/api/jobs/{job_id}/events", after)

    def _stream(self, path: str, after: int | None) -> Iterator[dict[str, Any]]:
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with self.http.stream("GET", path, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            event: dict[str, Any] = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line == "" and event:
                    yield event
                    event = {}
                elif name == "data":
                    event["data"] = json.loads(value)
                elif name in ("id", "event"):
                    event[name] = value

    def ended(self, plan_id: str) -> dict[str, Any]:
        """Follow a plan to its end and return it."""
        list(self.events(plan_id))
        found: dict[str, Any] = self.http.get(f"/api/plans/{plan_id}").json()
        return found


@contextmanager
def running(app: Any) -> Iterator[Service]:
    """Serve `app` on a free loopback port in a thread; it answers when the block begins."""
    import uvicorn

    started = threading.Event()

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            started.set()

    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="on")
    server = Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(60)
        port = server.servers[0].sockets[0].getsockname()[1]
        service = Service(app, f"http://127.0.0.1:{port}")
        try:
            yield service
        finally:
            service.http.close()
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def grid_samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of samples that holds one plan folder, ``grid``."""
    samples = tmp_path_factory.mktemp("samples")
    write_grid_folder(samples / "grid")
    return samples


@pytest.fixture
def serve(
    tmp_path: Path, grid_samples: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Service]]:
    """Start a service on a workspace of its own; ``planning`` names the stand-in that jobs run."""
    from api.app import create_app
    from api.settings import Settings

    monkeypatch.syspath_prepend(str(STANDINS))
    with ExitStack() as stack:

        def start(planning: str = "quick", **settings: Any) -> Service:
            given = {"workspace": tmp_path / "workspace", "samples": grid_samples, **settings}
            named = planning if ":" in planning else f"planning_standin:{planning}"
            app = create_app(Settings(planning=named, **given))
            return stack.enter_context(running(app))

        yield start


@pytest.fixture
def service(serve: Callable[..., Service]) -> Service:
    """The service with quick jobs."""
    return serve()


@pytest.fixture(scope="session")
def grid_output(grid_samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a plan of the ``grid`` sample."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(STANDINS))
        from planning_standin import made

        from data.export import write_plan

        output = tmp_path_factory.mktemp("made") / "output"
        write_plan(output, *made(grid_samples / "grid"))
    return output


@pytest.fixture
def plan_id(service: Service, grid_output: Path) -> str:
    """A finished plan in the service."""
    from data.store.adopting import adopt_output

    store = service.app.state.services.store
    return adopt_output(store, "Grid plan", "grid", grid_output, "local").id


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser for the whole run; a second one in the same process would not start."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert path is not None, "no Chromium found; on Debian: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_ARGUMENTS))
        yield browser
        browser.close()
