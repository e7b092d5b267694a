"""A model under audit: an ONNX file or a checkpoint, both heard in single precision so that effects are exact."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from edge.features import Floats
from edge.model import Model
from edge.types import EMOTIONS
from export.dataset import Take
from export.evaluate import Listener, predict
from export.networks.affetto import AffettoNet
from export.notes import CorpusError
from export.onnx_export import WINDOW_S, load_for_instrument
from export.train import TrainSettings
from export.windows import Windows


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of takes, each heard whole.

    Attributes
    ----------
    said, true : (n,) int
        Positions in `EMOTIONS`.
    effects : (n, 4, 11) float
        Weight times value of each quality on each emotion's logit, less its mean over the four emotions: the
        probabilities depend on nothing else (softmax does not change when all logits move alike).
    """

    said: NDArray[np.int_]
    true: NDArray[np.int_]
    effects: NDArray[np.float64]

    @property
    def figures(self) -> NDArray[np.float64]:
        """Return (n, 5): whether the take is judged right, and of each emotion whether it is said, less its truth."""
        one_hot = np.eye(len(EMOTIONS))
        right = (self.said == self.true).astype(float)
        return np.column_stack([right, one_hot[self.said] - one_hot[self.true]])


@dataclass(frozen=True, slots=True)
class Audited:
    """A model under audit.

    Attributes
    ----------
    file : str
    listener : Listener
    weights : (4, 11) float64
        Of the linear layer from the mid-level features to the logits.
    fold : int or None
        The fifth of the songs that it never learned from; None for EMOPIA's own test split.
    only_sad_guitar : str or None
        The bias that was planted in its training, if any.
    """

    file: str
    listener: Listener
    weights: NDArray[np.float64]
    fold: int | None = None
    only_sad_guitar: str | None = None

    @classmethod
    def read(cls, path: Path) -> Audited:
        """Read `path`: an .onnx file, or a run's checkpoint.

        Raises
        ------
        AffettoError
            The file is missing, is neither, or is no network with eleven units.
        """
        if not path.is_file():
            raise CorpusError(f"{path}: no such model; give an .onnx file or the best.pt of a run")
        if path.suffix == ".onnx":
            model = Model(path)
            listener = Listener.of_model(model, AffettoNet.warm_up_steps)
            return cls(str(path), listener, model.contract.emotion_weights)
        try:
            net, held = load_for_instrument(path)
        except (pickle.UnpicklingError, RuntimeError, LookupError, TypeError, EOFError):
            # torch raises any of these for what is no checkpoint, or one of another architecture
            raise CorpusError(f"{path}: not a checkpoint of this network; give the best.pt of a run") from None
        settings = TrainSettings(**held["settings"])
        weights = net.emotion.weight.detach().double().numpy()
        return cls(str(path), Listener(_in_single_precision(net)), weights, settings.fold, settings.only_sad_guitar)

    def hear(self, takes: list[Take]) -> Answers:
        """Return what the model says of the takes, in a session with their gear."""
        heard = predict(self.listener, self._windows(takes), in_session=True).takes()
        return Answers(heard.logits.argmax(axis=1), heard.emotion, self.effects(heard.mid_level))

    def effects(self, mid_level: Floats) -> NDArray[np.float64]:
        """Return the (n, 4, 11) effects of (n, 11) mid-level values, see `Answers`."""
        effects = self.weights[None] * mid_level[:, None].astype(np.float64)
        return np.asarray(effects - effects.mean(axis=1, keepdims=True))

    def logits(self, takes: list[Take]) -> NDArray[np.float64]:
        """Return the (n, 4) logits of the takes, less their mean over the four emotions."""
        logits = predict(self.listener, self._windows(takes), in_session=True).takes().logits.astype(np.float64)
        return np.asarray(logits - logits.mean(axis=1, keepdims=True))

    @staticmethod
    def _windows(takes: list[Take]) -> Windows:
        return Windows.without_targets(takes, WINDOW_S, AffettoNet.warm_up_steps)


def fold_of(models: list[Audited]) -> int | None:
    """Return the fold of songs that none of the models learned from.

    Raises
    ------
    CorpusError
        They are of different folds: one may know by heart what the other is tested on.
    """
    if len({m.fold for m in models}) > 1:
        files = " and ".join(m.file for m in models)
        raise CorpusError(f"{files} learned from other songs than each other; train both with the same --fold")
    return models[0].fold


def _in_single_precision(net: AffettoNet) -> Callable[[Floats, Floats], tuple[Floats, Floats]]:
    """Return the judge of a network that is heard as the instrument would, not in bfloat16 as in training."""

    def judge(mel: Floats, pitch: Floats) -> tuple[Floats, Floats]:
        with torch.inference_mode():
            said = net.judge_window(torch.from_numpy(mel), torch.from_numpy(pitch))
        assert said.mid_level is not None  # `load_for_instrument` lets no other pass
        return said.logits.numpy(), said.mid_level.numpy()

    return judge
