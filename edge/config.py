"""The settings: one TOML file, validated whole; an error names the key and what it may be."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import tomli_w
from msgspec import Meta, Struct

from edge.errors import ConfigError

Percent = Annotated[float, Meta(ge=0, le=1)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Gpio = Annotated[int, Meta(ge=0, le=27)]
MidiData = Annotated[int, Meta(ge=0, le=127)]
HostPort = Annotated[str, Meta(pattern=r"^[^\s:/]+:[0-9]{1,5}$")]


class _Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file. Every key carries its description: `config show` prints it as a comment."""


class Audio(_Section, frozen=True):
    input: Annotated[
        str,
        Meta(
            description="What to listen to: auto (the sound card, or the demo take without one), demo, "
            "a device as `affetto devices` names it, a sound file, or udp://HOST:PORT."
        ),
    ] = "auto"
    channel: Annotated[
        int, Meta(ge=0, le=64, description="Which input channel holds the guitar, from 1; 0 mixes all of them.")
    ] = 0
    rate_hz: Annotated[
        int, Meta(ge=0, le=192000, description="Sampling rate to ask the sound card for; 0 takes its own.")
    ] = 0
    block: Annotated[
        int, Meta(ge=0, le=8192, description="Frames per block asked of the sound card; 0 lets the driver choose.")
    ] = 256
    loop: Annotated[bool, Meta(description="Play a sound file again and again (the demo take always is).")] = False


class Decision(_Section, frozen=True):
    window_s: Annotated[
        float, Meta(ge=0.5, le=30, description="Longest stretch of playing, in seconds, that one prediction speaks of.")
    ] = 6.0
    recent_s: Annotated[
        float, Meta(ge=0.2, le=10, description="Newest part of that stretch, which is compared with the rest of it.")
    ] = 1.0
    change: Annotated[
        Percent,
        Meta(
            description="How different the newest part must sound for the rest to be forgotten: less reacts sooner, "
            "1 never forgets."
        ),
    ] = 0.6
    attack_s: Annotated[float, Meta(ge=0, le=10, description="Time constant with which a probability rises.")] = 0.3
    release_s: Annotated[float, Meta(ge=0, le=10, description="Time constant with which a probability falls.")] = 0.6
    hold_s: Annotated[float, Meta(ge=0, le=30, description="Shortest time for which a label stays.")] = 1.0
    margin: Annotated[Percent, Meta(description="By how much a new emotion must lead before the label changes.")] = 0.05
    unsure_below: Annotated[
        Percent, Meta(description="The state is `unsure` while the best two probabilities are closer than this.")
    ] = 1 / 7
    gate_dbfs: Annotated[
        float, Meta(ge=-100, le=0, description="Input level above which somebody is taken to play.")
    ] = -55.0
    gate_hysteresis_db: Annotated[
        float, Meta(ge=0, le=40, description="How far the level must sink below the gate before it closes.")
    ] = 6.0
    gate_hold_s: Annotated[
        float, Meta(ge=0, le=10, description="Seconds below the gate before the state is `silent`.")
    ] = 1.0


class Led(_Section, frozen=True):
    driver: Annotated[
        Literal["none", "pwm", "ws2812", "apa102", "leds0", "terminal"],
        Meta(
            description="What the lights are: none, pwm (an RGB LED on three GPIO pins), ws2812 or apa102 "
            "(a strip on SPI), leds0 (a WS2812 strip by the kernel of a Pi 5), terminal."
        ),
    ] = "none"
    count: Annotated[int, Meta(ge=1, le=1024, description="LEDs on the strip.")] = 8
    order: Annotated[
        Literal["auto", "RGB", "RBG", "GRB", "GBR", "BRG", "BGR"],
        Meta(
            description="Order in which a strip takes the three colours; auto is GRB for ws2812, BGR for apa102, "
            "and RGB for leds0, whose driver in the kernel puts them in order."
        ),
    ] = "auto"
    brightness: Annotated[Percent, Meta(description="Brightness of the brightest moment.")] = 0.5
    limit_ma: Annotated[
        int, Meta(ge=20, le=20000, description="Current that the whole strip may draw, in milliampere.")
    ] = 500
    spi: Annotated[str, Meta(description="SPI device of a strip.")] = "/dev/spidev0.0"
    pins: Annotated[
        tuple[Gpio, Gpio, Gpio], Meta(description="GPIO numbers (BCM) of red, green and blue of an RGB LED.")
    ] = (17, 27, 22)
    aggressive: Annotated[Colour, Meta(description="Colour that stands for aggressive.")] = "#ff1a00"
    happy: Annotated[Colour, Meta(description="Colour that stands for happy.")] = "#ffc800"
    relaxed: Annotated[Colour, Meta(description="Colour that stands for relaxed.")] = "#00c83c"
    sad: Annotated[Colour, Meta(description="Colour that stands for sad.")] = "#0050ff"


