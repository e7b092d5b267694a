"""What explanations shall reach, and whether they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AGREEMENT = {
    64: {"spearman": 0.90, "jaccard": 0.68, "jaccard_seeds": 0.60},
    128: {"spearman": 0.95, "jaccard": 0.78, "jaccard_seeds": 0.72},
}
_WHAT = {
    "spearman": "Spearman with the reference",
    "jaccard": "top-10 Jaccard with the reference",
    "jaccard_seeds": "top-10 Jaccard across seeds",
}
_MS = {64: 200.0, 128: 300.0}


def aims(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each aim as what, aim, measured, met."""
    rows = []
    local = report["curves"]["local"]
    for calls, of_calls in AGREEMENT.items():
        if str(calls) not in local:
            continue
        rows += [_least(f"{_WHAT[k]}, {calls} calls", aim, local[str(calls)][k]) for k, aim in of_calls.items()]
        rows.append(
            _least(f"insertion - deletion, share of the reference's, {calls} calls", 0.97, local[str(calls)]["share"])
        )
    for calls, ms in _MS.items():
        took = report["speed"][f"local, {calls} calls"]["least_ms"]
        rows.append(_most(f"end to end with sound, {calls} calls (ms, least of several)", ms, took))
    for kind in ("detector", "beside"):
        for calls in AGREEMENT:
            of_kind = report["settings"][f"onsets: local, {calls} calls"]["planted"][kind]
            rows.append(_least(f'planted evidence "{kind}", AUC, {calls} calls', 0.98, of_kind["auc"]))
    rows.append(
        _least("masked against re-analysed sound, r, emotions", 0.90, report["masked_against_sound"]["emotions"])
    )
    own, lime = report["settings"]["onsets: local, 128 calls"], report["settings"]["onsets: lime, 1,000 calls"]
    rows.append(_most("randomised weights, mean absolute ρ", 0.35, own["forgotten"]))
    fast = report["speed"]["local, 128 calls"]
    rows.append(_least("times faster than XMERApp's 27 s, 128 calls", 50.0, fast["times_faster_than_xmerapp"]))
    rows.append(_least("times faster than lime at 1,000 calls, 128 calls", 10.0, fast["times_faster_than_lime"]))
    few = report["speed"]["local, 64 calls"]["times_faster_than_lime"]
    rows.append(_least("times faster than lime at 1,000 calls, 64 calls", 10.0, few))
    rows.append(_least("top-10 Jaccard against lime's at 1,000 calls, 128 calls", lime["jaccard"], own["jaccard"]))
    return rows


def _least(what: str, aim: float, measured: float) -> dict[str, Any]:
    return {"what": what, "aim": f"≥ {aim:.3g}", "measured": measured, "met": bool(measured >= aim)}


def _most(what: str, aim: float, measured: float) -> dict[str, Any]:
    return {"what": what, "aim": f"≤ {aim:.3g}", "measured": measured, "met": bool(measured <= aim)}
