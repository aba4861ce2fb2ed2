"""Samples of the `vqa` pack."""

from __future__ import annotations

from tests.packs.sample import Sample

PEOPLE = ["dog"] * 4 + ["a dog", "puppy", "cat", "cat", "cat", "wolf"]
CITIES = ["Rome", "Paris", "Oslo"]
RECEIPT = {"total": 12.5, "shop": {"name": "Corner Shop"}, "items": [{"name": "tea", "price": 3}]}
TABLE = "| team | goals |\n|---|---|\n| Red | 3 |\n| Blue | 1 |"
SAMPLES = [
    Sample("vqa/exact", "<think>fur</think><answer>A cat.</answer>", {"solution": "cat"}, bad="dog"),
    Sample(
        "vqa/choice",
        "<think>France</think>The answer is (B).",
        {"solution": "Paris", "options": CITIES},
        bad="The answer is (A).",
    ),
    Sample("vqa/choice", "2", {"solution": 1, "options": CITIES}, {"answers_from": 1}, bad="3"),
    Sample("vqa/yes_no", "<think>a leash</think>Yes, there is.", {"solution": "yes"}, bad="No, there is not."),
    Sample("vqa/yes_no", "There is no dog.", {"solution": "no"}, {"official": True}, bad="There is a dog.", broken=()),
    Sample("vqa/vqa_soft", "<answer>The dog.</answer>", {"solution": PEOPLE}, bad="cow"),
    Sample("vqa/count", "There are three dogs.", {"solution": 3}, bad="five"),
    Sample("vqa/relaxed_accuracy", "\\boxed{$1,230$}", {"solution": "1234"}, bad="3"),
    Sample("vqa/relaxed_accuracy", "105", {"solution": "100"}, {"official": True}, bad="3"),
    Sample(
        "vqa/count", "<|begin_of_box|>72<|end_of_box|>", {"solution": "3 * 24 = <<3*24=72>>72\n#### 72"}, bad="five"
    ),
    Sample("vqa/anls", "<answer>coca cola</answer>", {"solution": ["Coca Cola", "Coca Cola Company"]}, bad="lemonade"),
    Sample(
        "vqa/anls",
        "coca cola",
        {"solution": "Coca Cola"},
        {"boundary": "inclusive", "whitespace": "keep"},
        bad="lemonade",
    ),
    Sample("vqa/cer", "<answer>Invoice 42</answer>", {"solution": "Invoice 42"}, bad="Receipt 9"),
    Sample("vqa/wer", "no smoking  AREA", {"solution": "No smoking area"}, {"normalise": True}, bad="exit"),
    Sample("vqa/token_f1", "The river Nile.", {"solution": "the Nile river"}, bad="Amazon"),
    Sample("vqa/rouge_l", "A dog runs on the beach.", {"solution": "a dog runs on the beach"}, bad="Two cats sleep."),
    Sample(
        "vqa/text_overlap", "A dog runs on the beach.", {"solution": "a dog runs on the beach"}, bad="Two cats sleep."
    ),
    *(
        Sample(
            "vqa/text_overlap",
            "a dog runs far",
            {"solution": "a dog runs far"},
            {"metric": metric},
            bad="Two cats sleep.",
        )
        for metric in ("rouge1", "rouge2", "chrf", "bleu")
    ),
    Sample(
        "vqa/json_fields",
        '```json\n{"shop": {"name": "corner shop"}, "total": "12.50", "items": [{"name": "tea", "price": 3.0}]}\n```',
        {"solution": RECEIPT},
        bad='{"b": 1}',
    ),
    Sample("vqa/json_fields", '{"a": [2, 1]}', {"solution": '{"a": [1, 2]}'}, {"lists": "unordered"}, bad='{"b": 1}'),
    Sample(
        "vqa/list_match", "<answer>white, blue and red</answer>", {"solution": ["red", "white", "blue"]}, bad="green"
    ),
    Sample("vqa/list_match", "1. red\n2. white", {"solution": '["red", "white"]'}, {"ordered": True}, bad="green"),
    Sample("vqa/table", "<answer>team,goals\nblue,1\nred,3</answer>", {"solution": TABLE}, bad="a,b\n1,2"),
    Sample(
        "vqa/table",
        TABLE,
        {"solution": [["team", "goals"], ["Red", 3], ["Blue", 1]]},
        {"keys": "position"},
        bad="a,b\n1,2",
    ),
]
