"""The OSC output: paces the updates, remembers who must be told what, and answers requests."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pythonosc.osc_message import OscMessage

from edge import __version__
from edge.config import Osc
from edge.errors import OutputError
from edge.mailbox import Broadcast
from edge.outputs.base import NOTHING_YET, OnExplain, Output
from edge.outputs.osc.listener import Listener, Reply, Sender
from edge.outputs.osc.messages import Bundle, label, message, values, wekinator, words
from edge.outputs.osc.target import Target
from edge.outputs.sent import Sent
from edge.rate_limit import Allowance, RateLimit
from edge.types import Prediction, TrustState

HEARTBEAT_S = 1.0
MOST_SUBSCRIBERS = 8
MOST_OF_EACH = 4
"""Of them from one machine, so that no stranger takes all places."""

EACH_ASKS = Allowance(burst=6, every_s=5.0)
ALL_ASK = Allowance(burst=12, every_s=2.5)
"""Explanations that one sender may ask for, and all of them: an answer takes some seconds of work."""


class OscOutput(Output):
    """Sends predictions to the settings' targets and to those who subscribe.

    Requests, when `osc.listen` names a port: `/affetto/ping` is answered with `/affetto/pong` and the version;
    `/affetto/hold` i freezes (1) and releases (0) the values; `/affetto/subscribe` s i and `/affetto/unsubscribe` s i
    add and remove a port of the sender, whose host is "" or the sender's own address: nobody makes the guitar send to
    somebody else. `/affetto/explain` asks why, is answered with the explanation's id, and when it is there with
    `/affetto/explanation` and a sentence. What cannot be done is answered with `/affetto/error` and a line. No
    answer is a request that is answered in turn without an end: two guitars would never stop.

    While the values are frozen they are old, so their state goes out as `stale`, together with `/affetto/hold` 1.

    Parameters
    ----------
    settings : Osc
    predictions : Broadcast of Prediction
    on_explain : OnExplain, optional
    clock : callable
        Monotonic clock in seconds.
    """

    def __init__(
        self,
        settings: Osc,
        predictions: Broadcast[Prediction],
        *,
        on_explain: OnExplain | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__("OSC", predictions, rate_hz=settings.rate_hz, refresh_s=HEARTBEAT_S / 5, clock=clock)
        self.outgoing = Sent(words)
        self._settings = settings
        self._on_explain = on_explain
        self._targets: tuple[Target, ...] = ()
        self._refused: list[str] = []
        self._subscribers: tuple[Target, ...] = ()
        self._subscribing = threading.Lock()
        self._listener: Listener | None = None
        self._asking = RateLimit(EACH_ASKS, ALL_ASK)
        self._held: Prediction | None = None
        self._last = NOTHING_YET
        self._hold_told = False
        self._label = ""
        self._beats = 0
        self._beat_at = -float("inf")

    @property
    def hold(self) -> bool:
        """Whether the values are frozen; may be set from any thread."""
        return self._held is not None

    @hold.setter
    def hold(self, frozen: bool) -> None:
        self._held = self._last if frozen else None

    def subscribe(self, host: str, port: int) -> None:
        """Add a target until Affetto ends; who is there already is told everything anew.

        Raises
        ------
        OutputError
            The address cannot be one, or too many have subscribed.
        """
        target = Target(host, port, self._clock, self.outgoing)
        with self._subscribing:
            same = [t for t in (*self._targets, *self._subscribers) if str(t) == str(target)]
            for known in same:
                known.greeted = False
            if same:
                return
            if len(self._subscribers) >= MOST_SUBSCRIBERS:
                raise OutputError(f"{MOST_SUBSCRIBERS} have subscribed already; one must unsubscribe first")
            if sum(t.host == host for t in self._subscribers) >= MOST_OF_EACH:
                raise OutputError(f"{MOST_OF_EACH} have subscribed at {host} already; one must unsubscribe first")
            self._subscribers = (*self._subscribers, target)

    def unsubscribe(self, host: str, port: int) -> None:
        """Remove a target that subscribed."""
        with self._subscribing:
            # its socket is closed when the last reference goes, never under the hands of the sending thread
            self._subscribers = tuple(t for t in self._subscribers if (t.host, t.port) != (host, port))

    def take_over(self, other: Output) -> None:
        if isinstance(other, OscOutput):
            for target in other._subscribers:
                self.subscribe(target.host, target.port)

    # -- the output

    def _open(self) -> None:
        targets, self._refused = [], []
        for text in self._settings.targets:
            host, _, port = text.rpartition(":")
            try:
                targets.append(Target(host, int(port), self._clock, self.outgoing))
            except OutputError as error:
                self._refused.append(str(error))
        self._targets = tuple(targets)
        self._beat_at = -float("inf")
        if self._settings.listen:
            handlers = {
                "/affetto/ping": self._asked_ping,
                "/affetto/hold": self._asked_hold,
                "/affetto/subscribe": self._asked_subscribe,
                "/affetto/unsubscribe": self._asked_unsubscribe,
                "/affetto/explain": self._asked_explain,
            }
            self._listener = Listener(self._settings.listen_host, self._settings.listen, handlers)
            self._listener.start()

    def _send(self, prediction: Prediction) -> None:
        self._last = prediction
        shown = self._shown(prediction)
        if self._settings.profile == "wekinator":
            # Wekinator knows no trust state, so it gets only what may be believed
            if shown.state.is_playing:
                for target in self._everybody():
                    target.send(wekinator(shown))
            return
        changed = bool(shown.label) and shown.label != self._label
        self._label = shown.label
        always = self._due()
        usual = Bundle([*self._news(shown, with_label=changed), *always])
        for target in self._everybody():
            target.tell(usual, lambda: Bundle([*self._news(shown, with_label=True), *always]))

    def _refresh(self, prediction: Prediction) -> None:
        if self._settings.profile == "wekinator":
            return
        shown = self._shown(prediction)
        due = self._due()
        usual = Bundle([message("/affetto/state", str(shown.state)), *due]) if due else None
        for target in self._everybody():
            target.tell(usual, lambda: Bundle([*self._news(shown, with_label=True), *due]))

    def _close(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for target in self._everybody():
            if target.greeted and self._settings.profile == "plain":
                target.send(message("/affetto/state", str(TrustState.STALE)))
            target.close()
            target.greeted = False

    def _trouble(self) -> str:
        notes = self._refused + [target.note for target in self._everybody() if target.note]
        if (listener := self._listener) is not None and listener.note:
            notes.append(listener.note)
        return "; ".join(notes)

    def _everybody(self) -> tuple[Target, ...]:
        return (*self._targets, *self._subscribers)

    def _shown(self, prediction: Prediction) -> Prediction:
        held = self._held
        if held is None:
            return prediction
        return replace(held, state=TrustState.LOST if prediction.state is TrustState.LOST else TrustState.STALE)

    def _news(self, shown: Prediction, *, with_label: bool) -> list[OscMessage]:
        out = [message("/affetto/state", str(shown.state))]
        if shown.label:
            out += values(shown)
            if with_label:
                out.append(label(shown))
        return out

    def _due(self) -> list[OscMessage]:
        """Return the heartbeat when its second has come, with the hold if there is one, and any change of the hold."""
        out = []
        now = self._clock()
        held = self.hold
        if held is not self._hold_told or (held and now >= self._beat_at + HEARTBEAT_S):
            out.append(message("/affetto/hold", int(held)))
            self._hold_told = held
        if now >= self._beat_at + HEARTBEAT_S:
            # on a grid, so that the mean is one second; anew after a long pause
            self._beat_at = now if now >= self._beat_at + 2 * HEARTBEAT_S else self._beat_at + HEARTBEAT_S
            self._beats += 1
            out.append(message("/affetto/heartbeat", self._beats))
        return out

    # -- requests, in the listener's thread

    def _asked_ping(self, sender: Sender, arguments: list[Any]) -> Reply:
        return "/affetto/pong", __version__

    def _asked_hold(self, sender: Sender, arguments: list[Any]) -> Reply | None:
        if len(arguments) != 1 or arguments[0] not in (0, 1):
            raise OutputError("/affetto/hold takes 1 (freeze) or 0 (release)")
        if self.hold == bool(arguments[0]):
            return None
        self.hold = bool(arguments[0])
        return "/affetto/hold", int(self.hold)

    def _asked_subscribe(self, sender: Sender, arguments: list[Any]) -> Reply:
        host, port = _host_and_port("/affetto/subscribe", sender, arguments)
        self.subscribe(host, port)
        return "/affetto/subscribed", host, port

    def _asked_unsubscribe(self, sender: Sender, arguments: list[Any]) -> Reply:
        host, port = _host_and_port("/affetto/unsubscribe", sender, arguments)
        self.unsubscribe(host, port)
        return "/affetto/unsubscribed", host, port

    def _asked_explain(self, sender: Sender, arguments: list[Any]) -> Reply:
        if self._on_explain is None:
            raise OutputError("explanations are not available here")
        if any(isinstance(argument, str) for argument in arguments):
            raise OutputError("/affetto/explain takes no text")
        if (wait_s := self._asking.wait_s(sender[0])) > 0:
            raise OutputError(f"many explanations are asked for; ask again in {math.ceil(wait_s)} s")

        def tell(sentence: str, error: str) -> None:
            target = Target(*sender, self._clock)
            target.send(message("/affetto/explanation", sentence) if sentence else message("/affetto/error", error))
            target.close()

        return "/affetto/explain", self._on_explain(tell)


def _host_and_port(address: str, sender: Sender, arguments: list[Any]) -> tuple[str, int]:
    if len(arguments) != 2 or not isinstance(arguments[0], str) or type(arguments[1]) is not int:
        raise OutputError(f"{address} takes a host (s, empty for your own) and a port (i)")
    if arguments[0] not in ("", sender[0]):
        raise OutputError(f"{address} is for the sender's own ports: leave the host empty, or set osc.targets")
    return sender[0], arguments[1]
