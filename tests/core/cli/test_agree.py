"""`vlm-rewards agree`: how far verdicts can be trusted, and whether a judge behind rules pays off."""

from __future__ import annotations

import base64
import json
import random
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

Run = Callable[..., Result]

#: Rewards that say what a column holds: a number is the score, a word the status, and -1 raises.
SCRIPTED = """
import vlm_rewards as vr


def _told(said):
    if said == "abstain":
        return vr.RewardOutput.abstained("not mine")
    if said == "unparseable":
        return vr.RewardOutput.unparseable("nothing to read")
    if said == "fail":
        raise RuntimeError("the judge is down")
    return float(said)


@vr.reward(range=(0, 1))
def rules(completion: vr.Completion, rules: object) -> vr.RewardOutput:
    return _told(rules)


@vr.reward(range=(0, 1))
async def judge(completion: vr.Completion, judge: object) -> vr.RewardOutput:
    return _told(judge)
"""
ONE = "rewards:\n  rules: {use: ./scripted.py:rules}\n"
TWO = f"{ONE}  judge: {{use: ./scripted.py:judge}}\n"
CASCADE = f"{ONE}  judge: {{use: ./scripted.py:judge, gate: {{term: rules, at_most: 0.5}}}}\ncombine: max\n"


@pytest.fixture
def agree(run: Run, tmp_path: Path) -> Callable[..., Result]:
    """Run the verb on made rows under a rewards file with the scripted rewards."""

    def invoke(terms: str, rows: Iterable[Mapping[str, Any]], *options: str | Path) -> Result:
        (tmp_path / "scripted.py").write_text(SCRIPTED)
        (tmp_path / "rewards.yaml").write_text(f"version: 1\nallow_imports: true\n{terms}")
        lines = [json.dumps({"completion": f"answer {number}"} | dict(row)) for number, row in enumerate(rows)]
        (tmp_path / "rows.jsonl").write_text("".join(f"{line}\n" for line in lines))
        return run("agree", tmp_path / "rewards.yaml", tmp_path / "rows.jsonl", *options)

    return invoke


def told(result: Result) -> str:
    return " ".join(result.output.split())


def line(result: Result, *names: str) -> list[str]:
    """The cells of the only line that begins with these, without the ends of intervals."""
    cells = [one.split() for one in result.output.splitlines()]
    (found,) = (one for one in cells if tuple(one[: len(names)]) == names)
    return [cell for cell in found[len(names) :] if cell[0] != "[" and cell[-1] != "]"]


def drawn(count: int, *, right: float, missed: float, errs: float) -> list[dict[str, object]]:
    """Rows of which a share is right, of that one missed by the rules, and a judge that errs on a share of all."""
    draw = random.Random(17)
    rows: list[dict[str, object]] = []
    for _ in range(count):
        label = draw.random() < right
        pays = label and draw.random() >= missed
        rows.append({"label": label, "rules": int(pays), "judge": int(label != (draw.random() < errs))})
    return rows


def test_a_judge_that_errs_more_often_than_good_rules_miss_is_warned_of(agree: Callable[..., Result]) -> None:
    rows = drawn(1500, right=0.5, missed=0.003, errs=0.05)
    result = agree(CASCADE, rows)
    assert result.exit_code == 0, result.output
    asked = [row for row in rows if not row["rules"]]
    mended = sum(bool(row["label"]) and bool(row["judge"]) for row in asked)
    spoiled = sum(not row["label"] and bool(row["judge"]) for row in asked)
    missed = sum(bool(row["label"]) for row in asked)
    assert f"judge: asked about {len(asked)} of 1500 rows (asked rate {len(asked) / 1500:.3f})" in told(result)
    assert f"the rules missed {missed / len(asked):.3f} [" in told(result)
    assert f"it errs on {(missed - mended + spoiled) / len(asked):.3f} [" in told(result)
    assert f"{(mended - spoiled) / len(asked):+.3f} [" in told(result)
    assert "Warning: the cascade loses, beyond the interval." in told(result)
    assert float(line(result, "the", "total", "0.5")[1]) < float(line(result, "rules", "0.5")[1])


