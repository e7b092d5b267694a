"""What takes long, in a process of its own that gives way to the music: analysing an upload, writing an export.

`python -m edge.takes.worker SERVICE analyse|export|export-all JSON`: `SERVICE` is the process to die with. Analysing
tells on its output, a number of frames a line, how far it is; an export is the output. An error is one line on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from edge.errors import AffettoError
from edge.explain.process.worker import give_way, limit_memory

MEMORY_MB = 400


def main(arguments: list[str]) -> int:
    """Do one thing, and return the exit code: 1 after an error that was told."""
    service, what, request = arguments
    give_way(int(service))
    try:
        if what == "analyse":
            from edge.takes.upload import Upload, analyse

            limit_memory(MEMORY_MB)
            for frames in analyse(msgspec.json.decode(request, type=Upload)):
                print(frames, flush=True)
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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
