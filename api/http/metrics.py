"""What the service counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.3, 0.6, 1.2, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Counters of one application; several in a process do not mix.

    Parameters
    ----------
    version
        Version of the product.
    jobs
        Returns how many jobs are in which state; asked at every look.
    """

    def __init__(self, version: str, jobs: Callable[[], Mapping[str, int]]) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "planner_request_seconds",
            "Seconds from request to the end of the answer, streams not included.",
            ("method", "route", "status"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._errors = Counter(
            "planner_errors_total", "Requests that failed inside the service.", registry=self._registry
        )
        self._open = Gauge("planner_requests_open", "Requests being answered.", registry=self._registry)
        built = Gauge("planner_build_info", "Version of the product.", ("version",), registry=self._registry)
        built.labels(version).set(1)
        self._registry.register(_Jobs(jobs))

    def begun(self) -> None:
        """Count a request that came in."""
        self._open.inc()

    def ended(self, method: str, route: str, status: int, seconds: float, *, stream: bool) -> None:
        """Count a request that was answered."""
        self._open.dec()
        if status >= 500:
            self._errors.inc()
        if not stream:
            self._seconds.labels(method, route, str(status)).observe(seconds)

    def text(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Jobs(Collector):
    def __init__(self, jobs: Callable[[], Mapping[str, int]]) -> None:
        self._jobs = jobs

    def collect(self) -> Iterable[Metric]:
        found = GaugeMetricFamily("planner_jobs", "Jobs by state.", labels=["state"])
        for state, count in self._jobs().items():
            found.add_metric([state], count)
        yield found

    def describe(self) -> Iterable[Metric]:
        """Say what will be collected without asking the database."""
        yield GaugeMetricFamily("planner_jobs", "Jobs by state.", labels=["state"])
