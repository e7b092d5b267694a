"""The model card: written from the contract and the evaluation, so that it never says what nobody measured."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import fill
from typing import Any

from edge.types import EMOTIONS, MID_LEVEL
from export.onnx_export import read_contract
from export.robustness import as_table

EVALUATION = "evaluation.json"

_INTENDED = """
For a guitarist who wants lights, gear or a page to follow the expression of the playing, and for research on it.
Not for judging people: it hears how something is played, not how anybody feels.
"""

_LIMITS = (
    """It was trained and measured on **guitars rendered from MIDI**, six of them, with drawn pickups, amplifiers and
    rooms. No emotion-labelled recordings of real guitar are freely available, so nothing here says how often it is
    right about a real one.""",
    """The music is pop piano made playable on a guitar, labelled by a few annotators with one of four quadrants;
    playing between the quadrants, or outside that music, gets an answer all the same.""",
    """**The mid-level values are computed from the score, not rated by people.** Where a correlation in the table is
    low, the value says little about its name, and an explanation should lean on the others.""",
    """Articulation is high for staccato and low for legato.""",
    """Bends, slides, muted strokes and effects other than an amplifier and a room were never heard in training.""",
)

_SOURCES = """\
| source | what of it | licence |
|---|---|---|
| EMOPIA (Hung et al., ISMIR 2021) | clips as MIDI with emotion labels | CC BY-NC-SA 4.0 |
| GuitarSet (Xi et al., ISMIR 2018) | notes of 26 annotations, no labels | CC BY 4.0 |
| Mutopia Project | solo guitar scores, no labels | public domain |
| FluidR3 GM sound font | four General MIDI guitars | MIT |
| FreePats Spanish classical guitar | sampled nylon guitar | CC0 |
| Karoryfer Emily guitar | sampled electric guitar | CC0 |
"""

_LICENCE = """
EMOPIA's licence carries over to the weights: **CC BY-NC-SA 4.0**, so no commercial use, attribution, and the same
licence for what is made of them. The program around them has its own licence.
"""


def write_card(folder: Path) -> None:
    """Write README.md beside the model and its evaluation."""
    held = folder / EVALUATION
    evaluation = json.loads(held.read_text()) if held.is_file() else {}
    (folder / "README.md").write_text(model_card(read_contract(folder / "affetto.onnx"), evaluation))


def model_card(contract: dict[str, Any], evaluation: dict[str, Any]) -> str:
    """Return the card as Markdown.

    Parameters
    ----------
    contract : dict
        What the model file carries, with its measured figures.
    evaluation : dict
        As written beside the model by `affetto-model evaluate`; parts that were not measured are left out.
    """
    training = contract["training"]
    sections = [
        f"# Model card: {contract['name']} {contract['version']}",
        _text(
            f"""Hears four emotions ({", ".join(EMOTIONS)}) in guitar playing, through eleven interpretable qualities
            and one linear layer: each quality's effect on each emotion is its weight times its value, exactly."""
        ),
        "## Intended use",
        _text(_INTENDED),
        "## Figures of this model",
        _text(
            f"""Written by `{contract["figures_by"]}`. A take is a clip as one guitarist plays it on one guitar with its
            gear, heard whole. No song stands in two splits. *Session*: the reference level begins where a session with
            that gear would have it; *cold*: nothing is known yet. The validation split, a tenth of the songs, chose the
            checkpoint and the temperature; the test split is EMOPIA's own and chose nothing."""
        ),
        _accuracies(contract["accuracy"]),
        "On the test split, session (rows: the label; columns: what the model says):",
        _confusion(contract["accuracy"]["test"]["session"]["takes"]["confusion"]),
        *_evaluation_sections(evaluation),
        "## Limits",
        "\n".join(fill(" ".join(item.split()), 110, initial_indent="- ", subsequent_indent="  ") for item in _LIMITS),
        "## Training",
        _text(
            f"""{training["pieces"]} pieces on the guitars {", ".join(training["guitars"])}, {training["passes"]} of
            them each: {training["takes"]} takes, with fingering, timing, ringing, tempo, transposition and gear of
            their own; {training["steps"]} optimizer steps on windows of {training["window_s"]:g} s, each transposed,
            tilted and given a noise floor at random. Loss: cross-entropy with the label and what a teacher reads in
            the score, and squared error of the mid-level values. The temperature is {contract["temperature"]:g}."""
        ),
        "## Files",
        _files(contract["forms"]),
        "## Sources and licences",
        _SOURCES.rstrip(),
        _text(_LICENCE),
    ]
    return "\n\n".join(sections) + "\n"


