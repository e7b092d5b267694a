"""The model card: written from the contract and the evaluation, so that it never says what nobody measured."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import fill
from typing import Any

from edge.types import EMOTIONS
from export.card_sections import confusion, evaluation_sections, percent, table, text
from export.onnx_export import read_contract

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
    """**Melodiousness is the value to believe least.** Of real open strings, steps are hardly more melodious to it than
    leaps, and a real solo is less so than its accompaniment (see "Real guitar").""",
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
        text(
            f"""Hears four emotions ({", ".join(EMOTIONS)}) in guitar playing, through eleven interpretable qualities
            and one linear layer: each quality's effect on each emotion is its weight times its value, exactly."""
        ),
        "## Intended use",
        text(_INTENDED),
        "## Figures of this model",
        text(
            f"""Written by `{contract["figures_by"]}`. A take is a clip as one guitarist plays it on one guitar with its
            gear, heard whole. No song stands in two splits. *Session*: the reference level begins where a session with
            that gear would have it; *cold*: nothing is known yet. The validation split, a tenth of the songs, chose the
            checkpoint and the temperature; the test split is EMOPIA's own and chose nothing."""
        ),
        _accuracies(contract["accuracy"]),
        "On the test split, session (rows: the label; columns: what the model says):",
        confusion(contract["accuracy"]["test"]["session"]["takes"]["confusion"]),
        *evaluation_sections(evaluation),
        "## Limits",
        "\n".join(fill(" ".join(item.split()), 110, initial_indent="- ", subsequent_indent="  ") for item in _LIMITS),
        "## Training",
        text(
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
        text(_LICENCE),
    ]
    return "\n\n".join(sections) + "\n"


def _accuracies(figures: dict[str, Any]) -> str:
    rows = []
    for split in ("validation", "test"):
        for way in ("session", "cold"):
            for heard in ("takes", "windows"):
                f = figures[split][way][heard]
                rates = [percent(f[name]) for name in ("accuracy", "arousal", "valence")]
                rows.append([f"{split}, {way}", heard, str(f["heard"]), *rates, f"{f['macro_f1']:.3f}"])
    return table(["split", "heard", "how many", "four classes", "arousal", "valence", "macro-F1"], rows)


def _files(forms: dict[str, Any]) -> str:
    verdict = "ships as `affetto.onnx`" if forms["shipped"] == "eight_bit" else "does not ship"
    return text(
        f"""`affetto.onnx` is what the instrument loads; `affetto-fp32.onnx` is the model in single precision,
        {forms["bytes_single"] / 1000:.0f} kB. An eight-bit form, {forms["bytes_eight_bit"] / 1000:.0f} kB, gives the
        same label on {percent(forms["agreement"])} of windows, its logits differ by up to
        {forms["logit_difference"]:.2f}, and it is right on {percent(forms["accuracy_eight_bit"])} of validation takes
        against {percent(forms["accuracy_single"])}; its streams differ from its windows by up to
        {forms["stream_difference"]:.0e}. It {verdict}. Torch and ONNX differ by up to
        {forms["torch_difference"]:.0e}."""
    )
