"""How well a model hears: per clip, over the whole clip, as figures that the model card quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score

from edge.types import EMOTIONS, MID_LEVEL
from export.dataset import Take
from export.network import AffettoNet
from export.windows import Scale, Windows, inputs

HIGH_AROUSAL = ("aggressive", "happy")
HIGH_VALENCE = ("happy", "relaxed")


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model said of takes.

    Attributes
    ----------
    logits : (n, 4)
    emotion : (n,) int
        The label.
    mid_level : (n, 11)
    """

    logits: NDArray[np.float64]
    emotion: NDArray[np.int_]
    mid_level: NDArray[np.float64]


def evidence_of(net: AffettoNet, take: Take, session_dbfs: float | None) -> NDArray[np.float32]:
    """Return the evidence, (steps, 11), of a whole take."""
    mel, pitch = inputs(take.float32(), net.front_end, session_dbfs)
    with torch.inference_mode():
        return net(torch.from_numpy(mel)[None], torch.from_numpy(pitch)[None])[0][0].numpy()


def predict(net: AffettoNet, takes: list[Take], levels: dict[str, float] | None) -> Heard:
    """Hear each take whole, with the reference level of a session with its guitar, or with nothing known (None)."""
    net.eval()
    values = np.array([evidence_of(net, t, levels and levels[t.guitar]).mean(axis=0) for t in takes], np.float64)
    weight, bias = net.emotion.weight.detach().numpy(), net.emotion.bias.detach().numpy()
    return Heard(values @ weight.T + bias, np.array([t.piece.emotion for t in takes]), values)


def scores(heard: Heard) -> dict[str, Any]:
    """Return four-class, arousal and valence accuracy, macro-F1, each emotion's recall, the confusion matrix."""
    said, meant = heard.logits.argmax(axis=1), heard.emotion
    confusion = confusion_matrix(meant, said, labels=range(len(EMOTIONS)))
    return {
        "clips": len(meant),
        "accuracy": float(np.mean(said == meant)),
        "arousal": _agreement(said, meant, HIGH_AROUSAL),
        "valence": _agreement(said, meant, HIGH_VALENCE),
        "macro_f1": float(f1_score(meant, said, average="macro")),
        "confusion": confusion.tolist(),
    }


def _agreement(said: NDArray[np.int_], meant: NDArray[np.int_], high: tuple[str, ...]) -> float:
    positions = [EMOTIONS.index(name) for name in high]
    return float(np.mean(np.isin(said, positions) == np.isin(meant, positions)))


def mid_level_correlation(
    net: AffettoNet, takes: list[Take], levels: dict[str, float], scale: Scale
) -> dict[str, float]:
    """Return Pearson's r between the model's values and those of the score, over all windows of the takes."""
    windows = Windows(takes, net.front_end, 0, levels, scale)
    said, meant = [], []
    for k, take in enumerate(takes):
        evidence = evidence_of(net, take, levels[take.guitar])
        for second, raw in enumerate(windows.raw[k]):
            start = round(second * net.front_end.steps_per_second)
            part = evidence[start : start + windows.length]
            if len(part):
                said.append(part.mean(axis=0))
                meant.append(scale(raw))
    x, y = np.array(said, np.float64), np.array(meant, np.float64)
    found = {}
    for k, name in enumerate(MID_LEVEL):
        known = ~np.isnan(y[:, k])
        found[name] = float(np.corrcoef(x[known, k], y[known, k])[0, 1])
    return found


def fit_temperature(heard: Heard) -> float:
    """Return the temperature that calibrates the probabilities best (Guo et al., ICML 2017), on validation alone."""
    logits, emotion = torch.from_numpy(heard.logits), torch.from_numpy(heard.emotion)
    candidates = np.geomspace(0.25, 4.0, 161)
    losses = [float(torch.nn.functional.cross_entropy(logits / t, emotion)) for t in candidates]
    return float(candidates[int(np.argmin(losses))])
