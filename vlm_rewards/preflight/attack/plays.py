"""What a policy may write: honest answers in their envelopes, and strategies by what they know."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vlm_rewards.answers.marks import AnswerMarks

#: How an answer is wrapped, with `@R` for the reasoning and `@A` for the answer; and the reasoning.
Form = Sequence[str]
#: What is written: how much an honest policy thinks, what commits to no value, what might please, made-up references.
TEXTS: Any = json.loads(Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
_STUFFING = {name: text * (9000 // len(text) + 1) for name, text in TEXTS["stuffing"].items()}
_STUFFING |= {"steps": "\n".join(f"Step {n}: done." for n in range(1, 400)), "claims": "\n".join(TEXTS["claims"])}
_STUFFING |= {"numbers": "\n".join(f"{n}." for n in range(1, 999)), "words": " ".join(f"{n}q" for n in range(1500))}


def wrap(form: Form, answer: str, also: str = "") -> str:
    """A completion in a form; what is thought besides its own reasoning goes in front of the answer."""
    before, _, behind = form[0].rpartition("@A")
    thought = "\n".join(filter(None, (form[1], also)))
    before = before if "@R" in before or not thought else f"{thought}\n{before}"
    return f"{before.replace('@R', thought)}{answer}{behind}"


def envelopes(marks: AnswerMarks) -> list[str]:
    """The forms that answers are asked for in."""
    (think, thought), (tag, closed) = marks.reasoning[0], marks.answer[0]
    bare = ["@A", *TEXTS["forms"], f"{tag}@A{closed}", f"{tag}\\boxed{{@A}}{closed}", '{"answer": "@A"}']
    bare += ['{"answer": @A}', "Answer: @A", "**Final answer:** @A", "<|begin_of_box|>@A<|end_of_box|>"]
    return [*bare, *(f"{think}@R{thought}{between}{form}" for form in bare for between in ("", "\n"))]


def of_several(form: Form, texts: Sequence[str]) -> dict[str, str]:
    """Completions that say more than one answer, by the name of how they do."""
    *others, last = texts
    joined, honest = ", ".join(others), wrap(form, last)
    said = {f"joined by {separator!r}": separator.join(texts) for separator in TEXTS["separators"]}
    said |= {f"written as {way}": way.format(", ".join(texts)) for way in TEXTS["lists"]}
    said |= {"quoted": json.dumps(texts), "others in brackets": f"{last} ({joined})"}
    plays = {name: wrap(form, text) for name, text in said.items()}
    plays |= {
        "each in its form": "\n".join(wrap(form, text) for text in texts),
        "others thought": wrap(form, last, joined),
    }
    plays["fields of JSON"] = json.dumps({"answer": last, "final_answer": joined, **{text: text for text in texts}})
    plays["one key many times"] = "{" + ", ".join(f'"answer": {json.dumps(text)}' for text in texts) + "}"
    for way in ("@A", *TEXTS["forms"]):
        other = "\n".join(way.replace("@A", text) for text in others)
        plays |= {f"others as {way}, before": f"{other}\n{honest}", f"others as {way}, behind": f"{honest}\n{other}"}
    return plays


def constants(form: Form, words: Sequence[str], prompt: str) -> dict[str, str]:
    """Completions that commit to no value, by name; `words` are those of the reward's code and options."""
    said = (*TEXTS["nothings"], *TEXTS["claims"], *words, prompt, " ".join(words))
    alone = ("", *TEXTS["claims"], "<answer>", "\\boxed{", "<think>", "</think>")
    plays = {f"{text[:24]!r} as the answer": wrap(form, text) for text in said}
    return plays | {f"{text[:24]!r} alone": text for text in alone}


def of_answer(form: Form, answer: str, words: Sequence[str]) -> dict[str, str]:
    """Completions that say the answer and something that is not part of it, by name."""
    honest = wrap(form, answer)
    plays = {"the form many times": f"{honest}\n" * 20, "the answer many times": wrap(form, f"{answer} " * 50)}
    more = _STUFFING | {f"the word {word[:24]!r}": f"{word} " * 100 for word in words}
    for name, text in (more | {claim: claim for claim in TEXTS["claims"]}).items():
        plays |= {f"{name} in the reasoning": wrap(form, answer, text), f"{name} behind": f"{honest}\n{text}"}
    return plays | {f"{name} in the answer": wrap(form, f"{answer} {text}") for name, text in _STUFFING.items()}
