"""Lights that remember what they were to show."""

from __future__ import annotations


class SeenLights:
    """Stands before a guitar and looks at it."""

    def __init__(self, *, there: bool = True) -> None:
        self.there = there
        self.symbols: tuple[str, ...] = ()

    def ready(self) -> bool:
        return self.there

    def show(self, symbols: tuple[str, ...], for_s: float) -> None:
        self.symbols = symbols if for_s > 0 else ()
