"""Who is told the story as it happens."""

from __future__ import annotations

from typing import Protocol


class Narrator(Protocol):
    """Shows chapters and remarks; transactions reach it through the markets' watchers."""

    def chapter(self, title: str) -> None:
        """Begin a chapter."""

    def say(self, text: str) -> None:
        """Show a remark."""
