"""`python -m edge.cli` is `affetto`."""

from edge.cli import main

main()
