"""What a daemon says: one line a step, for eyes or as JSON, and the numbers behind health and metrics."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from marketplace.errors import MarketplaceError
from marketplace.services.amounts import show_time
from marketplace.services.market import Step


@dataclass
class Report:
    """The voice of one daemon.

    Parameters
    ----------
    role : str
    write : callable (str)
        Takes a line.
    as_json : bool, default False
    """

    role: str
    write: Callable[[str], None]
    as_json: bool = False
    steps: Counter[str] = field(default_factory=Counter)
    errors: int = 0
    gas: int = 0
    block: int = 0
    turned: float = field(default_factory=time.monotonic)
    started: float = field(default_factory=time.time)
    trouble: str = ""
    _subject: str = ""
    _said: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def about(self, subject: str) -> Iterator[None]:
        """Name what the next transactions are for."""
        before, self._subject = self._subject, subject
        try:
            yield
        finally:
            self._subject = before

    def sent(self, step: Step) -> None:
        """Tell of a transaction that was mined."""
        receipt = step.receipt
        self.steps[step.what] += 1
        self.gas += 0 if receipt.reused and not receipt.renewed else receipt.gas_used
        text = f"{step.what}{receipt.history}: gas {receipt.gas_used:,}, transaction {receipt.tx_hash}"
        data = {"transaction": receipt.tx_hash, "block": receipt.block, "gas": receipt.gas_used}
        with self.about(step.subject or self._subject):
            self._line(
                "step",
                text,
                {"what": step.what, **data, "sent_before": receipt.reused, "sent_anew": receipt.renewed},
            )

    def done(self, what: str, text: str = "") -> None:
        """Tell of a step that is no transaction."""
        self.steps[what] += 1
        self._line("step", f"{what}{': ' if text else ''}{text}", {"what": what})

    def waits(self, subject: str, why: str) -> None:
        """Tell what is waited for, once until it changes; an empty text forgets it."""
        with self._lock:
            if self._said.get(subject, "") == why:
                return
            self._said.pop(subject, None)
            if why:
                self._said[subject] = why
        if why:
            with self.about(subject):
                self._line("wait", why, {})

    def failed(self, subject: str, error: BaseException) -> None:
        """Tell of an error, once until it changes; every one is counted."""
        self.errors += 1
        hint = error.hint if isinstance(error, MarketplaceError) else "it is tried again"
        text = f"error: {error}; hint: {hint}"
        with self._lock:
            if self._said.get(subject) == text:
                return
            self._said[subject] = text
        with self.about(subject):
            self._line("error", text, {"error": str(error), "hint": hint})

    def note(self, event: str, text: str) -> None:
        """Tell of the daemon itself: its start, its end, a node that does not answer."""
        self._line(event, text, {})

    def passed(self, block: int) -> None:
        """Note that a turn went through."""
        self.turned, self.block, self.trouble = time.monotonic(), block, ""

    def _line(self, event: str, text: str, data: dict[str, Any]) -> None:
        now, text = int(time.time()), " ".join(text.split())
        if self.as_json:
            about = {"subject": self._subject} if self._subject else {}
            head = {"time": now, "role": self.role, "event": event}
            self.write(json.dumps({**head, **about, "text": text, **data}))
            return
        subject = f"{self._subject}: " if self._subject else ""
        self.write(f"{show_time(now)}  {subject}{text}")
