r"""One completion, one answer: rewards that read the same sources read the same answer, whatever they make of it.

`extract_answer` says what the answer is. Texts are made of pieces that people write: statements, sentences, lists.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vlm_rewards as vr
from tests.packs.sample import Sample
from tests.packs.test_every_reward import SAMPLES
from vlm_rewards.answers import NUMERIC, SHORT, STATED, Source, answer_block, extract_answer

PLACES = ["Rome", "Paris", "Oslo"]
#: How each reward of final answers is used, and where it looks for one.
READERS: list[tuple[Sample, Sequence[Source]]] = [
    (Sample("math/answer", "", {"solution": "7"}), NUMERIC),
    (Sample("math/answer", "", {"solution": "B", "options": PLACES}), NUMERIC),
    (Sample("math/answer", "", {"solution": "7"}, {"require_boxed": True}), (Source.BOX,)),
    (Sample("math/numeric", "", {"solution": "7"}), NUMERIC),
    (Sample("math/expression", "", {"solution": "7", "numbers": [3, 4]}), (Source.BOX, Source.TAG)),
    (Sample("vqa/choice", "", {"solution": "Paris", "options": PLACES}), SHORT),
    (Sample("vqa/exact", "", {"solution": "Paris"}), SHORT),
    (Sample("vqa/yes_no", "", {"solution": "yes"}), SHORT),
    (Sample("vqa/vqa_soft", "", {"solution": ["7"] * 10}), SHORT),
    (Sample("vqa/count", "", {"solution": 7}), SHORT),
    (Sample("vqa/relaxed_accuracy", "", {"solution": "7"}), SHORT),
    (Sample("vqa/anls", "", {"solution": "Paris"}), SHORT),
    (Sample("vqa/token_f1", "", {"solution": "Paris"}), SHORT),
]
#: Rewards of longer answers: where they look for a statement before they read the whole answer.
BLOCKS: list[tuple[Sample, Sequence[Source]]] = [
    *((Sample(f"vqa/{name}", "", {"solution": "Paris"}), ()) for name in ("cer", "wer", "rouge_l")),
    (Sample("vqa/text_overlap", "", {"solution": "Paris"}, {"metric": "bleu"}), ()),
    (Sample("vqa/json_fields", "", {"solution": {"answer": "7"}}), ()),
    (Sample("vqa/table", "", {"solution": [["a", "b"], [1, 2]]}), ()),
    (Sample("vqa/list_match", "", {"solution": ["Paris", "Rome"]}), STATED),
]
each_reader = pytest.mark.parametrize(("sample", "sources"), READERS, ids=[str(sample) for sample, _ in READERS])

VALUES = st.sampled_from(
    ["7", "42", "B", "(B)", "Paris", "(B) Paris", "yes", "No", "$7$", "3 + 4", "7 cm", "７", "1, 2"]
)
STATEMENTS = st.builds(
    str.replace,
    st.sampled_from(
        [
            *("\\boxed{@}", "So it is $\\boxed{@}$.", "The answer is @.", "**Final answer:** @", "答案是 @。"),
            *('{"answer": "@"}', "I choose @.", "Die Antwort lautet @.", "<|begin_of_box|>@<|end_of_box|>", "#### 7"),
        ]
    ),
    st.just("@"),
    VALUES,
)
SENTENCES = st.one_of(
    VALUES,
    st.builds(
        str.replace,
        st.sampled_from(
            ["There are @ in the image.", "x = @", "First, @ or so.", "She has @.", "- @", "That is @, I think"]
        ),
        st.just("@"),
        VALUES,
    ),
)
TEXTS = st.lists(st.one_of(STATEMENTS, SENTENCES), min_size=1, max_size=4).flatmap(
    lambda parts: st.sampled_from(["\n", " ", "\n\n"]).map(lambda between: between.join(parts))
)
MARKED = TEXTS | TEXTS.map(lambda text: f"<answer>{text}</answer>") | TEXTS.map(lambda text: f"hm</think>{text}</s>")
#: Words of sentences that state no answer, though some would take one back.
WORDS = [
    "so",
    "it",
    "is",
    "42",
    "No,",
    "wait",
    ".",
    ",",
    "B",
    "cat",
    "=",
    "or",
    "maybe",
    "I",
    "was",
    "wrong",
    "\n",
    "7",
]
TAILS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
quick = settings(max_examples=60)


def verdict(output: vr.RewardOutput) -> tuple[object, ...]:
    """What a reward says of a text, apart from where the answer stood."""
    return output.status, output.score, output.reason, output.details.get("answer")


def test_every_reward_that_tells_an_answer_is_held_to_be_the_same() -> None:
    telling = {sample.use for sample in SAMPLES if "answer" in sample.score(sample.best)[0].details}
    assert telling == {sample.use for sample, _ in READERS + BLOCKS}


@each_reader
@given(text=MARKED)
@quick
def test_every_reward_reads_the_answer_of_its_sources(sample: Sample, sources: Sequence[Source], text: str) -> None:
    found = extract_answer(vr.Completion(text), sources=sources)
    (output,) = sample.score(text)
    if found is None:
        assert output.status is vr.Status.UNPARSEABLE
        assert output.details == {}
    else:  # whatever the reward makes of it
        assert found.details().items() <= output.details.items()


@each_reader
@pytest.mark.parametrize(
    "text", ["\\boxed{4", "<answer></answer>", "<answer>" + "7 + " * 5000 + "7</answer>", "so }{ so"]
)
def test_an_answer_that_is_refused_is_shown(sample: Sample, sources: Sequence[Source], text: str) -> None:
    found = extract_answer(vr.Completion(text), sources=sources)
    if found is None or (sample.use == "math/expression" and not found.closed):  # to which an open box is none
        return
    (output,) = sample.score(text)
    assert found.details().items() <= output.details.items()


@pytest.mark.parametrize(("sample", "sources"), BLOCKS, ids=[str(sample) for sample, _ in BLOCKS])
@given(text=MARKED)
@quick
def test_rewards_of_longer_answers_read_the_whole_one(sample: Sample, sources: Sequence[Source], text: str) -> None:
    completion = vr.Completion(text)
    stated = extract_answer(completion, sources=sources) if sources else None
    if stated is not None and stated.source is Source.TAG:  # all that stands in it
        stated = None
    (output,) = sample.score(text)
    said = answer_block(completion) if stated is None else stated.text
    assert (output.details["answer"], "source" in output.details) == (said, True)


@each_reader
@given(before=TEXTS, stated=STATEMENTS, tail=TAILS)
@quick
def test_what_is_said_behind_the_last_statement_changes_nothing(
    sample: Sample, sources: Sequence[Source], before: str, stated: str, tail: str
) -> None:
    text = f"{before}\n{stated}"
    answer = extract_answer(vr.Completion(text), sources=sources)
    if answer is None or answer.source not in STATED:
        return
    plain, more = sample.score(text, f"{text}\n{tail}")
    assert verdict(more) == verdict(plain)


@pytest.mark.parametrize(("sample", "sources"), [reader for reader in READERS if Source.TAG in reader[1]])
@given(text=TEXTS)
@quick
def test_wrapping_a_text_in_its_tags_changes_no_verdict(sample: Sample, sources: Sequence[Source], text: str) -> None:
    if extract_answer(vr.Completion(text), sources=sources) is None:
        return  # a tag marks as the answer what would be none by itself
    plain, wrapped = sample.score(text, f"<think>hm</think><answer>{text}</answer>")
    assert verdict(wrapped) == verdict(plain)
