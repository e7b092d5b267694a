"""Sections of the model card: what was measured over folds, gear and real recordings, as tables."""

from __future__ import annotations

from textwrap import fill
from typing import Any

from edge.types import EMOTIONS, MID_LEVEL
from export.experiments import OWN, STUDIED
from export.rendering.comparison import as_table as statistics_table
from export.robustness import as_table

_RATES = ("accuracy", "arousal", "valence")


def evaluation_sections(e: dict[str, Any]) -> list[str]:
    """Return the sections of what was measured over folds, gear and real recordings, those that there are."""
    parts: list[str] = []
    if own := e.get("networks", {}).get(OWN):
        parts += [
            "## Five folds of songs",
            text(
                """Each network trained anew in each of five folds, its test songs never heard; clips of EMOPIA's test
                split left out. Mean ± standard deviation over folds and seeds, takes in a session. *Gain*: by how much
                the network named, the mean of its seeds, is right more often on the same takes, with the p of a paired
                permutation test over songs.
                Fewer than five runs are of the first folds, which are harder: *gain* compares."""
            ),
            _networks(e),
            "What `affetto` says of the takes of all runs (rows: the label; columns: what the model says):",
            confusion(e["confusion"]),
            "What can be known from the notes themselves, in the same folds:",
            _scores(e["scores"]),
            text(
                f"""Expected calibration error of windows {_mean_and_deviation(own["calibration_error"])}, with the
                temperature {own["temperature"]:.2f}, the geometric mean of what each run's validation songs say."""
            ),
            "![Reliability](figures/reliability.png) ![Accuracy against cost](figures/cost.png)",
            "Pearson's r and R² between the model's mid-level values and the score's, over windows, in the folds:",
            _correlations(own),
        ]
    if e.get("without_guitar"):
        rows = [
            [name, str(row["takes"]), percent(row["known"]), percent(row["unknown"])]
            for name, row in e["without_guitar"].items()
        ]
        parts += [
            "## A guitar never heard in training",
            f"`{STUDIED}`, in a fold each:",
            table(["guitar", "takes", "trained with it", "trained without it"], rows),
        ]
    if e.get("learning_curve"):
        rows = [
            [
                f"{100 * float(share):.0f} %",
                str(row["runs"]),
                *(_percents(row[m]) for m in _RATES),
            ]
            for share, row in e["learning_curve"].items()
        ]
        parts += [
            "## How much more songs would help",
            f"`{STUDIED}` in the same folds throughout, with a share of the labelled training songs:",
            table(["songs", "runs", "four classes", "arousal", "valence"], rows),
        ]
    return parts + _gear_and_real_guitar(e)


def _gear_and_real_guitar(e: dict[str, Any]) -> list[str]:
    parts: list[str] = []
    if e.get("windows_of"):
        rows = [
            [f"{seconds} s", str(f["heard"]), *(percent(f[name]) for name in _RATES)]
            for seconds, f in e["windows_of"].items()
        ]
        parts += [
            "## Windows of other lengths",
            "Each window of EMOPIA's test split judged alone, by this model, in a session:",
            table(["window", "heard", "four classes", "arousal", "valence"], rows),
        ]
    if e.get("robustness"):
        parts += [
            "## Gear and converters",
            text(
                f"""The same {e["robustness"]["takes"]} takes of EMOPIA's test split under each condition, heard by this
                model in a session."""
            ),
            as_table(e["robustness"]).rstrip(),
            "![Other gear](figures/gear.png)",
        ]
        parts += [
            "## Effects",
            "Weight × value of each quality on each emotion, over the takes of EMOPIA's test split:",
            "![Effects](figures/effects.png)",
        ]
    if e.get("rendering"):
        parts += [
            "## Rendered against real",
            text(
                """The notes of GuitarSet's two recordings on every guitar with twelve rigs each, beside the recordings
                and Berklee's riffs; what needs the notes is left out for the riffs. The rigs' ranges were set by the
                same few recordings: it is a fit, not a test."""
            ),
            statistics_table(e["rendering"]).rstrip(),
            "![Spectrograms](figures/spectrograms.jpg)",
        ]
    if e.get("probes"):
        rows = [
            [
                f"{p['probe']} ({p['made']})",
                p["unit"].replace("_", " "),
                *(f"{p[k]:+.2f}" for k in ("lower", "higher", "difference")),
                "" if p["expected"] is None else f"{p['expected']:+.2f}",
                ("yes" if p["right_way"] else "**no**") if p["clear"] else "too alike",
            ]
            for p in e["probes"]
        ]
        parts += [
            "## Real guitar",
            text(
                """Recordings of real guitars without a label: a mid-level value, in standard deviations of the training
                music, should be higher in the second sound. *Notes*: how far apart the notes say they are."""
            ),
            table(["from the first to the second", "quality", "first", "second", "moves", "notes", "right way"], rows),
        ]
    return parts


def text(text: str) -> str:
    return fill(" ".join(text.split()), 110, break_long_words=False, break_on_hyphens=False)


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def confusion(matrix: list[list[int]]) -> str:
    return table(["", *EMOTIONS], [[name, *map(str, row)] for name, row in zip(EMOTIONS, matrix, strict=True)])


def _mean_and_deviation(spread: dict[str, float | None], scale: float = 1.0, digits: int = 3) -> str:
    """Return "0.683 ± 0.037"; of a single run, without the deviation."""
    return " ± ".join(
        f"{scale * value:.{digits}f}" for value in (spread["mean"], spread["deviation"]) if value is not None
    )


def _percents(spread: dict[str, float | None]) -> str:
    return _mean_and_deviation(spread, 100.0, 1)


def _probability(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p {p:.3f}"


def _networks(e: dict[str, Any]) -> str:
    rows = []
    for name, row in e["networks"].items():
        gain = e["gain_over"].get(name)
        rows.append(
            [
                f"`{name}`: {row['question']}",
                str(row["runs"]),
                f"{row['parameters']:,}",
                *(_percents(row["takes"][measure]) for measure in _RATES),
                _mean_and_deviation(row["takes"]["macro_f1"]),
                _percents(row["windows"]["accuracy"]),
                f"`{gain['of']}` {100 * gain['accuracy']:+.1f} ({_probability(gain['p'])})" if gain else "",
            ]
        )
    head = ["network", "runs", "parameters", "four classes", "arousal", "valence", "macro-F1"]
    return table([*head, "windows alone", "gain, points"], rows)


def _scores(of_scores: dict[str, Any]) -> str:
    names = {
        "ten_statistics": "ten statistics of the notes, random forest",
        "teacher": "the teacher: 163 statistics, boosted trees",
    }
    rows = [[names[name], *(_percents(row[measure]) for measure in _RATES)] for name, row in of_scores.items()]
    return table(["reader of the score", "four classes", "arousal", "valence"], rows)


def _correlations(row: dict[str, Any]) -> str:
    rows = [
        [n.replace("_", " "), _mean_and_deviation(row["mid_level_r"][n]), _mean_and_deviation(row["mid_level_r2"][n])]
        for n in MID_LEVEL
    ]
    return table(["quality", "r", "R²"], rows)
