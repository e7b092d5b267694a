"""All outputs of the service as one part, which can take other settings while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import msgspec

from edge.config import Config, Led
from edge.mailbox import Broadcast
from edge.outputs import open_outputs
from edge.outputs.base import OnExplain, Output
from edge.outputs.led.light import LightOutput
from edge.outputs.led.mirror import Mirror
from edge.outputs.led.overlay import Overlay
from edge.types import EMOTIONS, OutputStatus, Prediction

SECTIONS = ("led", "osc", "midi")
"""The sections of the settings that `Outputs.prepare` puts into force."""

_STYLE = (*EMOTIONS, "brightness", "limit_ma")


class Outputs:
    """Lights, OSC and MIDI.

    Parameters
    ----------
    config : Config
    predictions : Broadcast of Prediction
    on_explain : OnExplain, optional
    """

    def __init__(
        self, config: Config, predictions: Broadcast[Prediction], *, on_explain: OnExplain | None = None
    ) -> None:
        self._config, self._predictions, self._on_explain = config, predictions, on_explain
        self._changing = threading.Lock()
        self._running = False
        self._all = tuple(open_outputs(config, predictions, on_explain=on_explain))

    def start(self) -> None:
        with self._changing:
            self._running = True
            for output in self._all:
                output.start()

    def close(self) -> None:
        with self._changing:
            self._running = False
            for output in reversed(self._all):
                output.close()

    def status(self) -> list[OutputStatus]:
        return [output.status() for output in self._all]

    def __iter__(self) -> Iterator[Output]:
        return iter(self._all)

    def colours(self) -> list[str]:
        """Return the lights of this moment for the page, as "#rrggbb"."""
        return self._mirror.colours()

    @property
    def light(self) -> LightOutput | None:
        """The real lights, if there are any."""
        return next((output for output in self._all if isinstance(output, LightOutput)), None)

    def show_on_page(self, overlay: Overlay) -> None:
        """Show colours on the page's picture of the lights; everybody can see that, so no secret may."""
        self._mirror.overlay = overlay

    def prepare(self, config: Config) -> Callable[[], None]:
        """Return what puts these settings into force; raises what making the outputs raises, before anything changed.

        Outputs whose settings are the same go on undisturbed. Colours and brightness change without a break.
        """
        changed = {name for name in SECTIONS if getattr(config, name) != getattr(self._config, name)}
        restyled = "led" in changed and _differ_in_style_only(config.led, self._config.led)
        new = {section_of(output): output for output in open_outputs(config, self._predictions,
                                                                     on_explain=self._on_explain)}  # fmt: skip

        def put_into_force() -> None:
            with self._changing:
                old = {section_of(output): output for output in self._all}
                for name in changed - ({"led"} if restyled else set()):
                    left, come = old.pop(name, None), new.get(name)
                    if left is not None:
                        left.close()
                    if come is not None:
                        old[name] = come
                        if left is not None:
                            come.take_over(left)
                        if self._running:
                            come.start()
                self._config = config
                self._all = tuple(old[name] for name in ("page", *SECTIONS) if name in old)
                self._mirror.restyle(config.led)
                if restyled and (light := self.light) is not None:
                    light.restyle(config.led)

        return put_into_force

    @property
    def _mirror(self) -> Mirror:
        return next(output for output in self._all if isinstance(output, Mirror))


def section_of(output: Output) -> str:
    """Return which section of the settings made an output: "led", "osc" or "midi"; "page" for the page's lights."""
    if isinstance(output, Mirror):
        return "page"
    return "led" if isinstance(output, LightOutput) else output.name.lower()


def _differ_in_style_only(new: Led, old: Led) -> bool:
    same = {name: getattr(old, name) for name in _STYLE}
    return msgspec.structs.replace(new, **same) == old
