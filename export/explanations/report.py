"""The quality report as a page: what explanations are, how they are found, and how far they can be trusted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from export.card_sections import percent, table, text
from export.explanations import pictures
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
            _curves(r),
            agreement,
            "Other orders of the regions:",
            _orders(r),
            removal,
            "## Beside published methods",
            text(
                f"""Each with its paper's division and settings, and with ours on the same parts. All turn parts off by
                25 dB (audioLIME: silence; XMERApp and Two-level: means of the image). The reference of divisions other
                than the first is of {r["other_reference_calls"]:,} mixtures, and of all 4,096 of XMERApp's twelve."""
            ),
            _settings(r),
            text(_HEARD),
            _sounds(r),
            "## Planted evidence",
            text(_PLANTED),
            _planted(r),
            planted,
            *_network(r),
            "What *off* means, local at 128 calls (the one in use: -25 dB):",
            _fills(r),
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
            _speed(r),
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


def _curves(r: dict[str, Any]) -> str:
    head = ["method", "calls", "Spearman", "Jaccard", "across seeds", "insertion - deletion", "share", "R²"]
    rows = [
        [method, calls, *(f"{row[k]:.2f}" for k in ("spearman", "jaccard", "jaccard_seeds")),
         f"{row['gap']:.3f}", percent(row["share"]), f"{row['r2']:.2f}"]
        for method, of_calls in r["curves"].items()
        for calls, row in of_calls.items()
    ]  # fmt: skip
    c = r["ceiling"]
    halves = ["two halves of the reference", f"{r['reference_calls'] // 2:,}"]
    rows.append([*halves, f"{c['spearman']:.2f}", f"{c['jaccard']:.2f}", "", "", "", f"{c['r2']:.2f}"])
    return table(head, rows)


def _orders(r: dict[str, Any]) -> str:
    rows = [
        [name, f"{o['gap']:.3f}", percent(o["share"]), f"{o['gap_probability']:.3f}"] for name, o in r["orders"].items()
    ]
    return table(["order", "insertion - deletion, logit", "share of the reference's", "the same, probability"], rows)


def _settings(r: dict[str, Any]) -> str:
    head = [
        "",
        "parts",
        "calls",
        "Spearman",
        "Jaccard",
        "chance",
        "across seeds",
        "insertion - deletion",
        "share",
        "R²",
    ]
    rows = [
        [f"{s['name']} ({s['division']})", f"{s['parts']:.0f}", f"{s['calls']:.0f}", f"{s['spearman']:.2f}",
         f"{s['jaccard']:.2f}", f"{s['jaccard_by_chance']:.2f}", f"{s['jaccard_seeds']:.2f}", f"{s['gap']:.3f}",
         percent(s["share"]), f"{s['r2']:.2f}"]
        for s in r["settings"].values()
    ]  # fmt: skip
    return table(head, rows)


def _sounds(r: dict[str, Any]) -> str:
    head = [
        f"{r['heard_moments']} moments", "average increase", "average drop", "faithfulness", "input fidelity",
        "randomised", "int8 / fp32: Spearman", "Jaccard", "mask / sound",
    ]  # fmt: skip
    rows = [
        [f"{s['name']} ({s['division']})", *_heard(s["heard"]), f"{s['forgotten']:.2f}",
         f"{s['precision_spearman']:.3f}", f"{s['precision_jaccard']:.2f}", f"{s['masked_against_sound']:.3f}"]
        for s in r["settings"].values()
    ]  # fmt: skip
    rows += [[f"{name} (onsets)", *_heard(h), "", "", "", ""] for name, h in r["heard_beside"].items()]
    return table(head, rows)


def _heard(h: dict[str, float]) -> list[str]:
    return [
        percent(h["average_increase"]), percent(h["average_drop"]), f"{h['faithfulness']:.3f}",
        percent(h["input_fidelity"]),
    ]  # fmt: skip


def _planted(r: dict[str, Any]) -> str:
    head, rows = [""], [[f"{s['name']} ({s['division']})"] for s in r["settings"].values()] + [["energy (onsets)"]]
    for kind, of_kind in r["planted"].items():
        head += [f"{kind}: AUC", "hit at 1", "plants"]
        found = [*(s["planted"][kind] for s in r["settings"].values()), of_kind["energy"]]
        for row, p in zip(rows, found, strict=True):
            row += [f"{p['auc']:.3f}", percent(p["hit"]), str(p["count"])] if p["count"] else ["", "", "0"]
    return table(head, rows)


def _network(r: dict[str, Any]) -> list[str]:
    of_network = r["planted"].get("network")
    if not of_network or of_network["undone"] is None:
        return []
    return [text(_NETWORK.format(undone=percent(of_network["undone"])))]


def _fills(r: dict[str, Any]) -> str:
    of_kinds = {kind: of["fills"] for kind, of in r["planted"].items() if of["fills"]}
    rows = []
    for fill in next(iter(of_kinds.values()), {}):
        found = [fills[fill] for fills in of_kinds.values()]
        name = f"{float(fill):g} dB" if fill.startswith("-") else fill
        rows.append([name, *(f"{f['auc']:.3f} / {percent(f['hit'])}" for f in found)])
    return table(["off", *(f"{kind}: AUC / hit at 1" for kind in of_kinds)], rows)


def _speed(r: dict[str, Any]) -> str:
    head = ["", "first weights (ms)", "least (ms)", "median (ms)", "processor (ms)", "than lime", "than XMERApp's 27 s"]
    rows = [
        [name, *(f"{s[k]:.0f}" for k in ("first_ms", "least_ms", "median_ms", "processor_ms")),
         f"{s['times_faster_than_lime']:.1f} ×", f"{s['times_faster_than_xmerapp']:.0f} ×"]
        for name, s in r["speed"].items()
    ]  # fmt: skip
    return table(head, rows)


def _rounded(value: Any) -> Any:
    """Return JSON with four digits behind the point, which is more than is known."""
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_rounded(v) for v in value]
    return round(value, 4) if isinstance(value, float) else value
