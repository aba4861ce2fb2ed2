"""Samples of the `math` pack."""

from __future__ import annotations

from tests.packs.sample import Sample

SAMPLES = [
    Sample("math/answer", "<think>3+4</think><answer>\\boxed{7}</answer>", {"solution": "7"}, bad="\\boxed{-3}"),
    Sample("math/answer", "\\boxed{0.5}", {"solution": "\\frac{1}{2}"}, bad="\\boxed{-3}"),
    Sample("math/answer", "\\boxed{cat}", {"solution": ["dog", "cat"]}, bad="\\boxed{-3}"),
    Sample("math/answer", "The answer is $2\\sqrt{3}$ cm.", {"solution": "\\sqrt{12}"}, bad="\\boxed{-3}"),
    Sample("math/answer", "\\boxed{500 \\text{ cm}}", {"solution": "5 m"}, {"units": "strict"}, bad="\\boxed{-3}"),
    Sample("math/answer", "\\boxed{\\{2, 1\\}}", {"solution": "1, 2"}, {"partial": True}, bad="\\boxed{-3}"),
    Sample(
        "math/answer", "\\boxed{(2, \\infty)}", {"solution": "x > 2"}, {"absolute_tolerance": 0.01}, bad="\\boxed{-3}"
    ),
    Sample(
        "math/answer",
        "<think>hm</think><|begin_of_box|>12,5 cm<|end_of_box|>",
        {"solution": "so\n#### 12.5 cm"},
        bad="\\boxed{-3}",
    ),
    Sample("math/answer", "\\boxed{12 cm}", {"solution": "B", "options": ["9 cm", "12 cm", "cat"]}, bad="\\boxed{-3}"),
    Sample("math/numeric", "\\boxed{12.5}", {"solution": "12.5"}, bad="\\boxed{-3}"),
    Sample(
        "math/numeric",
        "\\boxed{12.5}",
        {"solution": "12.5"},
        {"decay": "exponential", "tolerance": 0.01},
        bad="\\boxed{-3}",
    ),
    Sample("math/numeric", "\\boxed{12.5}", {"solution": "12.5"}, {"decay": "mra"}, bad="\\boxed{-3}"),
    Sample(
        "math/expression",
        "<answer>(1 + 2) * 4</answer>",
        {"solution": "12", "numbers": [1, 2, 4]},
        bad="<answer>1 + 1</answer>",
    ),
    Sample(
        "math/expression",
        "<answer>3 * 4 = 12</answer>",
        {"solution": "12", "numbers": [1, 3, 4]},
        {"uses": "at_most", "partial": 0.1},
        bad="<answer>1 + 1</answer>",
    ),
]