def test_the_same_judge_pays_off_behind_weak_rules(agree: Callable[..., Result]) -> None:
    result = agree(CASCADE, drawn(1500, right=0.5, missed=0.4, errs=0.05))
    assert "The cascade gains, beyond the interval." in told(result)
    assert "Warning" not in result.output
    assert float(line(result, "the", "total", "0.5")[1]) > float(line(result, "rules", "0.5")[1]) + 0.1


def test_free_answers_under_exact_rules_are_mended(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scripted.py").write_text(SCRIPTED)
    rules = "rewards:\n  rules: {use: vqa/exact}\n" + CASCADE[len(ONE) :]
    (tmp_path / "rewards.yaml").write_text(f"version: 1\nallow_imports: true\n{rules}")
    draw = random.Random(5)
    towns = ("Paris", "Rome", "Oslo", "Lima", "Cairo", "Delhi")
    rows = []
    for number in range(300):
        town, other = draw.sample(towns, 2)
        label = draw.random() < 0.6
        form = draw.choice(("{}", "It shows {}, as the sign says.", "I believe that this is {}."))
        answer = form.format(town if label else other)
        judge = int(label != (draw.random() < 0.05))
        rows.append({"id": number, "completion": answer, "solution": town, "label": label, "judge": judge})
    (tmp_path / "rows.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    result = run("agree", tmp_path / "rewards.yaml", tmp_path / "rows.jsonl")
    assert result.exit_code == 0, result.output
    assert "The cascade gains, beyond the interval." in told(result)


def test_a_maximum_without_a_gate_is_a_cascade_that_asks_about_every_row(agree: Callable[..., Result]) -> None:
    rows = [{"label": 1, "rules": 1, "judge": 0}, {"label": 0, "rules": 0, "judge": 1}]
    result = agree(f"{TWO}combine: max\n", rows)
    assert "judge: asked about 2 of 2 rows (asked rate 1.000)" in told(result)
    assert "it errs on 1.000 [1.000, 1.000]: -1.000 [-1.000, -1.000] more rows are right. Warning" in told(result)
    assert "rules: asked" not in told(result)


def test_a_judge_that_changes_nothing_is_even(agree: Callable[..., Result]) -> None:
    result = agree(CASCADE, [{"label": 0, "rules": 0, "judge": 0}] * 3)
    assert "+0.000 [+0.000, +0.000] more rows are right. It is even, within the interval." in told(result)


def test_a_judge_that_decides_nothing_is_said_to(agree: Callable[..., Result]) -> None:
    result = agree(CASCADE, [{"label": 1, "rules": 1, "judge": 0}] * 3)
    assert "judge: asked about 0 of 3 rows (asked rate 0.000), and decides none with a label." in told(result)


def test_a_sum_of_terms_is_no_cascade(agree: Callable[..., Result]) -> None:
    assert "asked about" not in agree(TWO, [{"label": 1, "rules": 1, "judge": 0}]).output


@pytest.mark.parametrize(
    "labels",
    [(True, False), (1, 0), ("yes", "no"), ("True", "FALSE"), ("1", "0"), (0.9, 0.2), ("0.5", "0.49")],
    ids=str,
)
def test_labels_may_be_written_in_several_ways(agree: Callable[..., Result], labels: tuple[object, object]) -> None:
    given = [(0, 1), (0, 0), (1, 0), (1, 1), (1, 1)]
    result = agree(ONE, [{"label": labels[kind], "rules": score} for kind, score in given])
    assert result.exit_code == 0, result.output
    assert line(result, "rules", "0.5")[:4] == ["5", "0.400", "0.667", "0.500"]


def test_a_label_between_is_right_from_the_threshold_on(agree: Callable[..., Result]) -> None:
    rows = [{"label": label, "rules": 1} for label in (0.7, 0.8, 0.9)]
    assert line(agree(ONE, rows, "--threshold", "0.8"), "rules", "0.8")[1] == "0.667"


@pytest.mark.parametrize("label", ["maybe", 7, -1, float("nan"), [True], {"is": True}, "1e999", ""], ids=str)
def test_what_is_no_label_is_told_with_its_line_before_anything_is_scored(
    agree: Callable[..., Result], label: object, tmp_path: Path
) -> None:
    asks = f"{ONE}on_error: fail\n"  # scoring the first row would stop
    result = agree(asks, [{"label": True, "rules": "fail"}, {"label": label, "rules": 1}])
    assert result.exit_code == 1
    assert f"{tmp_path / 'rows.jsonl'}:2: 'label' is " in told(result)
    assert "write true or false, yes or no, or a number from 0 to 1" in told(result)


def test_a_hostile_label_is_shown_as_text(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"label": "\x1b[2J[bold]" + "x" * 10_000, "rules": 1}])
    assert result.exit_code == 1
    assert "\x1b" not in result.output
    assert len(result.output) < 1000


