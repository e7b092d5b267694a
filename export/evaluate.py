"""How well a model hears: per window and per take, as figures that the model card quotes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax
from sklearn.metrics import confusion_matrix, f1_score, r2_score

from edge.features import Floats
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL
from export.networks import Network
from export.windows import Windows

HIGH_AROUSAL = ("aggressive", "happy")
HIGH_VALENCE = ("happy", "relaxed")
_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Listener:
    """A model in whichever form: a torch network in training, or the ONNX file that ships.

    Attributes
    ----------
    judge : callable
        From mel (batch, steps, hops, bands) and pitch (batch, steps, bins), warm-up included, to the emotions' logits
        (batch, 4) and the mid-level values (batch, 11), NaN where there are none.
    """

    judge: Callable[[Floats, Floats], tuple[Floats, Floats]]

    @classmethod
    def of_network(cls, net: Network) -> Listener:
        """Listen with a network in the precision that it is trained in, bfloat16."""
        device = next(net.parameters()).device

        def judge(mel: Floats, pitch: Floats) -> tuple[Floats, Floats]:
            with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
                said = net.eval().judge_window(torch.from_numpy(mel).to(device), torch.from_numpy(pitch).to(device))
            none = np.full((len(mel), len(MID_LEVEL)), np.nan, np.float32)
            return said.logits.float().cpu().numpy(), none if said.mid_level is None else _floats(said.mid_level)

        return cls(judge)

    @classmethod
    def of_model(cls, model: Model, warm_up_steps: int) -> Listener:
        c = model.contract

        def judge(mel: Floats, pitch: Floats) -> tuple[Floats, Floats]:
            mid_level = model.evidence(mel, pitch)[:, warm_up_steps:].mean(axis=1)
            return (mid_level @ c.emotion_weights.T + c.emotion_bias).astype(np.float32), mid_level

        return cls(judge)


def _floats(values: torch.Tensor) -> Floats:
    return np.asarray(values.float().cpu().numpy(), np.float32)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a model said of windows or takes, and what they were.

    Attributes
    ----------
    take : (n,) int
        Which take each window belongs to.
    logits : (n, 4) float
    mid_level : (n, 11) float
        In standard deviations; NaN where the model has no such unit.
    emotion : (n,) int
        The label; -1 where there is none.
    target : (n, 11) float
        The mid-level values of the score; NaN where it cannot say.
    """

    take: NDArray[np.int_]
    logits: Floats
    mid_level: Floats
    emotion: NDArray[np.int_]
    target: Floats

    @classmethod
    def of_logits(cls, logits: NDArray[np.floating], emotion: NDArray[np.int_]) -> Heard:
        """Return what speaks of emotions alone, each row a take of its own."""
        none = np.full((len(logits), len(MID_LEVEL)), np.nan, np.float32)
        return cls(np.arange(len(logits)), np.asarray(logits, np.float32), none, emotion, none)

    def takes(self) -> Heard:
        """Return the mean over each take's windows: logits are linear in the evidence, so it is the whole take's."""
        which = np.unique(self.take)
        logits, mid_level, target = (
            np.array([values[self.take == k].mean(axis=0) for k in which])
            for values in (self.logits, self.mid_level, self.target)
        )
        return Heard(which, logits, mid_level, np.array([self.emotion[self.take == k][0] for k in which]), target)

    def where(self, keep: NDArray[np.bool_]) -> Heard:
        return Heard(self.take[keep], self.logits[keep], self.mid_level[keep], self.emotion[keep], self.target[keep])

    def cross_entropy(self, temperature: float = 1.0) -> float:
        known = self.emotion >= 0
        rows = log_softmax(self.logits[known] / temperature, axis=1)
        return float(-rows[np.arange(len(rows)), self.emotion[known]].mean())

    def mid_level_error(self) -> float:
        """Return the mean squared error of the units that there are; 0 where there are none."""
        error = np.square(self.mid_level - self.target)
        return float(np.nanmean(error)) if np.isfinite(error).any() else 0.0

    def mid_level_r(self) -> dict[str, float]:
        """Return Pearson's r of each unit with the score's value."""
        return self._of_units(lambda said, meant: float(np.corrcoef(said, meant)[0, 1]))

    def mid_level_r2(self) -> dict[str, float]:
        """Return the coefficient of determination of each unit: what is left of 1 after its squared error."""
        return self._of_units(lambda said, meant: float(r2_score(meant, said)))

    def _of_units(self, measure: Callable[[Floats, Floats], float]) -> dict[str, float]:
        """Return a measure of each unit where both the model and the score know its value."""
        found = {}
        for k, name in enumerate(MID_LEVEL):
            said, meant = self.mid_level[:, k], self.target[:, k]
            known = np.isfinite(said) & np.isfinite(meant)
            if known.sum() > 2:
                found[name] = round(measure(said[known], meant[known]), 3)
        return found


