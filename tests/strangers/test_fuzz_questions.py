"""Questions of every shape: each is understood, or refused in one line."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.api.explanations import Question, _request
from edge.errors import ExplainError
from edge.explain.request import Request
from edge.types import EMOTIONS, MID_LEVEL
from tests.strangers.counts import fuzzed
from tests.strangers.mutate import told_well

WORDS = (*EMOTIONS, *MID_LEVEL, "regions", "sources", "effects", "whatif", "onsets", "grid", "slic", "parts", "blocks",
         "", "local", "hadamard", "lime", "exact", "strongest", "significant", "\x00", "../x", "x" * 3000)  # fmt: skip
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.sampled_from(WORDS), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=12),
    max_leaves=12,
)
questions = st.dictionaries(st.sampled_from(Question.__struct_fields__), values, max_size=9)
likely = st.fixed_dictionaries(
    {},
    optional={
        "of": st.sampled_from(WORDS), "by": st.sampled_from(WORDS), "segments": st.sampled_from(WORDS),
        "method": st.sampled_from(WORDS), "select": st.sampled_from(WORDS), "samples": st.integers(-10, 10**6),
        "seed": st.integers(-(2**70), 2**70), "time_s": st.floats(), "gains_db": st.lists(st.floats(), max_size=30),
    },
)  # fmt: skip


@settings(settings.get_profile("strangers"), max_examples=fuzzed(400))
@given(st.one_of(questions, likely))
def test_any_question_is_understood_or_refused(question: dict[str, object]) -> None:
    try:
        asked = msgspec.json.decode(msgspec.json.encode(question), type=Question)
    except msgspec.ValidationError:
        return
    assert asked_or_refused(asked)


def asked_or_refused(asked: Question) -> bool:
    try:
        return isinstance(_request(asked), Request)
    except ExplainError as error:
        return told_well(error)