def test_another_column_may_hold_the_labels(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"right": 1, "rules": 1}, {"right": 0, "rules": 1}], "--label", "right")
    assert line(result, "rules", "0.5")[1] == "0.500"


def test_rows_without_a_label_count_nowhere(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"label": 1, "rules": 1}, {"label": None, "rules": 0}, {"rules": 0}])
    assert "3 rows, 1 with a label." in told(result)
    assert line(result, "rules", "0.5")[:2] == ["1", "1.000"]


def test_without_labels_terms_are_compared_with_each_other(agree: Callable[..., Result]) -> None:
    given = [(1, 1)] * 40 + [(1, 0)] * 10 + [(0, 1)] * 20 + [(0, 0)] * 30
    result = agree(TWO, [{"rules": one, "judge": other} for one, other in given])
    assert "100 rows, 0 with a label." in told(result)
    assert line(result, "rules", "judge")[:3] == ["100", "0.700", "0.400"]
    assert "false payments" not in result.output


def test_one_term_without_labels_has_nothing_to_be_compared_with(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"rules": 1}], "--label", "truth")
    assert result.exit_code == 1
    assert "none of its 1 rows has a label in the column 'truth'" in told(result)


def test_rows_without_a_verdict_are_no_errors(agree: Callable[..., Result]) -> None:
    said = [1, 1, "abstain", "abstain", "fail", "unparseable"]
    result = agree(ONE, [{"label": 1, "rules": one} for one in said])
    # What nobody could read is a missed payment; what the term does not judge is none.
    assert line(result, "rules", "0.5")[:2] == ["3", "0.667"]
    assert "rules: rows without a verdict, which count nowhere: 2 abstained, 1 failed." in told(result)
    assert "the total: rows without a verdict, which count nowhere: 1 no total." in told(result)


def test_a_term_that_always_abstains_has_no_figures(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"label": number % 2, "rules": "abstain"} for number in range(4)])
    assert result.exit_code == 0, result.output
    assert line(result, "rules", "0.5") == ["0", "-", "-", "-", "-"]


def test_equal_labels_leave_kappa_open(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"label": 1, "rules": number % 2} for number in range(10)])
    assert line(result, "rules", "0.5") == ["10", "0.500", "-", "0.500", "-"]
    assert "nan" not in result.output


def test_one_row_is_enough(agree: Callable[..., Result]) -> None:
    assert line(agree(ONE, [{"label": 1, "rules": 1}]), "rules", "0.5") == ["1", "1.000", "-", "0.000", "-"]


def test_a_file_without_rows_is_refused(agree: Callable[..., Result]) -> None:
    for terms in (ONE, TWO):
        result = agree(terms, [])
        assert result.exit_code == 1
        assert "none of its 0 rows has a label" in told(result)


def test_each_threshold_has_its_price(agree: Callable[..., Result]) -> None:
    scores = [(0.0, 0), (0.25, 0), (0.5, 0), (0.5, 1), (0.75, 1), (1.0, 1), (1.0, 1), (1.0, 0)]
    result = agree(ONE, [{"label": label, "rules": score} for score, label in scores])
    prices = {step: line(result, "rules", step)[1:4] for step in ("0.5", "0.25", "0.75", "1")}
    assert prices == {
        "0.25": ["0.625", "0.750", "0.000"],
        "0.5": ["0.750", "0.500", "0.000"],
        "0.75": ["0.750", "0.250", "0.250"],
        "1": ["0.625", "0.250", "0.500"],
    }


def test_of_many_scores_a_few_thresholds_are_tried(agree: Callable[..., Result]) -> None:
    result = agree(ONE, [{"label": number % 2, "rules": number / 1000} for number in range(1000)])
    assert 5 < sum(one.startswith("rules") for one in result.output.splitlines()) < 15


