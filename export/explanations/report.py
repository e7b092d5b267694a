"""The quality report as a page: what explanations are, how they are found, and how far they can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export.card_sections import percent, table, text
from export.explanations import pictures, tables
from export.explanations.aims import aims
from export.explanations.plan import FULL_REFERENCE_CALLS, Plan
from export.explanations.summary import measure_all

PAGE, DATA, FIGURES = "README.md", "quality.json", "figures"

_WHAT = """
# Explanations

For any moment of the live sound or of a recording, of any emotion or mid-level feature:

- **Effects**: weight × value of each mid-level feature, exact (Chowdhury et al. 2019), and which features are unusual.
- **Regions**: which regions of the spectrogram spoke for it (Haunschmid et al. 2019, 2020).
- **Sources**: the same of attack and fret noise, registers, groups of notes, time blocks or strings (audioLIME).
- **What if**: which parts to raise or lower to move the emotion, and how far it then really moves.

A part's *weight* is how much the value rises, on average over mixtures of the other parts, when the part sounds in full
rather than 25 dB weaker. Weights come from running the network on mixtures of the parts:

- **local** (the usual one): mixtures in which near parts are orthogonal, each followed by its complement; the evidence
  of each moment is fitted on what it can hear alone, and the fits are averaged.
- **hadamard**: a fold-over design of all parts, fitted as a whole.
- **lime**: the published package, as it is (Ribeiro et al. 2016).
- **exact**: all mixtures, of twelve parts at most.
"""

_HOW = """
*Reference*: least squares on {calls} random mixtures in which every second part sounds. *Spearman*, *Jaccard*: of the
weights on the four emotions, and of the ten parts of largest weight, either sign; *chance*: the Jaccard of drawn tens.
*Across seeds*: between two estimates of the same moment. *Insertion - deletion*: the area below the leading emotion's
logit while parts are added, strongest first, less that while they are taken away (Petsiuk et al. 2018), also as a share
of the reference's. *R²*: of random mixtures that the weights were not fitted to, up to a constant. Means over
{moments}, windows of 8 s.
"""

_HEARD = """
*Sound*: the tenth of the parts that speaks most for the leading emotion is made into sound alone (the others 25 dB
weaker), and taken away (25 dB weaker); the network hears both again. f is the probability of the leading emotion.
*Average increase*: mean of 1[f(alone) > f(x)]. *Average drop*: mean of max(0, f(x) - f(alone)) / f(x). *Faithfulness*:
mean of f(x) - f(removed). *Input fidelity*: how often the label stays (definitions of Paissan et al. 2024, L-MAC; there
the probability is of one class of fifty, and masks are trained to this end). *Randomised*: mean |Spearman| with
explanations of the network with shuffled weights (Adebayo et al. 2018). *int8 / fp32*: between the two shipped forms.
"""

_PLANTED = """
*detector*: the network is replaced by a detector of one band that only a planted chord reaches: nothing else can have
decided, nor does a decoy, 6 dB louder, elsewhere. *beside*: the detector adds to what the shipped network says of the
music, twice as much as the music's weightiest region does. True parts hold a quarter of the planted sound's energy, or
the most of it. *Hit at 1*: how often the weightiest part is a true one.
"""

_NETWORK = """
*network*: a loud chord is planted that moves a logit of the shipped network itself by 1.5 times what the music's
weightiest region does. It is **not a clean truth**: made 25 dB weaker, the parts that hold it undo {undone} of what it
does, since the network follows levels over 80 dB and hears it still: such a part gets little weight, rightly. Energy
finds it because it is loud.
"""


def write(plan: Plan, runs: Path, output: Path, workers: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Measure, or go on measuring, and write page, JSON and pictures into `output`; return the figures."""
    report = measure_all(plan, runs, workers, tell)
    report["aims"] = aims(report)
    drawn = pictures.draw(report, output / FIGURES)
    for name, content in ((DATA, json.dumps(_rounded(report), indent=1) + "\n"), (PAGE, page(report, drawn))):
        unfinished = output / f".{name}.part"
        unfinished.write_text(content)
        unfinished.replace(output / name)
    return report


