"""The guitar's own web server: the page, the live stream and the state, for browsers on the same network."""

from edge.api.app import create_app
from edge.api.server import Server

__all__ = ["Server", "create_app"]
