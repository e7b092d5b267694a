"""One sentence in plain words for each kind of explanation, and none of them says more than is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edge.explain.effects import Effects
from edge.explain.heard.hearing import Heard
from edge.explain.heard.whatif import Change
from edge.explain.told.words import feature_name, higher, listed, more, places
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


def sentence(explanation: Explanation) -> str:
    """Return the sentence for what was asked, as far as it is known."""
    of, told = explanation.request.of, explanation.heard
    if explanation.change is not None:
        return of_change(explanation.change, explanation.window_s)
    if explanation.parts is None or explanation.estimate is None:
        return of_effects(explanation.effects, told, of)
    return of_parts(explanation)


def of_effects(effects: Effects, told: Heard, of: str) -> str:
    """Say which features make this moment what it is, compared with what is usual for the player."""
    if of in MID_LEVEL:
        return _of_value(effects, of)
    k = EMOTIONS.index(of)
    than = "than usual for you" if effects.knows_usual else "than most guitar music"
    # without a take to compare with, the training music's mean is what is usual: the values are counted from there
    pushes = effects.separating[k] if effects.knows_usual else effects.effects[k]
    stands_out = np.abs(effects.z if effects.knows_usual else effects.values) >= _LEAST_Z
    leads = told.label == of
    reasons = _strongest(np.where(stands_out, pushes if leads else -pushes, 0.0), _LEAST_EFFECT)
    differs = (effects.values - effects.mean) if effects.knows_usual else effects.values
    words = listed([higher(MID_LEVEL[f], differs[f] > 0.0) for f in reasons])
    head = of.capitalize() if leads else f"Not {_share(of, told)} but {_share(told.label, told)}"
    if reasons:
        return f"{head}, because the playing is {words} {than}."
    if not leads:
        return f"{head}, and no feature differs much from what is usual for you."
    by_value = _strongest(effects.effects[k], _LEAST_EFFECT)
    if not by_value:
        return f"{head}, but no feature stands out: a close call."
    words = listed([higher(MID_LEVEL[f], effects.values[f] > 0.0) for f in by_value])
    average = (effects.effects - effects.separating).sum(axis=1) + effects.bias
    usually = " as usual for you" if effects.knows_usual and average.argmax() == k else ""
    return f"{head}{usually}: the playing is {words} than most guitar music."


def of_parts(explanation: Explanation) -> str:
    """Say which regions or sources speak for the emotion or raise the feature, and by way of what."""
    assert explanation.parts is not None
    assert explanation.estimate is not None
    of, told = explanation.request.of, explanation.heard
    weights, errors, _ = explanation.estimate.of(of)
    r2 = explanation.quality.r2_heldout
    speaking_for, against = clear(weights, errors)
    named = explanation.parts.parts

    def where(which: list[int]) -> str:
        return places([named[k] for k in which], explanation.window_s)

    if not speaking_for:
        what = "source" if named[0].name else "region"
        text = f"No single {what} stands out for {feature_name(of)}"
        text += f"; what speaks most against it is {where(against[:1])}" if against else ""
    elif of in MID_LEVEL:
        text = f"{feature_name(of).capitalize()} is raised {_how_much(weights, speaking_for)} by {where(speaking_for)}"
    elif told.label == of:
        text = f"{of.capitalize()} {_how_much(weights, speaking_for)} because of {where(speaking_for)}"
    else:
        text = f"Rather {_share(told.label, told)} than {_share(of, told)}; for {of} speaks {where(speaking_for)}"
    if speaking_for and of in EMOTIONS:
        text += _by_way_of(explanation, speaking_for)
    rough = r2 is not None and r2 < ROUGH_R2
    return f"A rough picture: {text[0].lower()}{text[1:]}." if rough else f"{text}."


def of_change(change: Change, window_s: tuple[float, float]) -> str:
    """Say what would happen if parts were louder or softer, as the network heard it."""
    of = change.of
    if not change.helps:
        tried = "This change of loudness" if change.parts else "Turning parts up or down by a few dB"
        return f"{tried} hardly makes it {more(of)}: {_from_to(change)}."
    actions = []
    for gain_db in sorted(set(change.gains_db.tolist()), reverse=True):
        turned = [part for part, g in zip(change.parts, change.gains_db, strict=True) if g == gain_db]
        actions.append(f"{places(turned, window_s)} {'up' if gain_db > 0.0 else 'down'} by {abs(gain_db):g} dB")
    end = ""
    if of in EMOTIONS and change.after.label != of:
        verb = "stays" if change.after.label == change.before.label else "turns"
        end = f", though it {verb} {change.after.label}"
    return f"Turning {listed(actions)} would make it {more(of)}: {_from_to(change)}{end}."


def clear(weights: Vector, errors: Vector) -> tuple[list[int], list[int]]:
    """Return the parts whose weights are beyond doubt and worth naming, strongest first: those for, those against.

    Errors that are not known (NaN), as those of LIME, raise no doubt.
    """
    sure = ~(np.abs(weights) < CLEAR * errors)
    speaking_for = _strongest(np.where(sure, weights, 0.0), _LEAST_WEIGHT)
    return speaking_for, _strongest(np.where(sure, -weights, 0.0), _LEAST_WEIGHT)


def _of_value(effects: Effects, feature: str) -> str:
    f = MID_LEVEL.index(feature)
    known = effects.knows_usual
    than = "usual for you" if known else "most guitar music"
    differs = effects.z[f] if known else effects.values[f]
    if abs(differs) < _LEAST_Z:
        return f"{_capital(feature_name(feature))} is about {'as usual for you' if known else 'as in most music'}."
    pushes = effects.separating[:, f] if known else effects.effects[:, f]
    speaks_for = EMOTIONS[int(pushes.argmax())]
    return f"The playing is {higher(feature, differs > 0.0)} than {than}, which speaks for {speaks_for}."


def _by_way_of(explanation: Explanation, parts: list[int]) -> str:
    """Return which feature carries most of the parts' weight, if one does."""
    assert explanation.estimate is not None
    through = explanation.estimate.through(explanation.request.of)[parts].sum(axis=0)
    f = int(through.argmax())
    if through[f] < _MOSTLY * through[through > 0.0].sum():
        return ""
    rises = explanation.estimate.of(MID_LEVEL[f])[0][parts].sum() > 0.0
    return f", which make{'s' if len(parts) == 1 else ''} the playing {higher(MID_LEVEL[f], bool(rises))}"


