"""What is counted and timed, for Prometheus. No label ever holds a number or a controller."""

import os
from collections import Counter as Counts
from collections.abc import Sequence
from math import inf
from time import perf_counter

from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

DECISIONS = Counter("dialgate_decisions", "Decisions by verdict and primary reason", ["kind", "verdict", "reason"])
REQUESTS = Histogram(
    "dialgate_request_seconds",
    "Time to answer a request",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
GROUPS = Histogram(
    "dialgate_check_group_size", "Checks committed together", buckets=(1, 2, 5, 10, 25, 50, 100, 256, 1000)
)
OUTSIDE_CURRENT = Gauge(
    "dialgate_outside_current_timestamp_seconds",
    "When a place outside was last known to have the newest checkpoints; its age is time() minus this",
    ["place"],
    multiprocess_mode="max",
)
OUTSIDE_FAILURES = Counter("dialgate_outside_failures", "Copies that a place outside did not take", ["place"])
OUTSIDE_SUSPECT = Gauge(
    "dialgate_outside_suspect_files",
    "Copies outside that cannot be read, or that this gate did not sign",
    multiprocess_mode="livemax",
)
ROLLED_BACK = Gauge(
    "dialgate_log_rolled_back",
    "1 while the database has less of the log than was published, and nothing is served",
    multiprocess_mode="livemax",
)


def install(app: Flask) -> None:
    """Time every request by its route's rule, never by its address."""

    @app.before_request
    def begin() -> None:
        g.began = perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "unknown"
        seconds = perf_counter() - g.get("began", perf_counter())
        REQUESTS.labels(request.method, route, str(response.status_code)).observe(seconds)
        return response


def exposition() -> bytes:
    """Write all metrics, of every worker process where there are several."""
    return generate_latest(_everything())


def answer_times(route: str, *, shares: Sequence[float]) -> list[tuple[float, float]]:
    """Tell within how many seconds these shares of a route's answers were given since the server was started.

    The seconds are bounds of the histogram, so each is said to be longer than it may have been, never shorter; a share
    that goes beyond the last bound is left out. Refusals are not counted. Nothing where there was no answer.
    """
    buckets: Counts[float] = Counts()
    for metric in _everything().collect():
        if metric.name == "dialgate_request_seconds":
            for sample in metric.samples:
                labels = sample.labels
                if sample.name.endswith("_bucket") and (labels["route"], labels["status"]) == (route, "200"):
                    buckets[float(labels["le"])] += int(sample.value)
    total = buckets.pop(inf, 0)
    found = []
    for share in shares if total else ():
        bound = next((bound for bound in sorted(buckets) if buckets[bound] >= share * total), None)
        if bound is not None:
            found.append((share, bound))
    return found


def _everything() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # noqa: TID251  the library's own switch
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
