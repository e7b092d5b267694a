"""What takes long or reads what strangers wrote, in a process of its own that gives way to the music.

`python -m edge.takes.worker SERVICE check|analyse|export|export-all JSON`: `SERVICE` is the process to die with. What
a check finds is its output; analysing tells there, a number of frames a line, how far it is; an export is the output.
An error is one line on stderr. A file at which the library that decodes it crashes, hangs or swells ends this process,
and nothing else.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import msgspec

from edge.errors import AffettoError
from edge.explain.process.worker import give_way, limit_memory

MEMORY_MB = 400

MOST_S = 60
"""Of computing for one answer: a thousand times what any sound takes."""


def main(arguments: list[str]) -> int:
    """Do one thing, and return the exit code: 1 after an error that was told."""
    service, what, request = arguments
    give_way(int(service))
    try:
        if what == "check":
            from edge.takes.arrival import Arrival, check

            limit_memory(MEMORY_MB)
            limit_time()
            print(msgspec.json.encode(check(msgspec.json.decode(request, type=Arrival))).decode())
        elif what == "analyse":
            from edge.takes.upload import Upload, analyse

            limit_memory(MEMORY_MB)
            limit_time()
            for frames in analyse(msgspec.json.decode(request, type=Upload)):
                print(frames, flush=True)
                limit_time()
        elif what == "export-all":
            from edge.takes.export import write_all
            from edge.takes.folders import documents

            limit_memory(MEMORY_MB)
            root, ids = msgspec.json.decode(request, type=tuple[str, list[str]])
            write_all(documents(Path(root), ids), Path(root), sys.stdout.buffer)
            sys.stdout.flush()
        else:
            from edge.takes.export import write
            from edge.takes.take import Take

            limit_memory(MEMORY_MB)
            folder, format, take = msgspec.json.decode(request, type=tuple[str, str, Take])
            write(take, Path(folder), format, sys.stdout.buffer)
            sys.stdout.flush()
    except (AffettoError, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    return 0


def limit_time() -> None:
    """Let the kernel end this process when it has computed for `MOST_S` more without calling this again."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + MOST_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
