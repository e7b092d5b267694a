"""Measurements that are kept on disk one by one, so that an interrupted report goes on where it stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from edge.model import Model
from export.explanations.plan import Plan

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_NOT_MEASURING = ("kept.py", "report.py", "tables.py", "pictures.py", "summary.py", "speed.py")  # of this package
_MEASURED = ("sound/*.py", "weights/*.py", "heard/hearing.py")  # of edge.explain


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement: `task(plan, *args)` returns what JSON can hold."""

    name: str
    task: Callable[..., dict[str, Any]]
    args: tuple[Any, ...] = ()


def folder_of(runs: Path, model: Model, plan: Plan) -> Path:
    """Return where the measurements of a model are kept: another folder when the model or the code has changed."""
    own = [p for p in sorted(Path(__file__).parent.glob("*.py")) if p.name not in _NOT_MEASURING]
    explain = Path(__file__).parents[2] / "edge" / "explain"
    measured = [path for pattern in _MEASURED for path in sorted(explain.glob(pattern))]
    state = hashlib.sha256(repr(plan).encode())
    for path in (*sorted(model.path.parent.glob("*.onnx")), *own, *measured):
        state.update(path.read_bytes())
    return runs / f"{model.contract.card.get('version', '0')}-{state.hexdigest()[:10]}"


def run(jobs: Iterable[Job], plan: Plan, folder: Path, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Return what each job found, by name; what is in `folder` already is only read."""
    jobs = list(jobs)
    folder.mkdir(parents=True, exist_ok=True)
    todo = [job for job in jobs if not _path(folder, job).is_file()]
    if len(todo) < len(jobs):
        tell(f"{len(jobs) - len(todo)} of {len(jobs)} measurements are kept in {folder}")
    with _pool(workers) as pool:
        running: dict[Future[dict[str, Any]], Job] = {pool.submit(job.task, plan, *job.args): job for job in todo}
        try:
            for k, future in enumerate(as_completed(running)):
                job = running[future]
                _keep(_path(folder, job), future.result())
                tell(f"{k + 1} of {len(todo)}: {job.name}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {job.name: json.loads(_path(folder, job).read_text()) for job in jobs}


def run_alone(job: Job, plan: Plan) -> dict[str, Any]:
    """Return what a job finds that must not be disturbed by others, such as a timing; nothing is kept."""
    with _pool(1) as pool:
        return pool.submit(job.task, plan, *job.args).result()


def _pool(workers: int) -> ProcessPoolExecutor:
    for name in _ONE_THREAD:  # threads of linear algebra get into each other's way; read when numpy is imported
        os.environ.setdefault(name, "1")
    return ProcessPoolExecutor(workers, get_context("spawn"))


def _path(folder: Path, job: Job) -> Path:
    return folder / f"{job.name}.json"


def _keep(path: Path, found: dict[str, Any]) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(found))
    unfinished.replace(path)
