"""The report's tables, as Markdown."""

from __future__ import annotations

from typing import Any

from export.card_sections import percent, table


def curves(r: dict[str, Any]) -> str:
    """Methods with more and more calls, and what two halves of the reference agree on."""
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


def orders(r: dict[str, Any]) -> str:
    """Insertion and deletion by other orders of the regions."""
    rows = [
        [name, f"{o['gap']:.3f}", percent(o["share"]), f"{o['gap_probability']:.3f}"] for name, o in r["orders"].items()
    ]
    return table(["order", "insertion - deletion, logit", "share of the reference's", "the same, probability"], rows)


def settings(r: dict[str, Any]) -> str:
    """Every setting beside the reference of its division."""
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


def sounds(r: dict[str, Any]) -> str:
    """What is heard of the parts that every setting chooses."""
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


def planted(r: dict[str, Any]) -> str:
    """How well every setting finds each kind of plant."""
    head, rows = [""], [[f"{s['name']} ({s['division']})"] for s in r["settings"].values()] + [["energy (onsets)"]]
    for kind, of_kind in r["planted"].items():
        head += [f"{kind}: AUC", "hit at 1", "plants"]
        found = [*(s["planted"][kind] for s in r["settings"].values()), of_kind["energy"]]
        for row, p in zip(rows, found, strict=True):
            row += [f"{p['auc']:.3f}", percent(p["hit"]), str(p["count"])] if p["count"] else ["", "", "0"]
    return table(head, rows)


def fills(r: dict[str, Any]) -> str:
    """The same with other meanings of off."""
    of_kinds = {kind: of["fills"] for kind, of in r["planted"].items() if of["fills"]}
    rows = []
    for fill in next(iter(of_kinds.values()), {}):
        found = [fills[fill] for fills in of_kinds.values()]
        name = f"{float(fill):g} dB" if fill.startswith("-") else fill
        rows.append([name, *(f"{f['auc']:.3f} / {percent(f['hit'])}" for f in found)])
    return table(["off", *(f"{kind}: AUC / hit at 1" for kind in of_kinds)], rows)


def speed(r: dict[str, Any]) -> str:
    """How long explanations take."""
    head = ["", "first weights (ms)", "least (ms)", "median (ms)", "processor (ms)", "than lime", "than XMERApp's 27 s"]
    rows = [
        [name, *(f"{s[k]:.0f}" for k in ("first_ms", "least_ms", "median_ms", "processor_ms")),
         f"{s['times_faster_than_lime']:.1f} ×", f"{s['times_faster_than_xmerapp']:.0f} ×"]
        for name, s in r["speed"].items()
    ]  # fmt: skip
    return table(head, rows)
