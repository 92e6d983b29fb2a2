"""Health and metrics of a daemon over HTTP, for who asks: ``GET /health`` and ``GET /metrics``."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from marketplace.errors import ConfigError
from marketplace.node.report import Report

LATE_TURNS = 5
"""Turns without one that went through after which a daemon is not healthy."""

LEAST_SECONDS = 60.0
SOCKET_SECONDS = 10
MAX_PORT = 65535


def parse_address(text: str) -> tuple[str, int]:
    """Read where to listen: ``127.0.0.1:9100``, or ``[::1]:9100``.

    Raises
    ------
    ConfigError
    """
    host, separator, port = text.rpartition(":")
    if not (separator and host and port.isascii() and port.isdigit() and int(port) <= MAX_PORT):
        raise ConfigError(f"not an address to listen at: {text[:60]!r}", "give one such as 127.0.0.1:9100")
    return host.removeprefix("[").removesuffix("]"), int(port)


def health(report: Report, poll_seconds: float) -> tuple[bool, dict[str, Any]]:
    """Return whether a daemon works, and what it says of itself."""
    age = time.monotonic() - report.turned
    well = age <= max(LATE_TURNS * poll_seconds, LEAST_SECONDS)
    data = {
        "status": "ok" if well else "late",
        "role": report.role,
        "seconds_since_turn": round(age, 1),
        "block": report.block,
        "steps": sum(report.steps.values()),
        "errors": report.errors,
    }
    return well, data | ({"trouble": report.trouble} if report.trouble else {})


class _Numbers(Collector):
    """The numbers of a report, read when they are asked for."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def collect(self) -> Iterator[Any]:
        """Yield each metric."""
        report = self._report
        steps = CounterMetricFamily("tessera_steps", "Steps done, by kind.", labels=["role", "step"])
        for name, count in list(report.steps.items()):
            steps.add_metric([report.role, name], count)
        yield steps
        plain = (
            (CounterMetricFamily, "tessera_errors", "Errors met.", report.errors),
            (CounterMetricFamily, "tessera_gas", "Gas used by transactions.", report.gas),
            (GaugeMetricFamily, "tessera_block", "Newest block seen.", report.block),
            (GaugeMetricFamily, "tessera_start_time_seconds", "Unix time of the start.", report.started),
            (
                GaugeMetricFamily,
                "tessera_seconds_since_turn",
                "Seconds since a turn went through.",
                time.monotonic() - report.turned,
            ),
        )
        for kind, name, about, value in plain:
            family: Any = kind(name, about, labels=["role"])
            family.add_metric([report.role], value)
            yield family


@contextmanager
def listening(address: str | None, report: Report, poll_seconds: float) -> Iterator[int | None]:
    """Answer while the body runs; give the port, or None if nobody asked for it.

    Raises
    ------
    ConfigError
        If the address can't be had.
    """
    if address is None:
        yield None
        return
    host, port = parse_address(address)
    registry = CollectorRegistry()
    registry.register(_Numbers(report))
    try:
        server = ThreadingHTTPServer((host, port), _handler(report, registry, poll_seconds))
    except OSError as error:
        raise ConfigError(
            f"can't listen at {address}: {error.strerror or error}", "choose another port with --listen"
        ) from error
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="health").start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


def _handler(
    report: Report, registry: CollectorRegistry, poll_seconds: float
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SOCKET_SECONDS
        server_version, sys_version = "tessera", ""

        def do_GET(self) -> None:
            if self.path == "/health":
                well, data = health(report, poll_seconds)
                self._answer(200 if well else 503, "application/json", json.dumps(data).encode() + b"\n")
            elif self.path == "/metrics":
                self._answer(200, CONTENT_TYPE_LATEST, generate_latest(registry))
            else:
                self._answer(404, "text/plain", b"ask for /health or /metrics\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: the log is for steps."""

    return Handler
