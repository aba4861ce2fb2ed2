"""Documents: every mistake of a YAML file is shown in its place, whatever the mistake."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from vlm_rewards.config.document import Document, Problem
from vlm_rewards.errors import ConfigError


class Colour(BaseModel):
    model_config = ConfigDict(extra="forbid")
    red: int = 0
    green: int = 0


class Wall(BaseModel):
    model_config = ConfigDict(extra="forbid")
    colour: Colour | None = None
    doors: list[Colour] = Field(default_factory=list)
    windows: Annotated[dict[str, Colour], Field(min_length=0)] = Field(default_factory=dict)
    height: float = 1.0
    in_: str = Field(default="", alias="in")


class House(BaseModel):
    model_config = ConfigDict(extra="forbid")
    walls: dict[str, Wall]
    name: str = ""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "house.yaml"


def problems_of(file: Path, text: str) -> tuple[str, ...]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        Document.read(file, what="house file").validate(House)
    assert str(caught.value).startswith(f"{file}: {len(caught.value.problems)} problem")
    return caught.value.problems


class TestReading:
    def test_a_file_becomes_plain_values(self, file: Path) -> None:
        file.write_text("a: &x 1.50\nb: 'text'\nc: [1, *x, {d: yes, e: null}]\nf: 0x10\n")
        document = Document.read(file, what="file")
        assert document.data == {"a": 1.5, "b": "text", "c": [1, 1.5, {"d": "yes", "e": None}], "f": 16}
        assert type(document.data["a"]) is float
        assert type(document.data["b"]) is str
        assert type(document.data["f"]) is int
        assert (document.name, document.folder) == (str(file), file.parent)

    def test_values_of_other_kinds_stay_what_they_are(self, file: Path) -> None:
        file.write_text("a: 2026-11-22\nb: true\n")
        assert Document.read(file, what="file").data == {"a": dt.date(2026, 11, 22), "b": True}

    def test_a_mapping_and_a_document_are_taken_as_they_are(self) -> None:
        data: dict[str, Any] = {"walls": {}}
        document = Document.read(data, what="file")
        assert document.data is data
        assert document.name is None
        assert Document.read(document, what="file") is document

    def test_a_missing_file_says_what_it_should_have_been(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=r"gone\.yaml: the rewards file cannot be read: .*Check the path\."):
            Document.read(tmp_path / "gone.yaml", what="rewards file")

    def test_a_folder_and_a_binary_file_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
        for path in (tmp_path, tmp_path / "binary.yaml"):
            with pytest.raises(ConfigError, match="cannot be read"):
                Document.read(path, what="file")

    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            ("walls: {a: 1", ":1:", "not valid YAML"),
            ("walls: {a: 1\n", ":2:1:", "not valid YAML"),
            ("walls:\n\ta: 1\n", ":2:1:", "found character '\\t' that cannot start any token"),
            ("a: 1\nb: 2\na: 3\n", ":3:1:", 'found duplicate key "a"'),
            ("a: *nowhere\n", ":1:4:", "found undefined alias"),
            ("a: 1\n---\nb: 2\n", ":2:1:", "not valid YAML"),
            ("a: \x01\n", "", "not valid YAML"),
        ],
    )
    def test_what_is_no_yaml_is_shown_in_its_place(self, file: Path, text: str, place: str, message: str) -> None:
        file.write_text(text)
        with pytest.raises(ConfigError) as caught:
            Document.read(file, what="file")
        assert message in str(caught.value)
        assert f"{file}{place}" in str(caught.value)


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "place", "message"),
        [
            (
                "\n".join(["a0: &a0 [1, 2]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 90))]),
                ":1",
                "values",
            ),
            ("walls:\n  " + "[" * 30_000, ":2:67:", "deeper than 64 levels"),
            ("walls: " + "{a: " * 200, ":1:", "deeper than 64 levels"),
            ("- " * 30_000, ":1:129:", "deeper than 64 levels"),
            ("\n".join(" " * n + "a:" for n in range(200)), ":64:64:", "deeper than 64 levels"),
            ("walls: &w {a: *w}", ":1:15:", "inside itself"),
            ("walls: &w\n  <<: *w", ":2:7:", "inside itself"),
            ("name: " + "9" * 10_000, ":1:7:", "10000 digits"),
            ("name: 2024-13-45", ":1:7:", "month must be"),
            ("name: !!float abc", ":1:7:", "could not convert"),
        ],
        ids=lambda given: given[:12],
    )
    def test_what_would_cost_or_break_too_much_is_shown_in_its_place(
        self, file: Path, text: str, place: str, message: str
    ) -> None:
        file.write_text(text)
        with pytest.raises(ConfigError) as caught:
            Document.read(file, what="house file")
        assert f"{file}{place}" in str(caught.value)
        assert message in str(caught.value)
        assert len(str(caught.value)) < 1_000

    def test_aliases_stand_for_their_values(self, file: Path) -> None:
        file.write_text("a: &a {b: [1, 2]}\nc: [*a, *a]\n")
        assert Document.read(file, what="house file").data == {"a": {"b": [1, 2]}, "c": [{"b": [1, 2]}] * 2}

    def test_a_part_of_a_long_line_is_shown(self, file: Path) -> None:
        file.write_text(f"walls: {{}}  # {'x' * 500}\nname: {' ' * 300}[1]  # {'y' * 500}\n", encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            Document.read(file, what="house file").validate(House)
        shown = str(caught.value).splitlines()
        assert max(map(len, shown)) < 300
        assert shown[-2].index("[1]") == shown[-1].index("^")

    def test_a_mistake_shows_file_line_column_and_the_source_line(self, file: Path) -> None:
        (problem,) = problems_of(file, "name: x\nwalls:\n  north: {height: tall}\n")
        assert problem == (
            f"{file}:3:19: walls.north.height: input should be a valid number, unable to parse string as a number, "
            "not 'tall'.\n"
            "  3 |   north: {height: tall}\n"
            "    |                   ^"
        )

    def test_an_unknown_key_points_at_the_key_and_suggests_one(self, file: Path) -> None:
        (problem,) = problems_of(file, "walls:\n  north: {heigth: 2}\n")
        assert problem == (
            f"{file}:2:11: walls.north.heigth: unknown key 'heigth'; the keys are colour, doors, windows, height, in. "
            "Did you mean 'height'?\n"
            "  2 |   north: {heigth: 2}\n"
            "    |           ^"
        )

    @pytest.mark.parametrize(
        ("text", "keys"),
        [
            ("walls: {n: {colour: {rde: 1}}}", "red, green. Did you mean 'red'?"),
            ("walls: {n: {doors: [{rde: 1}]}}", "red, green. Did you mean 'red'?"),
            ("walls: {n: {windows: {w: {rde: 1}}}}", "red, green. Did you mean 'red'?"),
            # Named by the user as fields are named elsewhere: the keys are still those of the place.
            ("walls: {walls: {rde: 1}}", "colour, doors, windows, height, in."),
            ("walls: {colour: {rde: 1}}", "colour, doors, windows, height, in."),
            ("walls: {n: {windows: {red: {rde: 1}}}}", "red, green. Did you mean 'red'?"),
            ("walls: {}\nnmae: x", "walls, name. Did you mean 'name'?"),
        ],
    )
    def test_the_keys_of_an_unknown_key_are_those_of_its_place(self, file: Path, text: str, keys: str) -> None:
        (problem,) = problems_of(file, text)
        assert f"; the keys are {keys}\n" in problem

    def test_every_mistake_is_shown_at_once_in_the_order_of_the_file(self, file: Path) -> None:
        text = "name: [1]\nwalls:\n  north: {height: tall}\n  south:\n    doors:\n      - {red: x}\n      - {blue: 1}\n"
        places = [problem.partition(": ")[0].removeprefix(str(file)) for problem in problems_of(file, text)]
        assert places == [":1:7", ":3:19", ":6:15", ":7:10"]

    def test_a_missing_key_points_at_what_should_hold_it(self, file: Path) -> None:
        (problem,) = problems_of(file, "name: x\n")
        assert problem == f"{file}: walls: this key is required."

    def test_a_bad_key_of_a_mapping_is_pointed_at(self, file: Path) -> None:
        (problem,) = problems_of(file, "walls:\n  3: {height: 1}\n")
        assert problem.startswith(f"{file}:2:3: walls[3]: input should be a valid string, not 3.")

    def test_an_empty_file_is_one_clear_mistake(self, file: Path) -> None:
        (problem,) = problems_of(file, "")
        assert problem.startswith(f"{file}: must be a mapping")

    def test_mistakes_behind_a_merge_key_point_at_the_mapping_that_merges(self, file: Path) -> None:
        text = "walls:\n  a: &a {heigth: 2}\n  b:\n    <<: *a\n"
        first, second = problems_of(file, text)
        assert first.startswith(f"{file}:2:10: walls.a.heigth: unknown key")
        assert second.startswith(f"{file}:4:5: walls.b.heigth: unknown key")

    def test_the_same_mistakes_in_a_dict_have_a_path_and_no_place(self) -> None:
        with pytest.raises(ConfigError) as caught:
            Document.read({"walls": {"n": {"doors": [{"blue": 1}]}}}, what="file").validate(House)
        assert str(caught.value) == "walls.n.doors[0].blue: unknown key 'blue'; the keys are red, green."

    def test_problems_found_later_are_placed_alike(self, file: Path) -> None:
        file.write_text("walls:\n  north: {height: 2}\n")
        document = Document.read(file, what="file")
        error = document.error(
            [
                Problem(("walls", "north", "height"), "too low."),
                Problem(("walls", "north", "height"), "no such key.", at_key=True),
                Problem(("walls", "north", "colour"), "is missing."),
                Problem((), "all is wrong."),
            ]
        )
        assert [problem.partition("\n")[0] for problem in error.problems] == [
            f"{file}: all is wrong.",
            f"{file}:2:10: walls.north.colour: is missing.",
            f"{file}:2:11: walls.north.height: no such key.",
            f"{file}:2:19: walls.north.height: too low.",
        ]

    def test_a_good_file_validates(self, file: Path) -> None:
        file.write_text("walls: {n: {height: 2, in: here, colour: {red: 1}}}\n")
        house: Any = Document.read(file, what="file").validate(House)
        assert (house.walls["n"].in_, house.walls["n"].colour.red) == ("here", 1)
