"""What can be set: sections of the settings file, each key with its description, its limits and its default."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Percent = Annotated[float, Meta(ge=0, le=1)]
Port = Annotated[int, Meta(ge=1, le=65535)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}$")]
Gpio = Annotated[int, Meta(ge=0, le=27)]
MidiData = Annotated[int, Meta(ge=0, le=127)]
_TO_65535 = r"(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
HostPort = Annotated[str, Meta(pattern=rf"^[^\s:/]+:{_TO_65535}$")]


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
    ] = 8.0
    recent_s: Annotated[
        float, Meta(ge=0.2, le=10, description="Newest part of that stretch, which is compared with the rest of it.")
    ] = 1.0
    change: Annotated[
        Percent,
        Meta(
            description="How different the newest part must sound for the rest to be forgotten: less reacts sooner, "
            "1 never forgets."
        ),
    ] = 0.55
    attack_s: Annotated[float, Meta(ge=0, le=10, description="Time constant with which a probability rises.")] = 0.15
    release_s: Annotated[float, Meta(ge=0, le=10, description="Time constant with which a probability falls.")] = 0.3
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
    streams: Annotated[int, Meta(ge=1, le=64, description="Most pages that may follow live at once.")] = 10
    portal: Annotated[
        bool,
        Meta(
            description="Answer what phones ask to find the Internet, so that the page opens by itself on the guitar's "
            "own Wi-Fi; needs port 80, and name resolution that leads there."
        ),
    ] = False
    trust_this_machine: Annotated[
        bool,
        Meta(
            description="Take whoever opens the page on this machine itself for the owner; false where others use it "
            "too, or a proxy on it lets others in."
        ),
    ] = True
    hotspot_file: Annotated[
        str, Meta(description="File in which the installer has written name and passphrase of the guitar's own Wi-Fi.")
    ] = "/etc/affetto/hotspot.toml"
    setup_done: Annotated[
        bool, Meta(description="The page's first steps were gone through or skipped; false shows them again.")
    ] = False


class Explain(_Section, frozen=True):
    enabled: Annotated[
        bool, Meta(description="Keep the last sound in memory and explain moments of it, in a process of low priority.")
    ] = True
    keep_s: Annotated[
        float, Meta(ge=10, le=600, description="Seconds of sound that can be explained afterwards; 88 kB each.")
    ] = 120.0
    memory_mb: Annotated[
        int, Meta(ge=100, le=8192, description="Memory that the process which explains may use, in megabytes.")
    ] = 350
    deadline_s: Annotated[float, Meta(ge=1, le=3600, description="Seconds after which an explanation is given up.")] = (
        60.0
    )


class Takes(_Section, frozen=True):
    folder: Annotated[
        str, Meta(description='Folder in which takes are kept; "" for affetto/takes in the user\'s data.')
    ] = ""
    most_minutes: Annotated[
        float, Meta(gt=0, le=1440, description="Minutes after which a recording, or an uploaded file, must end.")
    ] = 60.0
    keep_minutes: Annotated[
        float, Meta(ge=0, le=100000, description="Minutes of takes that are kept altogether; 0 sets no limit.")
    ] = 0.0
    delete_oldest: Annotated[
        bool,
        Meta(
            description="When that is reached, delete the oldest takes that have no tag; otherwise recording ends "
            "until somebody deletes some."
        ),
    ] = False
    min_free_mb: Annotated[
        int, Meta(ge=10, le=1000000, description="Megabytes that takes leave free on the disk; recording ends there.")
    ] = 200
    upload_mb: Annotated[int, Meta(ge=1, le=4096, description="Size of the largest file that may be uploaded.")] = 200


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
    explain: Explain = Explain()
    takes: Takes = Takes()
    model: Model = Model()
