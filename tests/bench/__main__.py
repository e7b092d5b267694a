"""`make bench`: measures on this machine and prints tables; `make bench ARGS="cost latency"` takes some only.

Machines differ and are noisy: quote the ratios, which compare in one run on the same sound.
"""

import sys
from collections.abc import Callable

from edge.errors import AffettoError
from tests.bench import cost, explaining, latency, reaction, service

BENCHMARKS: dict[str, Callable[[], None]] = {
    "cost": cost.run,
    "latency": latency.run,
    "service": service.run,
    "explaining": explaining.run,
    "reaction": reaction.run,
}


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    for name in wanted:
        if name not in BENCHMARKS:
            sys.exit(f"bench: there is no `{name}`; choose from {', '.join(BENCHMARKS)}")
    for name in wanted:
        try:
            BENCHMARKS[name]()
        except AffettoError as error:
            print(f"\nbench: {name} left out: {error}")


if __name__ == "__main__":
    main()
