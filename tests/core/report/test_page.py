"""The page: whatever a model wrote is text on it, and nothing comes from outside."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zlib
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from vlm_rewards import RewardOutput
from vlm_rewards.report import AnsweredRow, read_answers, write_report
from vlm_rewards.report.packed import boxes_of, readable, reference_boxes

HOSTILE = "</pre></style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>&lt;"


class Page(HTMLParser):
    """The elements, attributes and texts that a browser would see, and what the page's script would unpack."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.held: dict[str, str] = {}
        self._within = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        self._within = dict(attrs).get("id") or tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())
        self.held[self._within] = self.held.get(self._within, "") + data

    def unpack(self, name: str) -> Any:
        return json.loads(zlib.decompress(base64.b64decode(self.held[name])))

    @property
    def answers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.unpack("texts-0")
        return found

    @property
    def pictures(self) -> list[str]:
        return [text.strip() for name, text in self.held.items() if name.startswith("picture-")]


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
                    id=text,
                    prompt=text,
                    solution=text,
                    completion=text,
                    images=(text.replace("/", ""),),
                    terms={text: RewardOutput.unparseable(text, box=[text] * 4, answer=text, source=text)},
                    values={text: 0.0},
                )
                for model in "ab"
            ),
            title=text,
            note=text,
        )
        for text in ("plain", HOSTILE)
    )
    assert hostile.tags == plain.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in plain.attributes]
    assert HOSTILE in hostile.texts
    assert "<img src=x" not in hostile.source
    assert "<script>alert" not in hostile.source
    (first, _), index = hostile.answers, hostile.unpack("index")
    assert (first["completion"], first["prompt"], first["solution"]) == (HOSTILE,) * 3
    assert index["reasons"] == [HOSTILE]
    assert index["rows"]["id"] == [HOSTILE, HOSTILE]


@given(st.text())
def test_any_text_at_all_can_be_shown(text: str) -> None:
    found = readable(text + "\ud800\x1b")
    found.encode("utf-8")
    assert all(line.isprintable() for line in found.split("\n"))
    assert readable("plain text, 3 < 4\nof two lines") == "plain text, 3 < 4\nof two lines"


def test_the_answer_that_was_read_is_held(tmp_path: Path) -> None:
    read = RewardOutput(score=1.0, details={"answer": "<b>7", "source": "box", "code": 3})
    page = written(tmp_path, answer(terms={"a": read, "b": RewardOutput(score=0.0)}, values={"a": 1.0, "b": 0.0}))
    assert page.answers[0]["read"] == [["<b>7", "box"], None]
    assert "'code': 3" in page.answers[0]["details"][0]


def test_nothing_comes_from_outside_and_only_the_script_of_the_page_may_run(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    page = written(tmp_path, answer(images=("a.png",), prompt="see http://x.example"))
    assert {name for name, _ in page.attributes} & {"src", "href", "data", "action", "onload", "style"} == set()
    (policy,) = (value for _, value in page.attributes if "default-src" in value)
    scripts = re.findall(r"<script>(.*?)</script>", page.source, re.DOTALL)
    (style,) = re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL)
    assert len(scripts) == 1
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (scripts[0], style)]
    assert policy == (
        f"default-src 'none'; img-src data:; script-src 'sha256-{hashes[0]}'; style-src 'sha256-{hashes[1]}'"
    )
    assert "innerHTML" not in scripts[0]
    assert "url(" not in style
    assert "@import" not in style


def test_pictures_are_shrunk_and_stored_once_and_texts_are_cut(tmp_path: Path) -> None:
    Image.effect_noise((1200, 800), 80).save(tmp_path / "big.png")
    Image.open(tmp_path / "big.png").save(tmp_path / "copy.png")
    long = f"{'x' * 60_000}the end"
    rows = (answer(row=n, completion=long, images=("big.png", "copy.png")) for n in range(3))
    page = written(tmp_path, *rows)
    (picture,) = page.pictures
    kind, _, embedded = picture.partition(",")
    assert kind == "data:image/jpeg;base64"
    assert max(Image.open(io.BytesIO(base64.b64decode(embedded))).size) == 320
    assert [one["pictures"] for one in page.answers] == [[0, 0]] * 3
    shown = page.answers[0]["completion"]
    assert "(54007 more characters)" in shown
    assert shown.endswith("xthe end")
    assert len(page.source) < 200_000


def test_a_page_holds_so_many_pictures_and_says_which_it_leaves_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        Image.new("RGB", (40, 30), (number, 0, 0)).save(tmp_path / f"{number}.png")
    monkeypatch.setattr("vlm_rewards.report.packed._ROOM", 300)
    page = written(tmp_path, *(answer(row=n, images=(f"{n}.png",)) for n in (0, 1, 2, 1, 0)))
    places = [one["pictures"][0] for one in page.answers]
    assert places[0] == places[4] == 0
    assert "Left out" in places[2]
    assert len(page.pictures) == len({place for place in places if isinstance(place, int)}) < 3


