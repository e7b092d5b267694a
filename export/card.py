"""The model card: written from the contract and the measured figures, so that it never says what nobody measured."""

from __future__ import annotations

from textwrap import fill
from typing import Any

from edge.types import EMOTIONS, MID_LEVEL, PERCEPTUAL_FEATURES

_INTENDED = """
For a guitarist who wants lights, gear or a page to follow the expression of the playing, and for research on it.
Not for judging people: it hears how something is played, not how anybody feels.
"""

_LIMITS = (
    """It was trained and measured on **guitars rendered from MIDI**, six of them, dry. No emotion-labelled recordings
    of real guitar are freely available, so nothing here says how often it is right about a real one.""",
    """The music is pop piano moved into a guitar's range, labelled by a few annotators with one of four quadrants;
    playing between the quadrants, or outside that music, gets an answer all the same.""",
    """**The mid-level values are computed from the score, not rated by people.** Where a correlation in the table is
    low, the value says little about its name, and an explanation should lean on the others.""",
    """Articulation is high for staccato and low for legato.""",
    """Bends, slides, muted strokes, effects and rooms were never heard in training.""",
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


def model_card(contract: dict[str, Any]) -> str:
    """Return the card as Markdown."""
    figures, training = contract["accuracy"], contract["training"]
    seven = figures["strict_seven"]
    parts = [
        f"# Model card: {contract['name']} {contract['version']}",
        _text(
            f"""Hears four emotions ({", ".join(EMOTIONS)}) in guitar playing, through eleven interpretable qualities
            and one linear layer: each quality's effect on each emotion is its weight times its value, exactly."""
        ),
        "## Intended use",
        _text(_INTENDED),
        "## Figures",
        _text(
            f"""Written by `{contract["figures_by"]}`; `affetto-model evaluate --split test` measures them
            again. A take is a clip played on one guitar, heard whole: each clip on
            {training["guitars_a_clip"]} of the {len(training["guitars"])} guitars. No song stands in two splits.
            *Session*: the reference level begins where a session with that guitar would have it; *cold*: nothing is
            known yet. The validation split chose
            among checkpoints and runs, which flatters it; the test split is EMOPIA's own and chose nothing."""
        ),
        _accuracies(figures),
        "On the test split, session (rows: the label; columns: what the model says):",
        _confusion(figures["test"]["session"]["confusion"]),
        _text(
            f"""Pearson's r between the model's mid-level values and those computed from the score, over windows of
            {training["window_s"]:g} s:"""
        ),
        _correlations(figures),
        _text(
            f"""With the {len(PERCEPTUAL_FEATURES)} perceptual features alone, by a linear layer fitted anew on the
            training split: {_percent(seven["validation"]["accuracy"])} of four classes on validation,
            {_percent(seven["test"]["accuracy"])} on test."""
        ),
        "## Limits",
        "\n".join(fill(" ".join(item.split()), 110, initial_indent="- ", subsequent_indent="  ") for item in _LIMITS),
        "## Training",
        _text(
            f"""{training["pieces"]} pieces on the guitars {", ".join(training["guitars"])}: {training["takes"]} takes;
            {training["steps"]} optimizer steps on windows of {training["window_s"]:g} s, each transposed, tilted and
            given a noise floor at random. Loss: cross-entropy with label smoothing and squared error of the mid-level
            values. The temperature, {contract["temperature"]:g}, is fitted on windows of the validation split."""
        ),
        "## Files",
        _files(contract["forms"]),
        "## Sources and licences",
        _SOURCES.rstrip(),
        _text(_LICENCE),
    ]
    return "\n\n".join(parts) + "\n"


def _text(text: str) -> str:
    return fill(" ".join(text.split()), 110, break_long_words=False, break_on_hyphens=False)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def _accuracies(figures: dict[str, Any]) -> str:
    names = {"session": "session", "cold": "cold", "windows": "session, each window alone"}
    found = [(split, begin) for split in ("validation", "test") for begin in names]
    rows = []
    for split, begin in found:
        f = figures[split][begin]
        rates = [_percent(f[name]) for name in ("accuracy", "arousal", "valence")]
        rows.append([f"{split}, {names[begin]}", str(f["takes"]), *rates, f"{f['macro_f1']:.3f}"])
    return _table(["split", "heard", "four classes", "arousal", "valence", "macro-F1"], rows)


def _confusion(matrix: list[list[int]]) -> str:
    return _table(["", *EMOTIONS], [[name, *map(str, row)] for name, row in zip(EMOTIONS, matrix, strict=True)])


def _correlations(figures: dict[str, Any]) -> str:
    r = {split: figures[split]["mid_level_r"] for split in ("validation", "test")}
    rows = [[n.replace("_", " "), f"{r['validation'][n]:.2f}", f"{r['test'][n]:.2f}"] for n in MID_LEVEL]
    return _table(["quality", "validation", "test"], rows)


def _files(forms: dict[str, Any]) -> str:
    single, eight = forms["single"], forms["eight_bit"]
    verdict = "ships as `affetto.onnx`" if forms["shipped"] == "eight_bit" else "does not ship"
    return _text(
        f"""`affetto.onnx` is what the instrument loads; `affetto-fp32.onnx` is the model in single precision,
        {single["bytes"] / 1000:.0f} kB. An eight-bit form, {eight["bytes"] / 1000:.0f} kB, gives the same label on
        {_percent(eight["agreement"])} of windows and is right on {_percent(eight["accuracy"])} of validation takes
        against {_percent(single["accuracy"])}; its streams differ from its windows by up to
        {eight["stream_difference"]:.0e}. It {verdict}."""
    )
