"""The audit as a page to read: Markdown, the figures as JSON beside it, and pictures; written whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from edge.types import EMOTIONS, MID_LEVEL
from export.audit import pictures
from export.audit.compare import FIGURES
from export.audit.sources import SOURCES, STAYS
from export.card_sections import percent, table, text
from export.notes import CorpusError

PAGE, DATA = "audit.md", "audit.json"

_HOW = """
*Difference*: how many points more often than for the others the model is right, or says an emotion (less how often it
is true), with a 95 % interval by drawing whole songs anew 10,000 times. In **bold**: 0 lies outside even of the wider
interval that all differences of one table ask together (Bonferroni). Where the others play the same pieces, only these
are compared. Groups overlap: gear goes with guitars, so look at the greatest difference first.
"""

_WHY = """
Differences on the logit of the emotion, less the mean of the four logits. *Quality*: weight × value, exact; the eleven
sum to the last line. *Source*: what the part of the sound does between 25 dB softer and its own level, over all
mixtures of the other parts; what stays when all are softer is in no part more than in the others.
"""


def check_folder(folder: Path) -> None:
    """Refuse, before hours of work, a folder that an audit must not replace.

    Raises
    ------
    CorpusError
        Something else than an earlier audit is there.
    """
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir()) and not (folder / DATA).is_file()):
        raise CorpusError(f"{folder}: holds something else than an earlier audit; give another folder")


def write(folder: Path, found: dict[str, Any]) -> None:
    """Write `audit.md`, `audit.json` and the pictures into `folder` in place of an earlier audit there."""
    check_folder(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".audit-") as unfinished:
        new, old = Path(unfinished) / "new", Path(unfinished) / "old"
        new.mkdir()
        drawn = pictures.draw(found, new)
        (new / DATA).write_text(json.dumps(found, indent=1) + "\n")
        (new / PAGE).write_text(page(found, drawn))
        if folder.exists():
            shutil.move(folder, old)
        new.replace(folder)


def page(found: dict[str, Any], drawn: list[str]) -> str:
    """Return the report as Markdown; `drawn` names the pictures beside it."""
    models, heard = found["models"], found["heard"]
    parts = [
        "# Audit: who is judged differently, and why",
        text(
            f"""{heard["takes"]} takes of {heard["songs"]} songs that no model here learned from, each heard whole, in a
            session with its gear."""
        ),
        table(["model", "file", "planted bias", "right"], [_model(name, m) for name, m in models.items()]),
        "## What was found",
        _findings_in_words(found),
        "## Groups against the others",
        text(_HOW),
    ]
    for grouping, groups in found["groupings"].items():
        parts += [f"### By {grouping}", _groups(groups, list(models))]
    if found["findings"]:
        parts += ["## What carries the differences", text(_WHY)]
    for finding in found["findings"]:
        parts += [f"### {_title(finding)}", *_carriers(finding, list(models))]
    return "\n\n".join([*parts, *(f"![{name}]({name})" for name in drawn)]) + "\n"


def _model(name: str, m: dict[str, Any]) -> list[str]:
    planted = f"{m['only_sad_guitar']} plays the sad pieces and no others" if m["only_sad_guitar"] else ""
    return [name, f"`{m['file']}`", planted, percent(m["accuracy"])]


def _title(finding: dict[str, Any]) -> str:
    return f"{finding['grouping']} {finding['group']}, {finding['emotion']}"


def _findings_in_words(found: dict[str, Any]) -> str:
    first = next(iter(found["models"]))
    right = [
        f"- **{grouping} {group}**: right {_points(row)} points more often than for the others."
        for grouping, groups in found["groupings"].items()
        for group, of in groups.items()
        if (row := of[first]["difference"]["accuracy"])["clear"]
    ]
    lines = [_in_words(finding, found) for finding in found["findings"]] + right
    return "\n".join(lines) or "No group stands out: no difference is clear."


def _in_words(finding: dict[str, Any], found: dict[str, Any]) -> str:
    """Return one finding as one item of a list: how much, carried by what, and what became of it."""
    group = found["groupings"][finding["grouping"]][finding["group"]]
    first, *rest = found["models"]
    of_first = group[first]["difference"][finding["emotion"]]
    more = "more" if of_first["value"] > 0 else "less"
    said = f"- **{_title(finding)}**: said {_points(of_first, signed=False)} points {more} often than of the others"
    rows = finding["effects"][first]
    sign = 1 if of_first["value"] > 0 else -1
    greatest = sorted(MID_LEVEL, key=lambda unit: -sign * rows[unit]["value"])[:3]
    carried = ", ".join(f"{unit.replace('_', ' ')} {rows[unit]['value']:+.2f}" for unit in greatest)
    for name in rest:
        after, change = group[name]["difference"][finding["emotion"]], group["change"][finding["emotion"]]
        verdict = "still clear" if after["clear"] else "no longer clear"
        certain = "a clear change" if change["clear"] else "not a clear change"
        said += f"; {name} {_points(after)}, {verdict} ({certain} of {_points(change)})"
    return f"{said}. Of the {rows['logit']['value']:+.2f} on the logit, most is carried by {carried}."


def _points(row: dict[str, Any], signed: bool = True) -> str:
    """Return a difference in points with its interval."""
    if not signed and row["value"] < 0:
        row = {"value": -row["value"], "low": -row["high"], "high": -row["low"]}
    sign = "+" if signed else ""
    return f"{100 * row['value']:{sign}.0f} [{100 * row['low']:{sign}.0f}, {100 * row['high']:{sign}.0f}]"


def _bold(words: str, row: dict[str, Any]) -> str:
    return f"**{words}**" if row["clear"] else words


def _groups(groups: dict[str, Any], models: list[str]) -> str:
    """Return one line for each group and model: rates said against true, and the differences to the others."""
    if not groups:
        return "Too few songs in more than one group: nothing to compare."
    head = ["group", "takes", "model", "right", "difference"]
    for emotion in EMOTIONS:
        head += [f"{emotion}: said / true", "difference"]
    rows = []
    for name, group in groups.items():
        for k, model in enumerate(models):
            m = group[model]
            cells = [f"{100 * m['accuracy']:.0f} %"]
            for figure in FIGURES:
                if figure in EMOTIONS:
                    cells.append(f"{100 * m['said'][figure]:.0f} / {100 * m['true'][figure]:.0f} %")
                cells.append(_bold(_points(m["difference"][figure]), m["difference"][figure]))
            rows.append([name if k == 0 else "", str(group["takes"]) if k == 0 else "", model, *cells])
    return table(head, rows)


def _carriers(finding: dict[str, Any], models: list[str]) -> list[str]:
    effects = finding["effects"]
    order = sorted(MID_LEVEL, key=lambda unit: -abs(effects[models[0]][unit]["value"]))
    rows = [
        [unit.replace("_", " "), *(_bold(_logits(effects[m][unit]), effects[m][unit]) for m in models)]
        for unit in (*order, "logit")
    ]
    parts = [table(["quality", *models], rows)]
    if "sources" in finding:
        of = finding["sources"]
        rows = [
            [source, *(_bold(_logits(of[m][source]), of[m][source]) for m in models)] for source in (*SOURCES, STAYS)
        ]
        explained = " and ".join(f"{percent(of[m]['r2'])} ({m})" for m in models)
        parts += [
            table(["source", *models], rows),
            text(
                f"""Sources of {of["takes"]} takes; of the logits' variance over the mixtures, they explain {explained}
                one by one."""
            ),
        ]
    return parts


def _logits(row: dict[str, Any]) -> str:
    return f"{row['value']:+.2f} [{row['low']:+.2f}, {row['high']:+.2f}]"
