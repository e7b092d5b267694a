"""Inject every fault, and print what was said of each, and how soon, as a Markdown table.

`python -m tests.faults`, or with what pytest understands, such as `-k jackd`.
"""

import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.faults import table

if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows"
        path.touch()
        os.environ[table.FILE] = str(path)
        named = any(Path(argument.partition("::")[0]).exists() for argument in sys.argv[1:])
        code = pytest.main(["-q", *([] if named else [str(Path(__file__).parent)]), *sys.argv[1:]])
        print(table.markdown(path))
    sys.exit(code)