def _strongest(sizes: Vector, least: float) -> list[int]:
    """Return where the largest values are, at most three, those that are small beside the first left out."""
    ranked = np.argsort(-sizes, kind="stable")[:_MOST_NAMED]
    floor = max(least, _WORTH_NAMING * float(sizes[ranked[0]]))
    return [int(k) for k in ranked if sizes[k] >= floor]


def _how_much(weights: Vector, speaking_for: list[int]) -> str:
    share = weights[speaking_for].sum() / weights[weights > 0.0].sum()
    return "mostly" if share >= _MOSTLY else "partly"


def _from_to(change: Change) -> str:
    of, before, after = change.of, change.before, change.after
    if of in EMOTIONS:
        k = EMOTIONS.index(of)
        a, b = _percent(before.probabilities[k]), _percent(after.probabilities[k])
    else:
        a, b = f"{before.value(of):+.1f}", f"{after.value(of):+.1f} standard deviations"
    if not change.parts:
        return f"{feature_name(of)} stays near {a}"
    moves = "rises" if change.helps else "goes"
    return f"{feature_name(of)} {moves} from {a} to {b}"


def _share(emotion: str, told: Heard) -> str:
    return f"{emotion} ({_percent(told.probabilities[EMOTIONS.index(emotion)])})"


def _percent(probability: float) -> str:
    return f"{100.0 * probability:.0f} %"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