def page(r: dict[str, Any], drawn: list[str]) -> str:
    """Return the report as Markdown."""
    calls = f"{r['reference_calls']:,}"
    missed = [row for row in r["aims"] if not row["met"]]
    agreement, removal, planted = (f"![{name}]({FIGURES}/{name})" for name in drawn)
    sound = r["masked_against_sound"]
    lowest = min(sound["each"], key=sound["each"].get)
    return "\n\n".join(
        [
            _WHAT.strip(),
            "## How far to trust them",
            *_notice(r),
            text(
                f"""Measured on model {r["model"]["version"]}, eight-bit, by `make explain-report`. Missed:
                {len(missed)} of {len(r["aims"])} aims."""
            ),
            table(
                ["", "aim", "measured", ""],
                [[a["what"], a["aim"], f"{a['measured']:.3g}", "" if a["met"] else "**missed**"] for a in r["aims"]],
            ),
            _limits(r),
            "## Agreement",
            text(_HOW.format(calls=calls, moments=f"these moments: {', '.join(r['moments'])}")),
            tables.curves(r),
            agreement,
            "Other orders of the regions:",
            tables.orders(r),
            removal,
            "## Beside published methods",
            text(
                f"""Each with its paper's division and settings, and with ours on the same parts. All turn parts off by
                25 dB (audioLIME: silence; XMERApp and Two-level: means of the image). The reference of divisions other
                than the first is of {r["other_reference_calls"]:,} mixtures, and of all 4,096 of XMERApp's twelve."""
            ),
            tables.settings(r),
            text(_HEARD),
            tables.sounds(r),
            "## Planted evidence",
            text(_PLANTED),
            tables.planted(r),
            planted,
            *_network(r),
            "What *off* means, local at 128 calls (the one in use: -25 dB):",
            tables.fills(r),
            "## From mask to sound",
            text(
                f"""The network hears 48 random mixtures of each moment's regions as sums of band powers, as
                explanations do, and as sound: Pearson's r {sound["emotions"]:.3f} over the emotions,
                {sound["all"]:.3f} over all outputs, lowest {lowest.replace("_", " ")} {sound["each"][lowest]:.3f}."""
            ),
            "## Speed",
            text(
                """From an excerpt to the last explanation with five sounds, on the two cores of a shared and noisy
                x86-64 machine; the least of several runs is what it takes undisturbed. XMERApp's figure: 27 s for
                2,000 samples, measured on the same machine type with its own network and features."""
            ),
            tables.speed(r),
        ]
    ) + "\n"  # fmt: skip


def _notice(r: dict[str, Any]) -> list[str]:
    if r["reference_calls"] >= FULL_REFERENCE_CALLS:
        return []
    return ["**A quick run, only to see that all runs: its figures mean little.** `make explain-report` measures them."]


def _limits(r: dict[str, Any]) -> str:
    local = r["curves"]["local"]
    most = local[max(local, key=int)]
    return text(
        f"""Parts do not simply add up: the best weights explain about {100 * r["ceiling"]["r2"]:.0f} % of what the
        network says of mixtures, so no list of weights is the whole truth; each explanation tells its own R². With
        {max(local, key=int)} calls the order of the regions agrees with the reference at
        {most["spearman"]:.2f}, and two halves of the reference agree at {r["ceiling"]["spearman"]:.2f}."""
    )


def _network(r: dict[str, Any]) -> list[str]:
    of_network = r["planted"].get("network")
    if not of_network or of_network["undone"] is None:
        return []
    return [text(_NETWORK.format(undone=percent(of_network["undone"])))]


def _rounded(value: Any) -> Any:
    """Return JSON with four digits behind the point, which is more than is known."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value