class Osc(_Section, frozen=True):
    targets: Annotated[
        tuple[HostPort, ...], Meta(description='Where OSC messages go, such as ["192.168.4.2:9000"]; empty sends none.')
    ] = ()
    profile: Annotated[
        Literal["plain", "wekinator"],
        Meta(description="plain: Affetto's own addresses; wekinator: one /wek/inputs message of 17 numbers."),
    ] = "plain"
    rate_hz: Annotated[float, Meta(gt=0, le=50, description="Most updates a second to each target.")] = 20.0
    listen: Annotated[
        int, Meta(ge=0, le=65535, description="UDP port for incoming OSC (/affetto/ping, hold, subscribe); 0 for none.")
    ] = 0
    listen_host: Annotated[str, Meta(description="Address on which to listen for OSC.")] = "127.0.0.1"


class Midi(_Section, frozen=True):
    port: Annotated[
        str,
        Meta(
            description='MIDI output: "" for none, "virtual" for a port of our own named Affetto, '
            "or (a part of) the name of a port."
        ),
    ] = ""
    api: Annotated[Literal["auto", "alsa", "jack"], Meta(description="Which MIDI system to use.")] = "auto"
    channel: Annotated[int, Meta(ge=1, le=16, description="MIDI channel to send on.")] = 1
    fine: Annotated[
        bool, Meta(description="Send 14-bit values: CC 52 to 55 carry the low seven bits of CC 20 to 23.")
    ] = False
    rate_hz: Annotated[float, Meta(gt=0, le=50, description="Most updates a second.")] = 20.0
    program_change: Annotated[bool, Meta(description="Send a Program Change when the label has become stable.")] = False
    programs: Annotated[
        tuple[MidiData, MidiData, MidiData, MidiData],
        Meta(description="Program numbers (0 to 127) of aggressive, happy, relaxed and sad."),
    ] = (0, 1, 2, 3)
    program_hold_s: Annotated[
        float, Meta(ge=0, le=60, description="Seconds for which a label must stay before its Program Change.")
    ] = 2.0


class Web(_Section, frozen=True):
    host: Annotated[
        str, Meta(description="Address of the page: 127.0.0.1 for this machine only, 0.0.0.0 for every network.")
    ] = "127.0.0.1"
    port: Annotated[Port, Meta(description="TCP port of the page.")] = 8080
    streams: Annotated[int, Meta(ge=1, le=64, description="Most pages that may follow live at once.")] = 8


class Model(_Section, frozen=True):
    file: Annotated[str, Meta(description='ONNX model; "" for the one that comes with Affetto.')] = ""


class Config(_Section, frozen=True):
    """All settings. Immutable: a change makes a new one."""

    audio: Audio = Audio()
    decision: Decision = Decision()
    led: Led = Led()
    osc: Osc = Osc()
    midi: Midi = Midi()
    web: Web = Web()
    model: Model = Model()


def default_path() -> Path:
    """Where the settings live unless told otherwise: $AFFETTO_CONFIG, or affetto/config.toml in the user's settings."""
    if named := os.environ.get("AFFETTO_CONFIG"):
        return Path(named)
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "affetto" / "config.toml"


def load(path: Path, *, required: bool = False) -> Config:
    """Read and check the settings.

    A file that does not exist gives the defaults, unless it is `required`.

    Raises
    ------
    ConfigError
        The file cannot be read, is no TOML, or holds a key or a value that is not allowed.
    """
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        if required:
            raise ConfigError(
                f"{path}: no such settings file; `affetto config show` prints one to start from"
            ) from None
        return Config()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({_reason(error)}); check that it is a text file of yours") from None
    return parse(text, str(path))


def load_or_last_good(path: Path) -> tuple[Config, str]:
    """As `load`, but when the file is damaged take the copy saved before it. Also return a line that says so, or ""."""
    try:
        return load(path), ""
    except ConfigError as error:
        last_good = _last_good(path)
        if not last_good.exists():
            raise
        return load(last_good), f"{error}; using the last good settings, {last_good}"


