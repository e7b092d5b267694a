"""One sentence in plain words for each kind of explanation, and none of them says more than is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.explain.effects import Effects
from edge.explain.heard.hearing import Heard
from edge.explain.heard.whatif import Change
from edge.explain.phrase import Phrase, capital, listed, lower, number, say
from edge.explain.told.words import feature_name, higher, more, places
from edge.types import EMOTIONS, MID_LEVEL

if TYPE_CHECKING:
    from edge.explain.explanation import Explanation

Vector = NDArray[np.float64]

CLEAR = 2.0
"""Standard errors from which on a weight is told."""
ROUGH_R2 = 0.5
"""Below, the parts explain less than half of what mixtures of them do."""

_LEAST_WEIGHT = 0.03  # logits or standard deviations: moves a probability by less than 1 %
_LEAST_EFFECT = 0.1
_LEAST_Z = 0.5
_MOST_NAMED = 3
_WORTH_NAMING = 1 / 3  # of the strongest
_MOSTLY = 0.5


def sentence(explanation: Explanation) -> Phrase:
    """Return the sentence for what was asked, as far as it is known."""
    of, told = explanation.request.of, explanation.heard
    if explanation.change is not None:
        return of_change(explanation.change, explanation.window_s)
    if explanation.parts is None or explanation.estimate is None:
        return of_effects(explanation.effects, told, of)
    return of_parts(explanation)


def of_effects(effects: Effects, told: Heard, of: str) -> Phrase:
    """Say which features make this moment what it is, compared with what is usual for the player."""
    if of in MID_LEVEL:
        return _of_value(effects, of)
    k = EMOTIONS.index(of)
    # without a take to compare with, the training music's mean is what is usual: the values are counted from there
    pushes = effects.separating[k] if effects.knows_usual else effects.effects[k]
    stands_out = np.abs(effects.z if effects.knows_usual else effects.values) >= _LEAST_Z
    leads = told.label == of
    reasons = _strongest(np.where(stands_out, pushes if leads else -pushes, 0.0), _LEAST_EFFECT)
    differs = (effects.values - effects.mean) if effects.knows_usual else effects.values
    head = capital(feature_name(of))
    if not leads:
        head = say("Not {this} but {that}", this=_share(of, told), that=_share(told.label, told))
    if reasons:
        words = listed([higher(MID_LEVEL[f], differs[f] > 0.0) for f in reasons])
        return say("{head}, because the playing is {words} {than}.", head=head, words=words, than=_than(effects))
    if not leads:
        return say("{head}, and no feature differs much from what is usual for you.", head=head)
    by_value = _strongest(effects.effects[k], _LEAST_EFFECT)
    if not by_value:
        return say("{head}, but no feature stands out: a close call.", head=head)
    words = listed([higher(MID_LEVEL[f], effects.values[f] > 0.0) for f in by_value])
    average = (effects.effects - effects.separating).sum(axis=1) + effects.bias
    if effects.knows_usual and average.argmax() == k:
        return say("{head} as usual for you: the playing is {words} than most guitar music.", head=head, words=words)
    return say("{head}: the playing is {words} than most guitar music.", head=head, words=words)


def of_parts(explanation: Explanation) -> Phrase:
    """Say which regions or sources speak for the emotion or raise the feature, and by way of what."""
    assert explanation.parts is not None
    assert explanation.estimate is not None
    of, told = explanation.request.of, explanation.heard
    weights, errors, _ = explanation.estimate.of(of)
    r2 = explanation.quality.r2_heldout
    speaking_for, against = clear(weights, errors)
    named = explanation.parts.parts

    def where(which: list[int]) -> Phrase:
        return places([named[k] for k in which], explanation.window_s)

    if not speaking_for:
        text = _none_stands_out(of, bool(named[0].name))
        if against:
            text = say("{text}; what speaks most against it is {where}", text=text, where=where(against[:1]))
    elif of in MID_LEVEL:
        text = _raised(capital(feature_name(of)), where(speaking_for), _mostly(weights, speaking_for))
    elif told.label == of:
        text = _because(capital(feature_name(of)), where(speaking_for), _mostly(weights, speaking_for))
    else:
        text = say(
            "Rather {that} than {this}; for {emotion} speaks {where}",
            that=_share(told.label, told),
            this=_share(of, told),
            emotion=feature_name(of),
            where=where(speaking_for),
        )
    if speaking_for and of in EMOTIONS:
        text = _by_way_of(explanation, speaking_for, text)
    if r2 is not None and r2 < ROUGH_R2:
        return say("A rough picture: {text}.", text=lower(text))
    return say("{text}.", text=text)


def of_change(change: Change, window_s: tuple[float, float]) -> Phrase:
    """Say what would happen if parts were louder or softer, as the network heard it."""
    of, moves = change.of, _moves(change)
    if not change.helps:
        if change.parts:
            return say("This change of loudness hardly makes it {more}: {moves}.", more=more(of), moves=moves)
        return say("Turning parts up or down by a few dB hardly makes it {more}: {moves}.", more=more(of), moves=moves)
    actions = []
    for gain_db in sorted(set(change.gains_db.tolist()), reverse=True):
        turned = places([part for part, g in zip(change.parts, change.gains_db, strict=True) if g == gain_db], window_s)
        by = number(abs(gain_db), 0 if float(gain_db).is_integer() else 1, english=f"{abs(gain_db):g}")
        if gain_db > 0.0:
            actions.append(say("{parts} up by {by} dB", parts=turned, by=by))
        else:
            actions.append(say("{parts} down by {by} dB", parts=turned, by=by))
    text = say("Turning {parts} would make it {more}: {moves}", parts=listed(actions), more=more(of), moves=moves)
    now = change.after.label
    if of in EMOTIONS and now != of:
        if now == change.before.label:
            text = say("{text}, though it stays {emotion}", text=text, emotion=feature_name(now))
        else:
            text = say("{text}, though it turns {emotion}", text=text, emotion=feature_name(now))
    return say("{text}.", text=text)


def clear(weights: Vector, errors: Vector) -> tuple[list[int], list[int]]:
    """Return the parts whose weights are beyond doubt and worth naming, strongest first: those for, those against.

    Errors that are not known (NaN), as those of LIME, raise no doubt.
    """
    sure = ~(np.abs(weights) < CLEAR * errors)
    speaking_for = _strongest(np.where(sure, weights, 0.0), _LEAST_WEIGHT)
    return speaking_for, _strongest(np.where(sure, -weights, 0.0), _LEAST_WEIGHT)


def _of_value(effects: Effects, feature: str) -> Phrase:
    f = MID_LEVEL.index(feature)
    known = effects.knows_usual
    differs = effects.z[f] if known else effects.values[f]
    if abs(differs) < _LEAST_Z:
        name = capital(feature_name(feature))
        if known:
            return say("{feature} is about as usual for you.", feature=name)
        return say("{feature} is about as in most music.", feature=name)
    pushes = effects.separating[:, f] if known else effects.effects[:, f]
    return say(
        "The playing is {word} {than}, which speaks for {emotion}.",
        word=higher(feature, differs > 0.0),
        than=_than(effects),
        emotion=feature_name(EMOTIONS[int(pushes.argmax())]),
    )


def _than(effects: Effects) -> Phrase:
    return say("than usual for you") if effects.knows_usual else say("than most guitar music")


def _none_stands_out(of: str, among_sources: bool) -> Phrase:
    if among_sources:
        return say("No single source stands out for {what}", what=feature_name(of))
    return say("No single region stands out for {what}", what=feature_name(of))


def _raised(feature: Phrase, where: Phrase, mostly: bool) -> Phrase:
    if mostly:
        return say("{feature} is raised mostly by {where}", feature=feature, where=where)
    return say("{feature} is raised partly by {where}", feature=feature, where=where)


def _because(emotion: Phrase, where: Phrase, mostly: bool) -> Phrase:
    if mostly:
        return say("{emotion} mostly because of {where}", emotion=emotion, where=where)
    return say("{emotion} partly because of {where}", emotion=emotion, where=where)


def _by_way_of(explanation: Explanation, parts: list[int], text: Phrase) -> Phrase:
    """Add which feature carries most of the parts' weight, if one does."""
    assert explanation.estimate is not None
    through = explanation.estimate.through(explanation.request.of)[parts].sum(axis=0)
    f = int(through.argmax())
    if through[f] < _MOSTLY * through[through > 0.0].sum():
        return text
    word = higher(MID_LEVEL[f], bool(explanation.estimate.of(MID_LEVEL[f])[0][parts].sum() > 0.0))
    if len(parts) == 1:
        return say("{text}, which makes the playing {word}", text=text, word=word)
    return say("{text}, which make the playing {word}", text=text, word=word)