def test_boxes_are_in_pixels_of_the_original(tmp_path: Path) -> None:
    Image.new("RGB", (1000, 500)).save(tmp_path / "a.png")
    found = {"box": RewardOutput(score=0.5, details={"box": [100, 50, 300, 100]})}
    page = written(tmp_path, answer(images=("a.png",), terms=found, solution="[90, 40, 300, 110]"))
    assert page.unpack("index")["pictures"] == [[1000, 500]]
    assert page.answers[0]["boxes"] == [[100, 50, 300, 100]]
    assert page.answers[0]["reference"] == [[90, 40, 300, 110]]


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
    gone, bad, held = written(tmp_path, answer(images=("gone.png", "bad.png", None))).answers[0]["pictures"]
    assert "gone.png does not exist" in gone
    assert "cannot be read" in bad
    assert "--data" in held


@pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning")
def test_a_small_file_of_a_huge_image_is_a_note(tmp_path: Path) -> None:
    Image.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
    page = written(tmp_path, answer(images=("bomb.png",)))
    assert "bomb.png of 13000 x 13000 pixels is too large to be decoded" in page.answers[0]["pictures"][0]
    assert page.pictures == []


def test_a_transparent_image_lies_on_white(tmp_path: Path) -> None:
    Image.new("RGBA", (40, 30)).save(tmp_path / "a.png")
    (source,) = written(tmp_path, answer(images=("a.png",))).pictures
    shown = Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2])))
    assert shown.convert("RGB").getextrema() == ((255, 255),) * 3


def test_images_of_the_data_are_held_however_they_are_stored(tmp_path: Path) -> None:
    Image.new("RGB", (40, 30)).save(tmp_path / "a.png")
    text = base64.b64encode((tmp_path / "a.png").read_bytes()).decode()
    stored = ["a.png", {"path": "a.png"}, text, f"data:image/png;base64,{text}", {"bytes": text}, [[0, 9], [9, 0]]]
    (tmp_path / "scored.jsonl").write_text('{"row": 0, "total": 1.0, "terms": {}}\n')
    for images in (stored, stored[0], stored[1], stored[2], stored[5]):
        rows = read_answers(tmp_path / "scored.jsonl", data=[{"completion": "7", "images": images}])
        page = written(tmp_path, *rows)
        assert page.answers[0]["pictures"] == ([0, 0, 0, 0, 0, 1] if images is stored else [0])


def test_every_answer_is_there_with_what_it_earned(tmp_path: Path) -> None:
    rows = [
        answer(
            row=number,
            model=model,
            mode="greedy",
            total=None if number == 3 else number / 2,
            terms={"a": RewardOutput(score=number)} if number % 2 else {"a": RewardOutput.unparseable("no answer")},
            values={"a": float(number)},
        )
        for model in ("sft", "grpo")
        for number in range(600)
    ]
    page = written(tmp_path, *rows)
    index = page.unpack("index")
    assert index["rows"]["row"] == [row.row for row in rows]
    assert index["rows"]["total"] == [row.total for row in rows]
    assert index["rows"]["question"] == [row.row for row in rows]
    assert [index["models"][place] for place in index["rows"]["model"]] == [row.model for row in rows]
    assert index["value"] == [[row.values["a"] for row in rows]]
    assert [index["statuses"][place] for place in index["status"][0]] == ["unparseable", "scored"] * 600
    assert index["reason"][0] == [0, -1] * 600
    assert sum(len(page.unpack(f"texts-{place}")) for place in range(3)) == len(rows)
    assert "sft, grpo: 1200 answers to 600 prompts." in page.texts


def test_every_figure_has_its_interval_its_bar_and_its_distribution(tmp_path: Path) -> None:
    rows = [
        answer(row=number, model=model, total=total, values={"a": total}, terms={"a": RewardOutput(score=total)})
        for model, totals in {"sft": (-0.5, 0.5), "grpo": (0.5, 1.5)}.items()
        for number, total in enumerate(totals)
    ]
    page = written(tmp_path, *rows)
    assert page.tags["figure"] == 2
    assert page.tags["line"] == 4
    assert page.texts.count("[-0.500, 0.500]") == 2
    assert page.texts.count("+1.000") == 2


def test_means_count_what_the_terms_count(tmp_path: Path) -> None:
    none = RewardOutput.unparseable("no answer")
    rows = [
        answer(row=n, terms={"a": RewardOutput(score=1.0) if n == 0 else none}, values={"a": float(n == 0)})
        for n in range(10)
    ]
    page = written(tmp_path, *rows)
    cell = page.texts.index("a")
    assert next(text for text in page.texts[cell + 1 :] if text) == "0.100"
    assert "unparseable" in page.texts


def test_no_rows_are_a_page_too(tmp_path: Path) -> None:
    assert written(tmp_path).unpack("index")["rows"]["row"] == []
