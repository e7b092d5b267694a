"""The page: HTML, CSS and native ES modules, served as they are."""

from pathlib import Path

FOLDER = Path(__file__).parent
"""Where the files lie."""
