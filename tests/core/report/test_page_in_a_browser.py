"""The page as a person works in it: a browser filters, sorts, searches, goes on by keys and follows links."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.core.report.browser import CHROMIUM, Browser, browser
from vlm_rewards import RewardOutput
from vlm_rewards.report import AnsweredRow, write_report

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")

HOSTILE = "</script><img src=x onerror=\"document.title='owned'\"><svg onload=\"document.title='owned'\">"
SHOWN = "[...document.querySelectorAll('#list tbody tr')].map(row => row.cells[0].textContent).join(' ')"
CHOSEN = "document.querySelector('#list tr.chosen')?.cells[0].textContent"
SETTLED = (
    "(async () => { do await new Promise(done => setTimeout(done, 20));"
    " while (document.documentElement.dataset.ready !== 'yes'); })()"
)


def rows() -> Iterator[AnsweredRow]:
    for model, shift in (("base", 0), ("tuned", 1)):
        for number in range(60):
            wrong = RewardOutput.unparseable(f"no answer in {number} words")
            right = RewardOutput(score=1.0, details={"answer": "7", "source": "box", "box": [10, 20, 110, 60]})
            output = right if (number + shift) % 3 else wrong
            total = (output.score or 0.0) + number / 100
            yield AnsweredRow(
                row=number,
                id=f"q{number}",
                total=None if (model, number) == ("base", 59) else total,
                terms={"answer": output, "form": RewardOutput(score=0.5)},
                values={"answer": output.score or 0.0, "form": 0.5},
                model=model,
                prompt=f"Question {number}: {HOSTILE}",
                solution=[10, 20, 100, 60],
                completion=f"17 {HOSTILE} word{number} \\boxed{{7}}, not 7 or 77",
                images=("a.png",),
            )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    Image.new("RGB", (200, 100), "teal").save(folder / "a.png")
    write_report(list(rows()), folder / "page.html", title=HOSTILE, base=folder)
    return folder / "page.html"


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def opened(started: Browser, page: Path) -> Iterator[Browser]:
    started.errors.clear()
    started.open(page)
    yield started
    assert started.errors == []
    assert started.run("document.title") == HOSTILE


def choose(opened: Browser, name: str, text: str) -> None:
    options = f"[...document.getElementById('{name}').options]"
    value = opened.run(f"{options}.find(option => option.textContent.includes({text!r})).value")
    opened.run(
        f"document.getElementById('{name}').value = {value!r};"
        f"document.getElementById('{name}').dispatchEvent(new Event('change'));{SETTLED}"
    )


def search(opened: Browser, text: str) -> None:
    opened.run(
        f"document.getElementById('text').value = {text!r};"
        f"document.getElementById('text').dispatchEvent(new Event('input'));{SETTLED}"
    )


def count(opened: Browser) -> str:
    return str(opened.run("document.getElementById('count').textContent"))


def test_all_answers_are_there_page_by_page(opened: Browser) -> None:
    assert count(opened) == "120 of 120 answers"
    assert opened.run(SHOWN).split() == [f"q{number}" for number in range(50)]
    opened.run("document.getElementById('after').click()")
    assert opened.run(SHOWN).split()[:12] == [*(f"q{number}" for number in range(50, 60)), "q0", "q1"]


def test_keys_go_on_and_back_and_over_the_end_of_a_page(opened: Browser) -> None:
    for _ in range(3):
        opened.press("j")
    assert opened.run(CHOSEN) == "q3"
    opened.press("k")
    assert opened.run(CHOSEN) == "q2"
    assert opened.run("location.hash") == "#row-2"
    for _ in range(49):
        opened.press("j")
    assert opened.run(CHOSEN) == "q51"
    opened.press("/")
    opened.press("j")
    assert opened.run("document.getElementById('text').value") == "j"


def test_a_link_leads_to_a_row_wherever_it_stands(opened: Browser, page: Path) -> None:
    opened.open(page, "#row-57-1")
    assert opened.run(CHOSEN) == "q57"
    assert opened.run("document.querySelector('.answer.chosen b').textContent") == "tuned"
    search(opened, "word12 ")
    opened.run(f"location.hash = '#row-3';{SETTLED}")
    assert opened.run(CHOSEN) == "q3"
    assert count(opened) == "120 of 120 answers"


def test_filters_hold_together(opened: Browser) -> None:
    choose(opened, "status", "unparseable")
    assert count(opened) == "40 of 120 answers"
    choose(opened, "model", "tuned")
    assert opened.run(SHOWN).split()[:3] == ["q2", "q5", "q8"]
    choose(opened, "term", "form")
    assert count(opened) == "0 of 120 answers"
    opened.run(f"document.getElementById('clear').click();{SETTLED}")
    assert count(opened) == "120 of 120 answers"
    choose(opened, "status", "no total")
    assert opened.run(SHOWN) == "q59"


def test_reasons_that_differ_in_numbers_are_one_choice(opened: Browser) -> None:
    choose(opened, "reason", "40: no answer in … words")
    assert count(opened) == "40 of 120 answers"


def test_a_count_of_the_table_lists_its_answers(opened: Browser) -> None:
    opened.run(f"document.querySelector('button.pick[data-status=unparseable][data-model=tuned]').click();{SETTLED}")
    assert count(opened) == "20 of 120 answers"
    assert opened.run("document.getElementById('model').selectedOptions[0].textContent") == "tuned"


@pytest.mark.parametrize(("text", "found"), [("WORD12 ", 2), ("question 59", 2), ("no answer in 3 w", 1), ("q0", 2)])
def test_texts_prompts_reasons_and_ids_are_searched(opened: Browser, text: str, found: int) -> None:
    search(opened, text)
    assert count(opened) == f"{found} of 120 answers"


def test_answers_are_sorted_by_any_term_and_by_disagreement(opened: Browser) -> None:
    choose(opened, "sort", "sort by total")
    assert opened.run(SHOWN).split()[:2] == ["q0", "q2"]
    opened.run(f"document.getElementById('down').click();{SETTLED}")
    assert opened.run(SHOWN).split()[:2] == ["q58", "q58"]
    choose(opened, "sort", "sort by answer")
    assert opened.run(SHOWN).split()[0] == "q1"
    choose(opened, "sort", "sort by disagreement")
    numbers = {int(name[1:]) % 3 for name in opened.run(SHOWN).split()}
    assert numbers == {0, 2}


def test_a_row_shows_all_answers_its_picture_and_what_was_read(opened: Browser, page: Path) -> None:
    opened.open(page, "#row-1")
    assert opened.run("[...document.querySelectorAll('.answer b')].map(b => b.textContent).join()") == "base,tuned"
    assert opened.run("document.querySelector('.picture img').naturalWidth") == 200
    drawn = opened.run(
        "[...document.querySelectorAll('.picture rect:not(.rim)')].map(box => "
        "[box.getAttribute('class'), ...['x', 'y', 'width', 'height'].map(side => box.getAttribute(side))].join(' '))"
    )
    assert drawn == ["m0 10 20 100 40", "m1 10 20 100 40", "reference 10 20 90 40"]
    before = opened.run("document.querySelector('.answer mark').previousSibling.textContent")
    assert before.endswith("\\boxed{")
    assert opened.run("document.querySelector('.answer pre').textContent").startswith(f"17 {HOSTILE}")
    assert opened.run("document.querySelectorAll('img').length") == 1


@pytest.mark.parametrize(("scheme", "colour"), [("light", "rgb(245, 246, 248)"), ("dark", "rgb(20, 23, 27)")])
def test_it_is_light_or_dark_and_fits_a_narrow_screen(
    opened: Browser, tmp_path: Path, scheme: str, colour: str
) -> None:
    opened.screenshot(tmp_path / "page.png", 400, 800, dark=scheme == "dark")
    assert opened.run("getComputedStyle(document.body).backgroundColor") == colour
    assert opened.run("document.documentElement.scrollWidth") == 400
    opened.run("document.getElementById('theme').click()")
    assert opened.run("getComputedStyle(document.body).backgroundColor") != colour


@pytest.mark.slow
def test_ten_thousand_answers_about_two_hundred_photographs_are_a_page_of_a_few_megabytes(
    started: Browser, tmp_path: Path
) -> None:
    draw = random.Random(0)
    words = ["".join(draw.choices(string.ascii_lowercase, k=draw.randint(2, 9))) for _ in range(5000)]
    for number in range(200):
        Image.effect_noise((640, 480), 20).convert("RGB").save(tmp_path / f"{number}.jpg")
    many = [
        AnsweredRow(
            row=number % 5000,
            total=draw.random(),
            terms={"a": RewardOutput(score=0.5, reason=f"{draw.random()} of the box")},
            values={"a": 0.5},
            model="base" if number < 5000 else "tuned",
            prompt=" ".join(draw.choices(words, k=12)),
            completion=" ".join(draw.choices(words, k=100))[:500],
            images=(f"{number % 200}.jpg",),
        )
        for number in range(10_000)
    ]
    write_report(many, tmp_path / "page.html", base=tmp_path)
    assert (tmp_path / "page.html").stat().st_size < 15_000_000
    started.open(tmp_path / "page.html", "#row-4999-1")
    assert count(started) == "10000 of 10000 answers"
    assert started.run("document.querySelector('.answer.chosen pre').textContent") == many[-1].completion
    search(started, str(many[7777].completion)[-40:])
    assert started.run(SHOWN) == "2777"