def _evaluation_sections(e: dict[str, Any]) -> list[str]:
    """Return the sections of what was measured over folds, gear and real recordings, those that there are."""
    parts: list[str] = []
    if e.get("networks"):
        parts += [
            "## Five folds of songs",
            _text(
                """Each network trained anew in each of five folds, its test songs never heard; clips of EMOPIA's test
                split left out. Mean ± standard deviation over folds and seeds, takes in a session. *Gain*: by how much
                `affetto` is right more often on the same takes, with the p of a paired permutation test over songs."""
            ),
            _networks(e),
            "What can be known from the notes themselves, in the same folds:",
            _scores(e["scores"]),
            _text(
                f"""Expected calibration error {_mean_and_deviation(e["networks"]["affetto"]["calibration_error"])};
                temperature fitted on each run's validation songs."""
            ),
            "![Reliability](reliability.png) ![Accuracy against cost](cost.png)",
            "Pearson's r and R² between the model's mid-level values and the score's, over windows, in the folds:",
            _correlations(e["networks"]["affetto"]),
        ]
    if e.get("without_guitar"):
        rows = [
            [name, str(row["takes"]), _percent(row["known"]), _percent(row["unknown"])]
            for name, row in e["without_guitar"].items()
        ]
        parts += [
            "## A guitar never heard in training",
            _table(["guitar", "takes", "trained with it", "trained without it"], rows),
        ]
    return parts + _gear_and_real_guitar(e)


def _gear_and_real_guitar(e: dict[str, Any]) -> list[str]:
    parts: list[str] = []
    if e.get("robustness"):
        parts += [
            "## Gear and converters",
            _text(
                f"""The same {e["robustness"]["takes"]} takes of EMOPIA's test split under each condition, heard by this
                model in a session."""
            ),
            as_table(e["robustness"]).rstrip(),
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
            _text(
                """Recordings of real guitars without a label: a mid-level value, in standard deviations of the training
                music, should be higher in the second sound. *Notes*: how far apart the notes say they are."""
            ),
            _table(["from the first to the second", "quality", "first", "second", "moves", "notes", "right way"], rows),
        ]
    return parts


def _text(text: str) -> str:
    return fill(" ".join(text.split()), 110, break_long_words=False, break_on_hyphens=False)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _mean_and_deviation(spread: dict[str, float]) -> str:
    return f"{spread['mean']:.3f} ± {spread['deviation']:.3f}"


def _percents(spread: dict[str, float]) -> str:
    return f"{100 * spread['mean']:.1f} ± {100 * spread['deviation']:.1f}"


def _accuracies(figures: dict[str, Any]) -> str:
    rows = []
    for split in ("validation", "test"):
        for way in ("session", "cold"):
            for heard in ("takes", "windows"):
                f = figures[split][way][heard]
                rates = [_percent(f[name]) for name in ("accuracy", "arousal", "valence")]
                rows.append([f"{split}, {way}", heard, str(f["heard"]), *rates, f"{f['macro_f1']:.3f}"])
    return _table(["split", "heard", "how many", "four classes", "arousal", "valence", "macro-F1"], rows)


def _networks(e: dict[str, Any]) -> str:
    rows = []
    for name, row in e["networks"].items():
        gain = e["gain_over"].get(name)
        rows.append(
            [
                f"`{name}`: {row['question']}",
                f"{row['parameters']:,}",
                *(_percents(row["takes"][measure]) for measure in ("accuracy", "arousal", "valence")),
                _percents(row["windows"]["accuracy"]),
                f"{100 * gain['accuracy']:+.1f} (p {gain['p']:.3f})" if gain else "",
            ]
        )
    return _table(
        ["network", "parameters", "four classes", "arousal", "valence", "windows alone", "gain, points"], rows
    )


def _scores(of_scores: dict[str, Any]) -> str:
    names = {
        "ten_statistics": "ten statistics of the notes, random forest",
        "teacher": "the teacher: 173 statistics, boosted trees",
    }
    rows = [
        [names[name], *(_percents(row[measure]) for measure in ("accuracy", "arousal", "valence"))]
        for name, row in of_scores.items()
    ]
    return _table(["reader of the score", "four classes", "arousal", "valence"], rows)


def _confusion(matrix: list[list[int]]) -> str:
    return _table(["", *EMOTIONS], [[name, *map(str, row)] for name, row in zip(EMOTIONS, matrix, strict=True)])


def _correlations(row: dict[str, Any]) -> str:
    rows = [
        [n.replace("_", " "), _mean_and_deviation(row["mid_level_r"][n]), _mean_and_deviation(row["mid_level_r2"][n])]
        for n in MID_LEVEL
    ]
    return _table(["quality", "r", "R²"], rows)


def _files(forms: dict[str, Any]) -> str:
    verdict = "ships as `affetto.onnx`" if forms["shipped"] == "eight_bit" else "does not ship"
    return _text(
        f"""`affetto.onnx` is what the instrument loads; `affetto-fp32.onnx` is the model in single precision,
        {forms["bytes_single"] / 1000:.0f} kB. An eight-bit form, {forms["bytes_eight_bit"] / 1000:.0f} kB, gives the
        same label on {_percent(forms["agreement"])} of windows, its logits differ by up to
        {forms["logit_difference"]:.2f}, and it is right on {_percent(forms["accuracy_eight_bit"])} of validation takes
        against {_percent(forms["accuracy_single"])}; its streams differ from its windows by up to
        {forms["stream_difference"]:.0e}. It {verdict}. Torch and ONNX differ by up to
        {forms["torch_difference"]:.0e}."""
    )
