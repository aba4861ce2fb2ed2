"""The page: whatever a model wrote is text on it, and nothing comes from outside."""

from __future__ import annotations

import base64
import io
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vlm_rewards import RewardOutput
from vlm_rewards.report import AnsweredRow, read_answers, write_report
from vlm_rewards.report.html import tag
from vlm_rewards.report.images import boxes_of, reference_boxes

HOSTILE = "</pre></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>&lt;"


class Page(HTMLParser):
    """The elements, attributes and texts that a browser would see."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.rectangles: list[dict[str, str]] = []
        self.texts: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "rect":
            self.rectangles.append({name: value or "" for name, value in attrs})

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def written(path: Path, *rows: AnsweredRow, **more: Any) -> Page:
    write_report(rows, path / "report.html", base=path, **more)
    return Page((path / "report.html").read_text())


def answer(**more: Any) -> AnsweredRow:
    return AnsweredRow(**({"row": 0, "total": 1.0, "terms": {}, "model": "sft", "completion": "7"} | more))


def test_hostile_text_is_text_wherever_it_stands(tmp_path: Path) -> None:
    plain, hostile = (
        written(
            tmp_path,
            *(
                answer(
                    model=text + model,
                    mode=text,
                    prompt=text,
                    solution=text,
                    completion=text,
                    images=(text.replace("/", ""),),
                    terms={text: RewardOutput.unparseable(text, box=[text] * 4)},
                )
                for model in "ab"
            ),
            title=text,
        )
        for text in ("plain", HOSTILE)
    )
    assert hostile.tags == plain.tags
    assert "script" not in hostile.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]
    assert sum(text == HOSTILE for text in hostile.texts) >= 8


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zs", "Zl", "Zp", "Co", "Cn"]) | st.just(" ")))
def test_any_readable_text_is_read_back_as_it_was(text: str) -> None:
    assert "".join(Page(tag("p", text)).texts) == text


@given(st.text())
def test_any_text_at_all_can_be_written_as_utf_8(text: str) -> None:
    tag("p", text, title=text).encode("utf-8")
    tag("p", text + "\ud800", title=text + "\ud800").encode("utf-8")


def test_the_answer_that_was_read_is_shown(tmp_path: Path) -> None:
    terms = {"a": RewardOutput(score=1.0, details={"answer": "<b>7", "source": "box"})}
    page = written(tmp_path, answer(terms=terms))
    assert "'<b>7' (box)" in page.texts


def test_nothing_comes_from_outside(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    page = written(tmp_path, answer(images=("a.png",), prompt="see http://x.example"))
    sources = [value for name, value in page.attributes if name in {"src", "href", "data", "action"}]
    assert sources
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    source = (tmp_path / "report.html").read_text()
    assert "url(" not in source
    assert "@import" not in source
    assert "default-src 'none'" in dict(page.attributes)["content"] or "default-src &#x27;none&#x27;" in source


def test_images_are_shrunk_and_texts_are_cut(tmp_path: Path) -> None:
    Image.effect_noise((1200, 800), 80).save(tmp_path / "big.png")
    page = written(tmp_path, *(answer(row=number, completion="x" * 60_000, images=("big.png",)) for number in range(3)))
    kind, _, embedded = next(value for name, value in page.attributes if name == "src").partition(",")
    assert kind == "data:image/jpeg;base64"
    assert max(Image.open(io.BytesIO(base64.b64decode(embedded))).size) == 480
    assert any("(58000 more characters)" in text for text in page.texts)
    assert (tmp_path / "report.html").stat().st_size < 500_000


def test_boxes_are_drawn_in_pixels_of_the_original(tmp_path: Path) -> None:
    Image.new("RGB", (1000, 500)).save(tmp_path / "a.png")
    found = {"box": RewardOutput(score=0.5, details={"box": [100, 50, 300, 100]})}
    page = written(tmp_path, answer(images=("a.png",), terms=found, solution="[90, 40, 300, 110]"))
    drawn = [
        tuple(float(box[side]) for side in ("x", "y", "width", "height"))
        for box in page.rectangles
        if box.get("stroke") not in (None, "#fff")
    ]
    assert drawn == [(100, 50, 200, 50), (90, 40, 210, 70)]
    assert ("viewbox", "0 0 1000 500") in page.attributes


@pytest.mark.parametrize(
    "box", [None, "x", [1, 2, 3], ["1", "2", "3", "4"], [0, 0, float("nan"), 1], [0, 0, 1e300, 1], [3, 3, 1, 1]]
)
def test_what_is_no_box_is_not_drawn(box: object) -> None:
    assert boxes_of({"a": RewardOutput(score=1.0, details={"box": box, "boxes": box})}) == []
    assert reference_boxes(box) == []


def test_a_reference_that_only_looks_like_json_is_no_box() -> None:
    assert reference_boxes("[" * 100_000) == []
    assert reference_boxes("[[0, 0, 1, 1], [2, 2, 3, 4]]") == [(0, 0, 1, 1), (2, 2, 3, 4)]


def test_an_image_that_cannot_be_read_is_a_note_and_the_report_is_still_there(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_text("not an image")
    page = written(tmp_path, answer(images=("gone.png", "bad.png")))
    assert any("gone.png does not exist" in text for text in page.texts)
    assert any("cannot be read" in text for text in page.texts)


@pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning")
def test_a_small_file_of_a_huge_image_is_a_note(tmp_path: Path) -> None:
    Image.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
    page = written(tmp_path, answer(images=("bomb.png",)))
    assert any("bomb.png of 13000 x 13000 pixels is too large to be decoded" in text for text in page.texts)
    assert "img" not in page.tags


def test_a_transparent_image_lies_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30)).save(tmp_path / "a.png")
    page = written(tmp_path, answer(images=("a.png",)))
    source = dict(page.attributes)["src"]
    shown = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    assert shown.convert("RGB").getextrema() == ((255, 255),) * 3


def test_images_of_the_data_are_shown_however_they_are_stored(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    text = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    stored = ["a.png", {"path": "a.png"}, text, f"data:image/png;base64,{text}", {"bytes": text}, [[0, 9], [9, 0]]]
    (tmp_path / "scored.jsonl").write_text('{"row": 0, "total": 1.0, "terms": {}}\n')
    for images in (stored, stored[0], stored[1], stored[2], stored[5]):
        rows = read_answers(tmp_path / "scored.jsonl", data=[{"completion": "7", "images": images}])
        assert written(tmp_path, *rows).tags["img"] == (6 if images is stored else 1)


def test_the_first_prompts_are_shown_with_one_answer_per_model(tmp_path: Path) -> None:
    rows = [
        answer(row=number, model=model, mode=mode, completion=f"{model} {mode} {number}")
        for model in ("sft", "grpo")
        for number in range(5)
        for mode in ("greedy", "sampled")
    ]
    page = written(tmp_path, *rows, examples=2)
    shown = [text for text in page.texts if "greedy " in text or "sampled " in text]
    assert shown == ["sft greedy 0", "grpo greedy 0", "sft greedy 1", "grpo greedy 1"]
    assert any("The first 2 of 5 prompts" in text for text in page.texts)


def test_every_figure_has_its_interval_and_a_bar(tmp_path: Path) -> None:
    rows = [
        answer(row=number, model=model, total=total, values={"a": total}, terms={"a": RewardOutput(score=total)})
        for model, totals in {"sft": (-0.5, 0.5), "grpo": (0.5, 1.5)}.items()
        for number, total in enumerate(totals)
    ]
    page = written(tmp_path, *rows)
    assert page.tags["figure"] == 2
    assert len([box for box in page.rectangles if "fill" in box]) == 4
    assert "[-0.500, 0.500]" in page.texts
    assert "+1.000" in page.texts
