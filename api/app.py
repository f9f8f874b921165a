"""Puts the service together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.middleware.gzip import GZipMiddleware

from api import errors
from api.deps import Services
from api.guard import Guard
from api.http import document
from api.http.idempotency import Idempotency
from api.http.metrics import Metrics
from api.http.telling import Telling
from api.identity.middleware import Identity
from api.jobs.runner import JobRunner
from api.opening import open_for_service
from api.results.shelf import Shelf
from api.routes import (
    approval,
    challenges,
    comments,
    docs,
    edits,
    exchange,
    explanations,
    folders,
    identity,
    jobs,
    pages,
    people,
    plans,
    publications,
    results,
    scenarios,
    service,
    sign_in,
    sweeps,
    trail,
    versions,
)
from api.settings import Settings, product_version
from api.workbench.assets import Assets
from data.store import requests

_ABOUT = """
Balanced, contiguous sales territories, and quotas that tie out to the cent.

Upload a plan folder (or take a sample), check it, start a plan, follow it, read what came out. Money is an integer
count of minor units; shares and deviations are fractions; distances say their unit. Every error has one shape:
`application/problem+json` with `type`, `title`, `status`, `detail` and, where several things are wrong, `problems`.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service as an ASGI application.

    Parameters
    ----------
    settings
        How to run; from the environment when absent.
    """
    settings = settings or Settings()
    store = open_for_service(settings)
    runner = JobRunner(store, settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(runner.start, app.state.services)
        try:
            yield
        finally:
            await run_in_threadpool(runner.stop)
            store.close()

    app = FastAPI(
        title="Territory Planner",
        version=product_version(),
        description=_ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = Services(settings, store, runner, Shelf(store))
    app.state.assets = Assets.found()
    app.state.metrics = Metrics(product_version(), store.job_counts)
    store.database.before_commit.append(requests.mark)
    errors.install(app, pages.error_page)
    for room in (
        service,
        identity,
        people,
        folders,
        plans,
        jobs,
        results,
        edits,
        versions,
        explanations,
        approval,
        challenges,
        comments,
        publications,
        docs,
        scenarios,
        sweeps,
        exchange,
        trail,
        pages,
        sign_in,
    ):
        app.include_router(room.router)
    document.install(app)
    # The last one added meets a request first.
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app.add_middleware(Idempotency, database=store.database)
    app.add_middleware(Identity, settings=settings, database=store.database)
    app.add_middleware(Guard, settings=settings, upload_path="/api/folders")
    app.add_middleware(Telling, metrics=app.state.metrics)
    return app
