"""Figures for Prometheus: of this process's requests, and of the ledger as it stands at the scrape."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from tasks.services.metrics import Figures

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Requests:
    """How long this process took for its requests, by route and outcome."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "placeops_http_request_seconds",
            "Time from a request's first byte to its answer's last.",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        )

    def took(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note one request."""
        known = method if method in ("GET", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS") else "other"
        self._seconds.labels(known, route, str(status)).observe(seconds)


class _Ledger(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """One family a figure."""
        for figure in self._figures.figures:
            kind = CounterMetricFamily if figure.kind == "counter" else GaugeMetricFamily
            family = kind(f"placeops_{figure.name}", figure.meaning, labels=figure.labels)
            for labels, value in figure.values:
                family.add_metric(labels, value)
            yield family
        for found in self._figures.durations:
            histogram = HistogramMetricFamily(f"placeops_{found.name}", found.meaning, labels=[found.label])
            for label, buckets, total in found.values:
                histogram.add_metric([label], list(buckets), total)
            yield histogram


def text_of(requests: Requests, figures: Figures) -> bytes:
    """Both in the text format that Prometheus reads."""
    ledger = CollectorRegistry()
    ledger.register(_Ledger(figures))
    return generate_latest(requests.registry) + generate_latest(ledger)