def predict(listener: Listener, windows: Windows, in_session: bool) -> Heard:
    """Hear the windows that tile each take, with the reference level of a session or from nothing known."""
    which = [(k, int(s)) for k in range(len(windows.takes)) for s in windows.tiling(k)]
    logits, mid_level, target = [], [], []
    for start in range(0, len(which), _AT_ONCE):
        batch = windows.cut(which[start : start + _AT_ONCE], in_session)
        said = listener.judge(batch.mel, batch.pitch)
        logits.append(said[0])
        mid_level.append(said[1])
        target.append(batch.mid_level)
    emotions = [-1 if t.piece.emotion is None else t.piece.emotion for t in windows.takes]
    return Heard(
        np.array([k for k, _ in which]),
        np.concatenate(logits),
        np.concatenate(mid_level),
        np.array([emotions[k] for k, _ in which]),
        np.concatenate(target),
    )


def scores(heard: Heard) -> dict[str, Any]:
    """Return four-class, arousal and valence accuracy, macro-F1 and the confusion matrix (rows: the label)."""
    said, meant = heard.logits.argmax(axis=1), heard.emotion
    return {
        "heard": len(meant),
        "accuracy": round(float(np.mean(said == meant)), 4),
        "arousal": round(_agreement(said, meant, HIGH_AROUSAL), 4),
        "valence": round(_agreement(said, meant, HIGH_VALENCE), 4),
        "macro_f1": round(float(f1_score(meant, said, average="macro")), 4),
        "confusion": confusion_matrix(meant, said, labels=range(len(EMOTIONS))).tolist(),
    }


def _agreement(said: NDArray[np.int_], meant: NDArray[np.int_], high: tuple[str, ...]) -> float:
    positions = [EMOTIONS.index(name) for name in high]
    return float(np.mean(np.isin(said, positions) == np.isin(meant, positions)))


def fit_temperature(heard: Heard) -> float:
    """Return the temperature that calibrates the probabilities best (Guo et al., ICML 2017)."""
    candidates = np.geomspace(0.2, 5.0, 161)
    return round(float(min(candidates, key=heard.cross_entropy)), 4)


def reliability(heard: Heard, temperature: float, bins: int = 10) -> list[dict[str, float]]:
    """Return for each bin of confidence how many were heard in it, their mean confidence and their accuracy.

    The reliability diagram of Guo et al. (ICML 2017, section 2); empty bins are left out.
    """
    p = softmax(heard.logits / temperature, axis=1)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == heard.emotion
    of_bin = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "heard": int((of_bin == k).sum()),
            "confidence": round(float(confidence[of_bin == k].mean()), 4),
            "accuracy": round(float(right[of_bin == k].mean()), 4),
        }
        for k in np.unique(of_bin)
    ]


def calibration_error(table: list[dict[str, float]]) -> float:
    """Return the expected calibration error of a reliability table (Guo et al., ICML 2017, eq. 3)."""
    n = sum(row["heard"] for row in table)
    return round(float(sum(row["heard"] * abs(row["confidence"] - row["accuracy"]) for row in table) / n), 4)
