"""What a run leaves behind: the weights of a network and all that is needed to use them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from edge.features import FrontEndSettings
from export.networks import NETWORKS, Network
from export.notes import CorpusError
from export.windows import Scale, Windows


def save_model(path: Path, net: Network, windows: Windows, settings: dict[str, Any], step: int) -> None:
    """Keep all that a model needs later: weights, settings, the scale of its targets, what it was trained on."""
    torch.save(
        {
            "weights": net.state_dict(),
            "settings": settings,
            "front_end": windows.settings.to_dict(),
            "scale": {"mean": windows.scale.mean.tolist(), "deviation": windows.scale.deviation.tolist()},
            "pieces": len({take.piece.name for take in windows.takes}),
            "takes": len(windows.takes),
            "step": step,
        },
        path,
    )


def load_model(path: Path) -> tuple[Network, dict[str, Any]]:
    """Return the network of a checkpoint, ready to listen, and what else the checkpoint holds."""
    held = torch.load(path, weights_only=True, map_location="cpu")
    if FrontEndSettings(**held["front_end"]) != FrontEndSettings():
        raise CorpusError(f"{path}: trained with another front end; train it again")
    network = held["settings"]["network"]
    if network not in NETWORKS:
        raise CorpusError(f"{path}: there is no network `{network}` any more; train another")
    net = NETWORKS[network]()
    put_weights(net, held["weights"], path)
    return net.eval(), held


def put_weights(net: Network, weights: dict[str, torch.Tensor], path: Path) -> None:
    """Give a network the weights that were kept of it at `path`."""
    try:
        net.load_state_dict(weights)
    except RuntimeError as error:  # a page of names and shapes
        raise CorpusError(f"{path}: weights of another version of the network; train it again") from error


def scale_of(held: dict[str, Any]) -> Scale:
    return Scale(np.array(held["scale"]["mean"]), np.array(held["scale"]["deviation"]))
