"""Every form that rows come in is read alike, and what cannot be read is named with its place."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from pyarrow import parquet

from vlm_rewards.data.lines import columns_of
from vlm_rewards.data.source import open_source, read_rows
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.completion import Completion
from vlm_rewards.types.images import images_of

ROWS = [{"completion": "\\boxed{7}", "solution": "7"}, {"completion": "zwölf", "solution": None}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)

FORMS: dict[str, Callable[[Path], object]] = {
    "rows.jsonl": lambda path: path.write_text(LINES),
    "marked.jsonl": lambda path: path.write_text(LINES, encoding="utf-8-sig"),
    "windows.jsonl": lambda path: path.write_bytes(LINES.replace("\n", "\r\n").encode()),
    "packed.jsonl.gz": lambda path: path.write_bytes(gzip.compress(LINES.encode(), mtime=0)),
    "packed_unnamed.jsonl": lambda path: path.write_bytes(gzip.compress(LINES.encode(), mtime=0)),
    "array.json": lambda path: path.write_text(json.dumps(ROWS, indent=2)),
    "lines.json": lambda path: path.write_text(LINES),
    "holds_an_array.json": lambda path: path.write_text(json.dumps({"model": "m", "logs": ROWS}, indent=2)),
    "table.csv": lambda path: path.write_text('completion,solution\n"\\boxed{7}",7\nzwölf,\n'),
    "table.tsv": lambda path: path.write_text("completion\tsolution\n\\boxed{7}\t7\nzwölf\t\n", encoding="utf-8-sig"),
    "table.csv.gz": lambda path: path.write_bytes(gzip.compress("completion,solution\n\\boxed{7},7\nzwölf,".encode())),
    "table.parquet": lambda path: parquet.write_table(pa.Table.from_pylist(ROWS), path),
    "saved": lambda path: datasets.Dataset.from_list(ROWS).save_to_disk(path),
    "saved_splits": lambda path: datasets.DatasetDict(test=datasets.Dataset.from_list(ROWS)).save_to_disk(path),
}


@pytest.mark.parametrize("name", FORMS)
def test_every_form_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    FORMS[name](tmp_path / name)
    assert read_rows(tmp_path / name) == ROWS


def test_a_folder_of_parquet_files_is_one_source(tmp_path: Path) -> None:
    for place, row in enumerate(ROWS):
        parquet.write_table(pa.Table.from_pylist([row]), tmp_path / f"part-{place}.parquet")
    assert [place for place, _ in open_source(tmp_path).records()] == [", row 0", ", row 1"]
    assert read_rows(tmp_path) == ROWS


@pytest.mark.parametrize(
    "text",
    [LINES.encode(), json.dumps(ROWS).encode(), gzip.compress(LINES.encode(), mtime=0)],
    ids=["lines", "array", "gz"],
)
def test_standard_input_may_be_lines_or_an_array(monkeypatch: pytest.MonkeyPatch, text: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert read_rows(open_source("-")) == ROWS


def test_a_split_is_chosen(tmp_path: Path) -> None:
    splits = {name: datasets.Dataset.from_list([row]) for name, row in zip(("train", "test"), ROWS, strict=True)}
    datasets.DatasetDict(splits).save_to_disk(tmp_path / "saved")
    assert read_rows(open_source(tmp_path / "saved", split="test")) == ROWS[1:]
    with pytest.raises(ColumnError, match="has the splits train, test; choose one with --split"):
        read_rows(tmp_path / "saved")
    with pytest.raises(ColumnError, match="has no split 'dev', only train, test"):
        read_rows(open_source(tmp_path / "saved", split="dev"))


def test_classes_come_by_their_names_and_pictures_as_they_are_stored(tmp_path: Path) -> None:
    features = datasets.Features(
        {"solution": datasets.ClassLabel(names=["cat", "dog"]), "image": datasets.Image(), "completion": _TEXT}
    )
    picture = {"bytes": b"\x89PNG", "path": None}
    rows = {"solution": [1, None], "image": [picture, None], "completion": ["a", "b"]}
    dataset = datasets.Dataset.from_dict(rows, features=features)
    dataset.to_parquet(tmp_path / "rows.parquet")
    dataset.save_to_disk(tmp_path / "saved")
    for name in ("rows.parquet", "saved"):
        first, second = read_rows(tmp_path / name)
        assert (first["solution"], second["solution"]) == ("dog", None)
        assert [image.data for image in images_of(first["image"])] == [b"\x89PNG"]
        assert images_of(second["image"]) == ()


@pytest.mark.skipif(not hasattr(datasets, "Json"), reason="this datasets has no columns of JSON")
def test_columns_of_texts_and_messages_come_as_they_were(tmp_path: Path) -> None:
    answers = ["007", [{"role": "assistant", "content": "[1,2]"}], "seven"]
    features = datasets.Features({"completion": datasets.Json()})
    dataset = datasets.Dataset.from_list([{"completion": answer} for answer in answers], features=features)
    dataset.to_parquet(tmp_path / "rows.parquet")
    dataset.save_to_disk(tmp_path / "saved")
    for name in ("rows.parquet", "saved"):
        assert [row["completion"] for row in read_rows(tmp_path / name)] == answers


_TEXT = datasets.Value("string")


def test_the_completions_that_trl_logs_are_read_as_they_are(tmp_path: Path) -> None:
    row = {
        "step": 5,
        "prompt": [{"role": "user", "content": "3 + 4?"}],
        "completion": [{"role": "assistant", "content": "7"}],
        "rewards/answer": 1.0,
        "advantage": 0.5,
    }
    parquet.write_table(pa.Table.from_pylist([row]), tmp_path / "completions_00005.parquet")
    (read,) = read_rows(tmp_path, {})
    assert Completion.from_messages(read["completion"]).text == "7"


class TestSamplesOfOtherHarnesses:
    @pytest.mark.parametrize("answers", [{"resps": [["7"]], "filtered_resps": ["x"]}, {"filtered_resps": ["7"]}])
    def test_they_have_the_names_that_rewards_read(self, answers: dict[str, Any]) -> None:
        row = columns_of({"doc_id": 3, "doc": {"task": "sum"}, "target": "7", **answers}, {})
        assert isinstance(row, dict)
        assert (row["completion"], row["solution"], row["id"], row["task"]) == ("7", "7", 3, "sum")

    @pytest.mark.parametrize("answers", [[[["-1.5", "False"]]], [[[-1.5, True]], [[-2.0, False]]], [], [[]], None])
    def test_likelihoods_are_no_answers(self, answers: Any) -> None:
        told = columns_of({"doc_id": 3, "target": "7", "resps": answers}, {})
        assert isinstance(told, str)
        assert "hold no text" in told

    def test_the_fields_of_a_document_are_read_under_other_names(self) -> None:
        sample = {"doc_id": 3, "target": "7", "resps": [["x"]], "doc": {"gold": "8", "said": "y"}}
        read = columns_of(sample, {"solution": "gold", "completion": "said"})
        assert isinstance(read, dict)
        assert (read["solution"], read["completion"], read["id"]) == ("8", "y", 3)
        missing = columns_of(sample, {"completion": "text"})
        assert isinstance(missing, str)
        assert missing.startswith("no column 'text'; its columns are gold, said,")


def test_columns_are_read_under_other_names_even_swapped() -> None:
    swapped = {"completion": "solution", "solution": "completion"}
    assert columns_of(b'{"completion": "a", "solution": "b"}', swapped) == {"completion": "b", "solution": "a"}
    assert columns_of({"response": "a"}, {"completion": "response"}) == {"response": "a", "completion": "a"}
    told = columns_of({"answer": "a"}, {"completion": "response"})
    assert isinstance(told, str)
    assert told.startswith("no column 'response'; its columns are answer.")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.json", b"[1]", ", row 0: 1 is not a JSON object"),
        ("rows.json", b"[{]", ": not valid JSON: Expecting property name"),
        ("rows.json", b'{\n"a": 1}', ": {'a': 1} is not an array of objects"),
        ("rows.json", b"", ": the file holds no row"),
        ("rows.csv", b"a,b\n1\n", ":2: 1 cells where the first line names 2 columns"),
        ("rows.csv", b"a,a\n1,2\n", ": two columns have one name: a, a"),
        ("rows.csv", b"", ": the file holds no row"),
        ("rows.jsonl.gz", gzip.compress(LINES.encode(), mtime=0)[:-9], ": the file cannot be read: "),
        ("rows.jsonl", b"\x1f\x8bnot gzip", ": the file cannot be read: "),
        ("rows.parquet", b"PAR1 not parquet", ": rows.parquet: ArrowInvalid"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ColumnError) as caught:
        read_rows(tmp_path / name)
    assert str(caught.value).startswith(f"{tmp_path / name}{message}")


def test_a_name_of_the_hub_is_loaded_with_its_configuration_and_split(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, config: str | None, *, data_files: str | None, split: str | None) -> datasets.Dataset:
        assert (name, config, data_files, split) == ("owner/name", "small", None, "test[:2]")
        return datasets.Dataset.from_list(ROWS)

    monkeypatch.setattr(datasets, "load_dataset", load)
    assert read_rows(open_source("owner/name", config="small", split="test[:2]")) == ROWS


def test_a_name_that_the_hub_does_not_know_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object, **__: object) -> None:
        raise FileNotFoundError("no such dataset")

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(ColumnError, match="The dataset 'owner/name' cannot be loaded: FileNotFoundError: no such"):
        read_rows(open_source("owner/name"))


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(ColumnError, match="neither one of `save_to_disk` nor one of parquet files"):
        open_source(tmp_path)


def test_text_that_is_no_utf8_costs_its_row_alone(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"completion": "\xff"}\n{"completion": "a"}\n')
    bad, good = (columns_of(held, {}) for _, held in open_source(tmp_path / "rows.jsonl").records())
    assert isinstance(bad, str)
    assert good == {"completion": "a"}


def test_half_of_a_character_is_read_as_python_reads_it() -> None:
    assert columns_of(b'{"completion": "\\ud83d"}', {}) == {"completion": "\ud83d"}