def _strongest(sizes: Vector, least: float) -> list[int]:
    """Return where the largest values are, at most three, those that are small beside the first left out."""
    ranked = np.argsort(-sizes, kind="stable")[:_MOST_NAMED]
    floor = max(least, _WORTH_NAMING * float(sizes[ranked[0]]))
    return [int(k) for k in ranked if sizes[k] >= floor]


def _mostly(weights: Vector, speaking_for: list[int]) -> bool:
    return bool(weights[speaking_for].sum() / weights[weights > 0.0].sum() >= _MOSTLY)


def _moves(change: Change) -> Phrase:
    of, before, after = change.of, change.before, change.after
    name = feature_name(of)
    if of in EMOTIONS:
        k = EMOTIONS.index(of)
        a, b = _percent(before.probabilities[k]), _percent(after.probabilities[k])
    else:
        a = number(before.value(of), 1, sign=True)
        b = say("{value} standard deviations", value=number(after.value(of), 1, sign=True))
    if not change.parts:
        return say("{what} stays near {before}", what=name, before=a)
    if change.helps:
        return say("{what} rises from {before} to {after}", what=name, before=a, after=b)
    return say("{what} goes from {before} to {after}", what=name, before=a, after=b)


def _share(emotion: str, told: Heard) -> Phrase:
    share = _percent(told.probabilities[EMOTIONS.index(emotion)])
    return say("{emotion} ({share})", emotion=feature_name(emotion), share=share)


def _percent(probability: float) -> Phrase:
    return say("{number} %", number=number(100.0 * probability))
