"""Errors that a person reads: one line that says what is wrong, where, and what to do."""


class AffettoError(Exception):
    """Base of all errors that are shown to the user as one line, without a traceback."""


class ConfigError(AffettoError):
    """The configuration file or a command-line option holds something that cannot be used."""


class AudioError(AffettoError):
    """A sound source cannot be opened or read."""


class StuckError(AudioError):
    """The sound system hangs inside this process; only a new process can use it again."""


class ModelError(AffettoError):
    """A model file is missing, damaged, or does not match what this program computes."""


class OutputError(AffettoError):
    """A light, an OSC target or a MIDI port cannot be opened or written."""


class TakesError(AffettoError):
    """A take cannot be recorded, kept, changed or read."""


class ExplainError(AffettoError):
    """What was asked for cannot be explained: no sound there, an unknown name, too much at once."""


class RequestError(AffettoError):
    """What was sent over HTTP cannot be used.

    Attributes
    ----------
    status : int
        The HTTP status that fits.
    """

    def __init__(self, line: str, status: int = 400) -> None:
        super().__init__(line)
        self.status = status


class OwnerError(AffettoError):
    """A phone cannot be paired or revoked, or stage mode not switched."""
