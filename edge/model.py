"""The network that runs on the instrument: an ONNX file and the contract that it carries as metadata."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from edge.checksum import is_intact
from edge.errors import ModelError
from edge.features import FrontEndSettings
from edge.types import EMOTIONS, MID_LEVEL

Floats = NDArray[np.float32]
States = dict[str, Floats]
"""The network's memory of the sound so far: its states by name, with a batch axis of one."""

CONTRACT = 1
"""Version of the metadata that this program understands."""

METADATA_KEY = "affetto"


@dataclass(frozen=True, slots=True)
class Contract:
    """What a model file says of itself, checked against what this program computes.

    Attributes
    ----------
    emotion_weights : (4, 11) float64
        The linear layer from the mid-level features to the logits of the emotions.
    emotion_bias : (4,) float64
    temperature : float
        Divides the logits, fitted on validation data so that probabilities mean what they say.
    window_steps : int
        Steps over which the training took the mean of the evidence.
    receptive_steps : int
        Steps that one step's evidence depends on, itself included.
    card : dict
        Everything else the file says: name, version, training data, accuracy, licence.
    """

    front_end: FrontEndSettings
    emotion_weights: NDArray[np.float64]
    emotion_bias: NDArray[np.float64]
    temperature: float
    window_steps: int
    receptive_steps: int
    card: dict[str, Any]


def bundled_model() -> Path:
    """Return the path of the model that comes with Affetto."""
    return Path(str(resources.files("edge"))) / "models" / "affetto.onnx"


