"""Sentences say what the numbers say, in plain words, and nothing where there is nothing to say."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pytest

from edge.explain.effects import effects
from edge.explain.explanation import Explanation, Quality
from edge.explain.heard.hearing import Heard
from edge.explain.heard.whatif import Change
from edge.explain.phrase import Phrase
from edge.explain.request import Request
from edge.explain.sound.parts import Part, Parts
from edge.explain.told.sentence import of_effects as of_effects_alone
from edge.explain.told.sentence import sentence
from edge.explain.told.words import FEATURES, places
from edge.explain.weights.estimate import Estimate
from edge.model import Model
from edge.types import EMOTIONS, MID_LEVEL

MODEL = Model()
W = MODEL.contract.emotion_weights
WINDOW_S = (8.0, 16.0)
REGIONS = (
    Part("", 8.0, 12.0, 0.0, 250.0),
    Part("", 12.0, 12.6, 253.0, 603.0),
    Part("", 12.6, 16.0, 2497.0, 11025.0),
    Part("", 12.6, 13.2, 253.0, 603.0),
)
SOURCES = (
    Part("attack and fret noise", 8.0, 16.0, 80.0, 9000.0),
    Part("low strings, below 200 Hz", 8.0, 16.0, 80.0, 200.0),
    Part("around E4 and G4", 8.0, 16.0, 300.0, 3000.0),
    Part("high register, above 800 Hz, 9.0 to 9.8 s", 9.0, 9.8, 800.0, 3000.0),
)


def told(label: str, share: float, **values: float) -> Heard:
    probabilities = np.full(4, (1 - share) / 3)
    probabilities[EMOTIONS.index(label)] = share
    mid_level = np.array([values.get(name, 0.0) for name in MID_LEVEL])
    return Heard(mid_level, np.log(probabilities), probabilities)


def of_effects(of: str, heard: Heard, moments: int = 400) -> Phrase:
    usual = np.random.default_rng(0).normal(0.0, 0.3, (moments, 11))
    usual -= usual.mean(axis=0) if moments else 0.0
    quality = Quality(None, 1.0, 1, stable=True)
    request = Request(of=of, by="effects")
    return sentence(
        Explanation(request, "effects", 16.0, WINDOW_S, heard, effects(MODEL, heard.mid_level, usual), quality)
    )


def of_parts(
    of: str,
    heard: Heard,
    by_part: Sequence[float],
    feature: str = "minorness",
    error: float = 0.01,
    r2: float = 0.8,
    parts: Sequence[Part] = REGIONS,
    change: Change | None = None,
) -> Phrase:
    """Return the sentence when parts have weights on `of` by way of one feature alone."""
    f = MID_LEVEL.index(feature)
    mid_level = np.zeros((len(parts), 11))
    mid_level[:, f] = np.array(by_part) / (W[EMOTIONS.index(of), f] if of in EMOTIONS else 1.0)
    weights = np.concatenate([mid_level @ W.T, mid_level], axis=1)
    estimate = Estimate(weights, np.full_like(weights, error), np.full(15, r2), np.ones((8, len(parts)), bool), W)
    division = Parts(parts, labels=np.zeros((1, 1), int))
    quality = Quality(r2, 100.0, 64, stable=True)
    found = effects(MODEL, heard.mid_level, np.zeros((0, 11)))
    request = Request(of=of, by="regions")
    return sentence(
        Explanation(
            request, "local", 16.0, WINDOW_S, heard, found, quality, parts=division, estimate=estimate, change=change
        )
    )


def test_the_moment_is_compared_with_what_is_usual() -> None:
    said = of_effects("sad", told("sad", 0.6, minorness=1.5, articulation=-1.2))
    assert said in (
        "Sad, because the playing is more minor and more legato than usual for you.",
        "Sad, because the playing is more legato and more minor than usual for you.",
    )


def test_an_emotion_that_does_not_lead_is_said_not_to() -> None:
    said = of_effects("sad", told("happy", 0.6, minorness=-1.5))
    assert said == "Not sad (13 %) but happy (60 %), because the playing is more major than usual for you."


def test_without_a_take_it_is_compared_with_most_music() -> None:
    said = of_effects("sad", told("sad", 0.6, minorness=1.5), moments=20)
    assert said == "Sad, because the playing is more minor than most guitar music."


def test_nothing_unusual_is_said_to_be_nothing() -> None:
    assert of_effects("sad", told("sad", 0.3)) == "Sad, but no feature stands out: a close call."
    assert "as usual for you" in of_effects("minorness", told("sad", 0.3))
    # a large weight times a difference that often occurs is no reason
    assert "because" not in of_effects("sad", told("sad", 0.3, minorness=0.1))


def test_as_usual_is_said_only_of_what_is() -> None:
    for minorness, usually in ((3.0, " as usual for you"), (-3.0, "")):
        heard = told("sad", 0.6, minorness=minorness, articulation=-2.0)
        found = effects(MODEL, heard.mid_level, np.tile(heard.mid_level, (400, 1)))
        assert of_effects_alone(found, heard, "sad").startswith(f"Sad{usually}: the playing is more ")


@pytest.mark.parametrize("feature", MID_LEVEL)
def test_every_feature_has_words_for_more_and_less(feature: str) -> None:
    higher, lower = FEATURES[feature]
    assert f"is {higher} than usual for you" in of_effects(feature, told("sad", 0.6, **{feature: 1.5}))
    assert f"is {lower} than usual for you" in of_effects(feature, told("sad", 0.6, **{feature: -1.5}))


def test_regions_are_named_by_pitch_and_time() -> None:
    said = of_parts("sad", told("sad", 0.6), [0.02, 0.9, 0.0, -0.1])
    assert (
        said
        == "Sad mostly because of what sounds between 250 and 600 Hz at 12.3 s, which makes the playing more minor."
    )


def test_regions_that_touch_are_one_to_the_reader() -> None:
    said = of_parts("sad", told("sad", 0.6), [0.0, 0.5, 0.4, 0.5])
    assert "what sounds between 250 and 600 Hz from 12.0 to 13.2 s and above 2,500 Hz from 12.6 to 16.0 s" in said
    assert "which make the playing" in said


def test_one_band_is_named_once() -> None:
    parts = [Part("", t, t + 0.4, 253.0, 603.0) for t in (8.0, 9.0, 14.0)]
    assert places(parts, WINDOW_S) == "what sounds between 250 and 600 Hz at 8.2 s, at 9.2 s and at 14.2 s"


def test_bands_that_touch_at_one_time_are_one() -> None:
    parts = [Part("", 8.0, 8.5, low, high) for low, high in ((602.9, 904.4), (253.0, 602.9), (2497.9, 11025.0))]
    assert places(parts, WINDOW_S) == "what sounds between 250 and 900 Hz at 8.2 s and above 2,500 Hz at 8.2 s"


def test_what_holds_little_is_only_part_of_it() -> None:
    many = [Part("", 8.0 + k / 2, 8.5 + k / 2, 253.0, 603.0) for k in range(14)]
    said = of_parts("sad", told("sad", 0.6), [0.1] * 13 + [0.12], parts=many)
    assert said.startswith("Sad partly because of ")


def test_weights_within_their_errors_are_not_told() -> None:
    said = of_parts("sad", told("sad", 0.6), [0.2, 0.15, -0.1, 0.05], error=0.15)
    assert said == "No single region stands out for sad."
    said = of_parts("sad", told("sad", 0.6), [0.01, -0.5, 0.0, 0.0])
    against = "what speaks most against it is what sounds between 250 and 600 Hz at 12.3 s."
    assert said == f"No single region stands out for sad; {against}"


def test_a_poor_fit_is_called_rough() -> None:
    assert of_parts("sad", told("sad", 0.6), [0.0, 0.9, 0.0, 0.0], r2=0.3).startswith("A rough picture: sad mostly")
    assert of_parts("sad", told("sad", 0.6), [0.0, 0.9, 0.0, 0.0], r2=float("nan")).startswith("Sad mostly")


def test_errors_that_are_not_known_raise_no_doubt() -> None:
    said = of_parts("sad", told("sad", 0.6), [0.0, 0.9, 0.0, 0.0], error=float("nan"))
    assert said.startswith("Sad mostly because")


def test_features_and_other_emotions_have_their_own_sentence() -> None:
    said = of_parts("articulation", told("sad", 0.6), [0.0, 0.9, 0.0, 0.0], feature="articulation")
    assert said == "Articulation is raised mostly by what sounds between 250 and 600 Hz at 12.3 s."
    said = of_parts("happy", told("sad", 0.6), [0.0, 0.9, 0.0, 0.0], feature="minorness")
    assert said == (
        "Rather sad (60 %) than happy (13 %); for happy speaks what sounds between 250 and 600 Hz at 12.3 s, "
        "which makes the playing more major."
    )


def test_sources_are_named() -> None:
    said = of_parts("aggressive", told("aggressive", 0.6), [0.9, 0, 0, 0], feature="articulation", parts=SOURCES)
    assert said == "Aggressive mostly because of the attack and fret noise, which makes the playing more staccato."
    assert places(SOURCES[1:], WINDOW_S) == (
        "the low strings (below 200 Hz), the notes around E4 and G4 and the high register (above 800 Hz, 9.0 to 9.8 s)"
    )


def changed(of: str, gains_db: Sequence[float], before: Heard, after: Heard) -> Change:
    indices = np.flatnonzero(gains_db)
    parts = tuple(SOURCES[k] for k in indices)
    return Change(of, parts, indices, np.array(gains_db)[indices], before, after, np.zeros(1, np.float32), 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            changed("sad", [-6.0, 0, 0, 0], told("happy", 0.6), told("sad", 0.44)),
            "Turning the attack and fret noise down by 6 dB would make it sadder: sad rises from 13 % to 44 %.",
        ),
        (
            changed("sad", [-9.0, -9.0, 9.0, 0], told("happy", 0.7), told("happy", 0.46)),
            "Turning the notes around E4 and G4 up by 9 dB and the attack and fret noise and the low strings "
            "(below 200 Hz) down by 9 dB would make it sadder: sad rises from 10 % to 18 %, though it stays happy.",
        ),
        (
            changed("sad", [0, 9.0, 0, 0], told("happy", 0.6), told("relaxed", 0.4)),
            "Turning the low strings (below 200 Hz) up by 9 dB would make it sadder: sad rises from 13 % to 20 %, "
            "though it turns relaxed.",
        ),
        (
            changed("articulation", [4.5, 0, 0, 0], told("sad", 0.6), told("sad", 0.6, articulation=0.5)),
            "Turning the attack and fret noise up by 4.5 dB would make it more staccato: articulation rises from +0.0 "
            "to +0.5 standard deviations.",
        ),
        (
            changed("sad", [0, 0, 0, 0], told("happy", 0.6), told("happy", 0.6)),
            "Turning parts up or down by a few dB hardly makes it sadder: sad stays near 13 %.",
        ),
        (
            changed("happy", [9.0, 0, 0, 0], told("happy", 0.6), told("happy", 0.5)),
            "This change of loudness hardly makes it happier: happy goes from 60 % to 50 %.",
        ),
    ],
)
def test_what_if_tells_what_was_turned_and_what_came_of_it(change: Change, said: str) -> None:
    assert of_parts(change.of, change.before, [0.5, 0, 0, 0], parts=SOURCES, change=change) == said


def rendered(said: object) -> str:
    """Say the published form in English, as the page says it in any language."""
    if not isinstance(said, dict):
        return str(said)
    if "list" in said:
        text = " and ".join(", ".join(map(rendered, said["list"])).rsplit(", ", 1))
    elif "number" in said:
        text = f"{said['number']:{'+' if said['sign'] else ''},.{said['digits']}f}"
    else:
        text = said["text"].format(**{name: rendered(value) for name, value in said.get("values", {}).items()})
    if "first" in said:
        text = getattr(text[0], said["first"])() + text[1:]
    return text


def test_the_published_form_says_the_same() -> None:
    heard = told("happy", 0.6, minorness=-1.5)
    change = changed("articulation", [4.5, 0, -6.0, 0], heard, told("sad", 0.6, articulation=0.5))
    for phrase in (
        of_effects("sad", heard),
        of_effects("sad", told("sad", 0.3)),
        of_effects("minorness", heard),
        of_parts("sad", told("sad", 0.6), [0.02, 0.9, 0.9, -0.1], r2=0.3),
        of_parts("happy", told("sad", 0.6), [0.0, 0.9, 0.0, 0.0]),
        of_parts("articulation", heard, [0.9, 0.5, 0, 0], feature="articulation", parts=SOURCES),
        of_parts(change.of, change.before, [0.5, 0, 0, 0], parts=SOURCES, change=change),
    ):
        said = json.loads(json.dumps(phrase.to_dict()))
        assert rendered(said) == phrase
        assert {"text", "values"} <= said.keys()
