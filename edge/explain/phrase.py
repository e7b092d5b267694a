"""English texts that know what they are made of, so that they can be said in another language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any


class Phrase(str):
    """A text, ready to be printed, and how it came about."""

    __slots__ = ("_said",)

    _said: Mapping[str, Any]

    def __new__(cls, english: str, said: Mapping[str, Any]) -> Phrase:
        phrase = super().__new__(cls, english)
        phrase._said = said
        return phrase

    def to_dict(self) -> dict[str, Any]:
        """Return the published JSON form.

        That is {"text", "values"}: a template with {name} where the value of that name stands; or {"list"}, to be
        joined with commas and "and"; or {"number", "digits", "sign"}, digits after the decimal point and whether a
        plus sign is shown. Values are such objects too, or texts. "first" is "upper" or "lower" where the first
        letter is made so.
        """
        return dict(self._said)


NOTHING = Phrase("", {"text": ""})


def say(template: str, **values: str) -> Phrase:
    """Return a template with {name} filled in, whole clauses only: other languages have other orders of words."""
    said: dict[str, Any] = {"text": template}
    if values:
        said["values"] = {name: _published(value) for name, value in values.items()}
    return Phrase(template.format(**values), said)


def listed(phrases: Sequence[str]) -> Phrase:
    """Join phrases as in a sentence."""
    joined = " and ".join([", ".join(phrases[:-1]), phrases[-1]] if len(phrases) > 1 else phrases)
    return Phrase(joined, {"list": [_published(phrase) for phrase in phrases]})


def number(value: float, digits: int = 0, sign: bool = False, english: str = "") -> Phrase:
    """Return a number with so many digits after the decimal point; `english` if that writes it otherwise."""
    said = {"number": round(float(value), digits), "digits": digits, "sign": sign}
    return Phrase(english or f"{value:{'+' if sign else ''}.{digits}f}", said)


def capital(phrase: str) -> Phrase:
    """Begin with a capital."""
    return _begun(phrase, "upper", str.upper)


def lower(phrase: str) -> Phrase:
    """Begin with a small letter."""
    return _begun(phrase, "lower", str.lower)


def _begun(phrase: str, first: str, case: Callable[[str], str]) -> Phrase:
    said = phrase.to_dict() if isinstance(phrase, Phrase) else {"text": str(phrase)}
    return Phrase(case(phrase[:1]) + phrase[1:], {**said, "first": first})


def _published(value: str) -> dict[str, Any] | str:
    return value.to_dict() if isinstance(value, Phrase) else str(value)