class Model:
    """An ONNX model whose evidence for the mid-level features is local in time, and the linear layer behind it.

    The value of a mid-level feature is the mean of its evidence over a window of steps; the logit of an emotion is
    the weighted sum of these values. So the effect of each feature on each emotion is weight times value, exactly
    (Chowdhury et al. 2019, section 6).

    Parameters
    ----------
    file : path or str
        "" for the model that comes with Affetto.

    Raises
    ------
    ModelError
        The file is missing, is no ONNX model, does not match this program, or is damaged.
    """

    def __init__(self, file: Path | str = "") -> None:
        self.path = Path(file).expanduser() if file else bundled_model()
        self._session = _open_session(self.path)
        self.contract = _read_contract(self._session, self.path)
        self._states = {i.name: tuple(i.shape[1:]) for i in self._session.get_inputs() if i.name.startswith("state_")}
        outputs = ["evidence", *map(_next_name, self._states)]
        missing = set(outputs) - {o.name for o in self._session.get_outputs()}
        if missing:
            raise ModelError(f"{self.path}: lacks the output `{sorted(missing)[0]}`; export it again")

    def describe(self) -> dict[str, str]:
        """Return what a person wants to know of the model beside its answers; the whole card is `contract.card`."""
        said = ("name", "version", "licence", "mid_level_source")
        return {"file": self.path.name, **{key: str(self.contract.card.get(key, "")) for key in said}}

    def stream(self) -> Stream:
        """Return a stream of its own state, at the beginning of the sound."""
        return Stream(self._session, self._states, self.contract.front_end)

    def evidence(self, mel: Floats, pitch: Floats, past: States | None = None) -> Floats:
        """Window form: the evidence for whole windows at once, all after the same past.

        Parameters
        ----------
        mel : (batch, steps, hops_per_step, mel_bands) float32
        pitch : (batch, steps, pitch_bins) float32
        past : States, optional
            As `past` returns it; else a state of rest.

        Returns
        -------
        (batch, steps, 11) float32
        """
        past = past or self._rest()
        states = {name: np.repeat(state, len(mel), axis=0) for name, state in past.items()}
        return np.asarray(self._session.run(["evidence"], {"mel": mel, "pitch": pitch, **states})[0])

    def past(self, mel: Floats, pitch: Floats) -> States:
        """Return the states after one stretch from rest, (steps, hops_per_step, mel_bands) and (steps, pitch_bins)."""
        names = list(self._states)
        if len(mel) == 0:
            return self._rest()
        inputs = {"mel": mel[None], "pitch": pitch[None], **self._rest()}
        return dict(zip(names, self._session.run([_next_name(name) for name in names], inputs), strict=True))

    def _rest(self) -> States:
        return {name: np.zeros((1, *shape), np.float32) for name, shape in self._states.items()}

    def probabilities(self, mid_level: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (4,) calibrated probabilities of the emotions for (11,) mid-level values."""
        c = self.contract
        logits = (c.emotion_weights @ mid_level + c.emotion_bias) / c.temperature
        exponentials = np.exp(logits - logits.max())
        return np.asarray(exponentials / exponentials.sum())

    def effects(self, mid_level: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (4, 11) effects, weight times value, of the (11,) mid-level values on the logits."""
        return self.contract.emotion_weights * mid_level


class Stream:
    """The streaming form: carries the network's state from one step to the next.

    A single step, the live case, runs on memory that is there: onnxruntime reads one set of states and writes the
    other, and they change places.
    """

    def __init__(
        self, session: onnxruntime.InferenceSession, states: dict[str, tuple[int, ...]], front_end: FrontEndSettings
    ) -> None:
        self._session = session
        self._mel = np.zeros((1, 1, front_end.hops_per_step, front_end.mel_bands), np.float32)
        self._pitch = np.zeros((1, 1, front_end.pitch_bins), np.float32)
        self._evidence = np.zeros((1, 1, len(MID_LEVEL)), np.float32)
        one, other = ({name: np.zeros((1, *shape), np.float32) for name, shape in states.items()} for _ in range(2))
        # the states that hold now and the binding that reads them, then the same for the step after
        self._turns = [(one, self._bind(one, other)), (other, self._bind(other, one))]

    def reset(self) -> None:
        """Forget the sound so far."""
        for state in self._turns[0][0].values():
            state.fill(0.0)

    def push(self, mel: Floats, pitch: Floats) -> Floats:
        """Take consecutive steps, (n, hops_per_step, mel_bands) and (n, pitch_bins); return (n, 11) evidence."""
        held_states, binding = self._turns[0]
        if len(mel) == 1:
            self._mel[0], self._pitch[0] = mel, pitch
            self._session.run_with_iobinding(binding)
            self._turns.reverse()
            return np.array(self._evidence[0])
        names = ["evidence", *map(_next_name, held_states)]
        evidence, *states = self._session.run(names, {"mel": mel[None], "pitch": pitch[None], **held_states})
        for held, state in zip(held_states.values(), states, strict=True):
            held[:] = state
        return np.asarray(evidence[0])

    def _bind(self, states: dict[str, Floats], following: dict[str, Floats]) -> onnxruntime.IOBinding:
        binding = self._session.io_binding()
        for name, array in {"mel": self._mel, "pitch": self._pitch, **states}.items():
            binding.bind_input(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        for name, array in {"evidence": self._evidence, **{_next_name(n): a for n, a in following.items()}}.items():
            binding.bind_output(name, "cpu", 0, np.float32, array.shape, array.ctypes.data)
        return binding


def _next_name(state: str) -> str:
    return state.replace("state_", "next_", 1)


def _open_session(path: Path) -> onnxruntime.InferenceSession:
    if not path.exists():
        raise ModelError(f"{path}: no such model file; leave out --model for the one that comes with Affetto")
    # onnxruntime may hang on what is damaged
    if path.is_file() and not is_intact(path.read_bytes()):
        raise ModelError(f"{path}: is damaged, its checksum does not fit; copy or export it again")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception:  # onnxruntime raises several private types for a file it cannot use
        raise ModelError(f"{path}: not a model that onnxruntime can run; export or copy it again") from None


def _read_contract(session: onnxruntime.InferenceSession, path: Path) -> Contract:
    text = session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
    if text is None:
        raise ModelError(f"{path}: carries no `{METADATA_KEY}` metadata; export it with `affetto-model export`")
    try:
        card = json.loads(text)
        if card.pop("contract") != CONTRACT:
            raise ModelError(f"{path}: is made for another version of Affetto; export it again with this one")
        front_end = FrontEndSettings(**card.pop("front_end"))
        labels, mid_level = tuple(card.pop("labels")), tuple(card.pop("mid_level"))
        weights = np.array(card.pop("emotion_weights"), np.float64)
        bias = np.array(card.pop("emotion_bias"), np.float64)
        temperature = float(card.pop("temperature"))
        window_steps, receptive_steps = int(card.pop("window_steps")), int(card.pop("receptive_steps"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: its metadata is damaged ({error!r}); export it again") from None
    if labels != EMOTIONS or mid_level != MID_LEVEL or weights.shape != (len(EMOTIONS), len(MID_LEVEL)):
        raise ModelError(f"{path}: speaks of other emotions or features than this program; export it again")
    if front_end != FrontEndSettings():
        raise ModelError(f"{path}: was trained on another front end than this program computes; export it again")
    if bias.shape != (len(EMOTIONS),) or not temperature > 0 or not np.isfinite(weights).all():
        raise ModelError(f"{path}: its last layer is damaged; export it again")
    return Contract(front_end, weights, bias, temperature, window_steps, receptive_steps, card)