def test_intervals_are_over_prompts_where_rows_share_one(agree: Callable[..., Result]) -> None:
    rows = [{"label": 1, "rules": number % 2, "prompt": f"Question {number % 5}?"} for number in range(40)]
    named = [{**row, "id": number, "prompt": None} for number, row in enumerate(rows)]
    grouped = [{**row, "group_id": number // 8} for number, row in enumerate(named)]
    pictures = [{**row, "image": f"{number % 10}.png"} for number, row in enumerate(rows)]
    for count, given, *options in (
        (5, rows),
        (40, named),
        (10, named, "--group-size", "4"),
        (5, grouped),
        (10, pictures),
    ):
        assert line(agree(ONE, given, *options), "rules", "0.5")[0] == str(count)


def test_rows_that_cannot_be_read_are_counted(run: Run, agree: Callable[..., Result], tmp_path: Path) -> None:
    agree(ONE, [{"label": 1, "rules": 1}])
    with (tmp_path / "rows.jsonl").open("a") as file:
        file.write("{half\n")
    result = run("agree", tmp_path / "rewards.yaml", tmp_path / "rows.jsonl")
    assert "2 rows, 1 with a label." in told(result)
    assert "rules: rows without a verdict, which count nowhere: 1 not readable." in told(result)


def test_a_table_with_commas_has_labels_too(run: Run, agree: Callable[..., Result], tmp_path: Path) -> None:
    agree(ONE, [])
    (tmp_path / "rows.csv").write_text("answer,label,rules\na,true,1\nb,no,1\nc,,1\n")
    result = run("agree", tmp_path / "rewards.yaml", tmp_path / "rows.csv", "--completion", "answer")
    assert result.exit_code == 0, result.output
    assert line(result, "rules", "0.5")[:2] == ["2", "0.500"]


def test_isolated_terms_are_read_like_others(agree: Callable[..., Result]) -> None:
    isolated = f"{ONE.replace('rules}', 'rules, isolation: process}')}"
    assert line(agree(isolated, [{"label": 1, "rules": 1}, {"label": 0, "rules": 1}]), "rules", "0.5")[1] == "0.500"


def test_the_page_holds_the_rows_that_differ(agree: Callable[..., Result], tmp_path: Path) -> None:
    given = [(1, 1, 1), (1, 0, 1), (0, 0, 0), (0, 0, 1), (None, 1, 0), (None, 1, 1)]
    page = tmp_path / "page.html"
    result = agree(TWO, [{"label": a, "rules": b, "judge": c} for a, b, c in given], "--output", page)
    assert result.exit_code == 0, result.output
    assert "differ on 3 of 6 rows" in told(result)
    source = page.read_text(encoding="utf-8")
    packed = source.partition('id="index">')[2].partition("<")[0]
    index = json.loads(zlib.decompress(base64.b64decode(packed)))
    assert index["rows"]["row"] == [1, 3, 4]
    models = [index["models"][place] for place in index["rows"]["model"]]
    assert models == ["label: right", "label: wrong", "no label"]
    assert index["value"] == [[0, 0, 1], [1, 1, 0]]
    assert "differ on 3 of 6 rows" in source


def test_a_page_without_rows_can_be_written(agree: Callable[..., Result], tmp_path: Path) -> None:
    result = agree(ONE, [{"label": 1, "rules": 1}], "--output", tmp_path / "page.html")
    assert result.exit_code == 0, result.output
    assert "differ on 0 of 1 rows" in told(result)
    assert (tmp_path / "page.html").exists()


def test_a_page_that_cannot_be_written_is_told(agree: Callable[..., Result], tmp_path: Path) -> None:
    result = agree(ONE, [{"label": 1, "rules": 0}], "--output", tmp_path / "nowhere" / "page.html")
    assert result.exit_code == 1
    assert "No such file or directory" in told(result)


def test_tables_keep_their_numbers_within_eighty_columns(
    agree: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = agree(CASCADE, drawn(50, right=0.5, missed=0.2, errs=0.1))
    assert max(map(len, result.output.splitlines())) <= 80
    assert "…" not in result.output