def parse(text: str, where: str = "settings") -> Config:
    """Return the settings that a TOML text holds; `where` names it in errors."""
    try:
        return checked(tomllib.loads(text), where)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: {error}; write it as in `affetto config show`") from None


def checked(values: dict[str, Any], where: str) -> Config:
    """Return the settings that plain tables hold, or say which key is wrong and what it may be."""
    try:
        return msgspec.convert(values, Config)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{where}: {_explain(str(error))}") from None


def with_values(config: Config, changes: dict[str, Any], where: str) -> Config:
    """Return `config` with some keys replaced; `changes` maps "section.key" to a value.

    Raises
    ------
    ConfigError
        A key does not exist or a value is not allowed.
    """
    values = msgspec.to_builtins(config)
    for name, value in changes.items():
        section, _, key = name.partition(".")
        values.setdefault(section, {})[key] = value
    return checked(values, where)


def save(config: Config, path: Path) -> None:
    """Write the settings so that a power cut leaves either the old or the new file whole.

    The previous file, if it was sound, stays beside it as the last good copy.

    Raises
    ------
    ConfigError
        The folder or the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and _is_sound(path):
            _write_atomically(_last_good(path), path.read_text("utf-8"))
        _write_atomically(path, documented(config))
    except OSError as error:
        raise ConfigError(f"{path}: settings not saved ({_reason(error)}); the old ones stay in force") from None


def documented(config: Config) -> str:
    """Return the settings as a TOML file in which a comment explains every key."""
    out = ["# Settings of Affetto. `affetto config check` tests this file.\n"]
    for section in msgspec.structs.fields(Config):
        table = getattr(config, section.name)
        out.append(f"\n[{section.name}]\n")
        for field, description, allowed in _documented_fields(type(table)):
            out.append(f"# {description}{f' ({allowed})' if allowed else ''}\n")
            out.append(tomli_w.dumps({field: msgspec.to_builtins(getattr(table, field))}))
    return "".join(out)


def allowed_values(name: str) -> str:
    """Return in words what the key "section.key" may be, or "" where its description says all."""
    section, _, key = name.partition(".")
    table = next((f.type for f in msgspec.structs.fields(Config) if f.name == section), None)
    if table is None:
        return ", ".join(f.name for f in msgspec.structs.fields(Config))
    for field, _description, allowed in _documented_fields(table):
        if field == key:
            return allowed
    return ", ".join(f.name for f in msgspec.structs.fields(table))


def _documented_fields(table: type[Struct]) -> Iterator[tuple[str, str, str]]:
    info = msgspec.inspect.type_info(table)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        kind, description = field.type, ""
        while isinstance(kind, msgspec.inspect.Metadata):
            description = description or (kind.extra_json_schema or {}).get("description", "")
            kind = kind.type
        yield field.name, description, _in_words(kind)


def _in_words(kind: msgspec.inspect.Type) -> str:
    if isinstance(kind, msgspec.inspect.LiteralType):
        return "one of: " + ", ".join(str(v) for v in kind.values)
    if isinstance(kind, msgspec.inspect.BoolType):
        return "true or false"
    if isinstance(kind, msgspec.inspect.IntType | msgspec.inspect.FloatType):
        low = kind.ge if kind.ge is not None else kind.gt
        if low is None or kind.le is None:
            return ""
        return f"{'more than ' if kind.ge is None else ''}{low:g} to {kind.le:g}"
    if isinstance(kind, msgspec.inspect.StrType) and kind.pattern and "#" in kind.pattern:
        return "#rrggbb"
    return ""


def _explain(message: str) -> str:
    """Turn msgspec's message into one that names the key as written in the file and what it may be."""
    problem, _, place = message.partition(" - at `$")
    place = re.sub(r"\[\.*\d*\]", "", place.rstrip("`")).lstrip(".")
    if unknown := re.search(r"unknown field `(\w+)`", problem):
        table = f"[{place}]" if place else "the file"
        return f"there is no key `{unknown[1]}` in {table}; it may hold: {allowed_values(place + '.' if place else '')}"
    allowed = allowed_values(place)
    return f"{place}: {problem[:1].lower()}{problem[1:]}{f'; allowed: {allowed}' if allowed else ''}"


def _last_good(path: Path) -> Path:
    return path.with_name(path.name + ".last-good")


def _is_sound(path: Path) -> bool:
    try:
        load(path, required=True)
    except ConfigError:
        return False
    return True


def _write_atomically(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _reason(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
