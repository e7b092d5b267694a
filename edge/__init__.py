"""Affetto: hears a guitar and says, live, which emotion its playing expresses, and why."""

__version__ = "0.1.0"
