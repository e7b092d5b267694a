"""How well a model hears: per clip, over the whole clip, as figures that the model card quotes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, f1_score

from edge.features import Floats, FrontEndSettings
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL
from export.dataset import Take
from export.networks.affetto import AffettoNet
from export.windows import Scale, Windows, inputs

HIGH_AROUSAL = ("aggressive", "happy")
HIGH_VALENCE = ("happy", "relaxed")


@dataclass(frozen=True, slots=True)
class Listener:
    """A model in whichever form: a torch network in training, or the ONNX file that ships.

    Attributes
    ----------
    evidence : callable
        From mel (batch, steps, hops, bands) and pitch (batch, steps, bins) to evidence (batch, steps, 11).
    weights, bias : (4, 11), (4,)
        The linear layer to the emotions.
    front_end : FrontEndSettings
    """

    evidence: Callable[[Floats, Floats], Floats]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    front_end: FrontEndSettings

    @classmethod
    def of_network(cls, net: AffettoNet) -> Listener:
        def evidence(mel: Floats, pitch: Floats) -> Floats:
            with torch.inference_mode():
                return net.eval()(torch.from_numpy(mel), torch.from_numpy(pitch))[0].numpy()

        layer = net.emotion
        return cls(
            evidence,
            layer.weight.detach().double().numpy(),
            layer.bias.detach().double().numpy(),
            net.front_end,
        )

    @classmethod
    def of_model(cls, model: Model) -> Listener:
        c = model.contract
        return cls(model.evidence, c.emotion_weights, c.emotion_bias, c.front_end)

    def hear(self, take: Take, session_dbfs: float | None) -> Floats:
        """Return the evidence, (steps, 11), of a whole take.

        The reference level begins where a session with this guitar would have it, or with nothing known (None).
        """
        mel, pitch = inputs(take.float32(), self.front_end, session_dbfs)
        return self.evidence(mel[None], pitch[None])[0]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model said of takes.

    Attributes
    ----------
    logits : (n, 4) float64
    emotion : (n,) int
        The label.
    """

    logits: NDArray[np.float64]
    emotion: NDArray[np.int_]


def predict(listener: Listener, takes: list[Take], levels: dict[str, float] | None) -> Heard:
    """Hear each take whole; `levels` are those of a session with each guitar, None where nothing is known."""
    values = np.array([listener.hear(t, levels and levels.get(t.guitar)).mean(axis=0) for t in takes], np.float64)
    return Heard(values @ listener.weights.T + listener.bias, np.array([t.piece.emotion for t in takes]))


def predict_windows(listener: Listener, takes: list[Take], levels: dict[str, float] | None, length: int) -> Heard:
    """Hear windows of `length` steps, one after the other, as the instrument averages them."""
    values, meant = [], []
    for take in takes:
        evidence = listener.hear(take, levels and levels.get(take.guitar))
        ends = range(length, len(evidence) + 1, length)
        values += [evidence[end - length : end].mean(axis=0, dtype=np.float64) for end in ends]
        meant += [take.piece.emotion] * len(ends)
    return Heard(np.array(values) @ listener.weights.T + listener.bias, np.array(meant))


def scores(heard: Heard) -> dict[str, Any]:
    """Return four-class, arousal and valence accuracy, macro-F1 and the confusion matrix (rows: the label)."""
    said, meant = heard.logits.argmax(axis=1), heard.emotion
    return {
        "takes": len(meant),
        "accuracy": round(float(np.mean(said == meant)), 4),
        "arousal": round(_agreement(said, meant, HIGH_AROUSAL), 4),
        "valence": round(_agreement(said, meant, HIGH_VALENCE), 4),
        "macro_f1": round(float(f1_score(meant, said, average="macro")), 4),
        "confusion": confusion_matrix(meant, said, labels=range(len(EMOTIONS))).tolist(),
    }


def _agreement(said: NDArray[np.int_], meant: NDArray[np.int_], high: tuple[str, ...]) -> float:
    positions = [EMOTIONS.index(name) for name in high]
    return float(np.mean(np.isin(said, positions) == np.isin(meant, positions)))


def mid_level_correlation(
    listener: Listener, takes: list[Take], levels: dict[str, float], scale: Scale, cache: Path | None = None
) -> dict[str, float]:
    """Return Pearson's r between the model's values and those of the score, over all windows of the takes."""
    windows = Windows(takes, listener.front_end, 0, levels, scale, cache)
    said, meant = [], []
    for k, take in enumerate(takes):
        evidence = listener.hear(take, levels.get(take.guitar))
        for second, raw in enumerate(windows.raw[k]):
            start = round(second * listener.front_end.steps_per_second)
            part = evidence[start : start + windows.length]
            if len(part):
                said.append(part.mean(axis=0))
                meant.append(scale(raw))
    x, y = np.array(said, np.float64), np.array(meant, np.float64)
    found = {}
    for k, name in enumerate(MID_LEVEL):
        known = ~np.isnan(y[:, k])
        found[name] = round(float(np.corrcoef(x[known, k], y[known, k])[0, 1]), 3)
    return found


def fit_temperature(heard: Heard) -> float:
    """Return the temperature that calibrates the probabilities best (Guo et al., ICML 2017)."""
    logits, emotion = torch.from_numpy(heard.logits), torch.from_numpy(heard.emotion)
    candidates = np.geomspace(0.2, 5.0, 161)
    losses = [float(torch.nn.functional.cross_entropy(logits / t, emotion)) for t in candidates]
    return round(float(candidates[int(np.argmin(losses))]), 4)
