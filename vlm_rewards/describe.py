"""What can be asked of a reward beside its scores: its pack, options, references and preflight.

The same functions answer in the scoring process, for the packs that came with this package, and in a worker, for those
of others, where questions and answers are plain JSON.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint
from typing import Any

from pydantic import ValidationError

from vlm_rewards.errors import PackError
from vlm_rewards.registry.decorator import RESERVED, RewardSpec, unwrap
from vlm_rewards.registry.entry_points import fields_of
from vlm_rewards.registry.info import RewardInfo
from vlm_rewards.registry.packs import ImportedPack, PackInfo, import_pack
from vlm_rewards.registry.registry import describe
from vlm_rewards.scoring.binding import ColumnReader, validate_params
from vlm_rewards.scoring.plain import plain, read_context, read_value, sendable
from vlm_rewards.text.messages import did_you_mean, explain, pass_on_interrupt, show
from vlm_rewards.types.context import Context


def options(spec: RewardSpec, params: Mapping[str, Any], context: Context | None) -> dict[str, Any]:
    """The validated `params`, or the `problems` with them; with a context, what the reward's `check` says of them.

    A problem is where it is (keys from the term on), its text, and whether the key is to blame.
    """
    try:
        validated = validate_params(spec, params)
    except PackError as error:
        return {"problems": [(["params"], f": {error}", False)]}
    except ValidationError as error:
        return {"problems": [_problem(spec, item) for item in error.errors(include_url=False)]}
    if spec.check is None or context is None:
        return {"params": validated}
    try:
        spec.check(context, **validated)
    except ValueError as error:
        return {"params": validated, "refused": str(error)}
    except BaseException as error:  # noqa: BLE001 - a broken check is a broken pack
        pass_on_interrupt(error)
        return {"params": validated, "broken": explain(error)}
    return {"params": validated}


def _problem(spec: RewardSpec, item: Any) -> tuple[list[str | int], str, bool]:
    known = [parameter.name for parameter in spec.params]
    option = str(item["loc"][0]) if item["loc"] else ""
    if item["type"] == "extra_forbidden":
        text = f" has no parameter '{option}'; it has {', '.join(known) or 'none'}.{did_you_mean(option, known)}"
    elif item["type"] == "missing":
        text = f" needs the parameter '{option}'."
    else:
        text = f": {item['msg']}, not {show(item['input'])}."
    return ["params", *item["loc"]], text, item["type"] == "extra_forbidden"


def readers(spec: RewardSpec, columns: Mapping[str, str]) -> tuple[ColumnReader | None, ...]:
    """What reads each parameter, None for a reserved one; PackLoadError for an annotation that cannot be validated."""
    return tuple(
        None if column.name in RESERVED else ColumnReader(spec, column, columns.get(column.name, column.name))
        for column in spec.columns
    )


def references(spec: RewardSpec, columns: Mapping[str, str], values: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """For each value of each parameter the reason why it cannot be used, or None."""
    found: dict[str, Any] = {}
    for reader in readers(spec, columns):
        if reader is not None and reader.parameter.name in values:
            held = values[reader.parameter.name]
            _, problems = reader.read(held, range(len(held)))
            found[reader.parameter.name] = [problems.get(row) for row in range(len(held))]
    return found


def preflight(spec: RewardSpec, reading: Mapping[str, Any]) -> list[Any]:
    """The findings of the reward's own preflight about a part of a dataset."""
    return [] if spec.preflight is None else list(spec.preflight(dict(reading)))


def strategies(spec: RewardSpec, reading: Mapping[str, Any]) -> list[Any]:
    """What the reward has a row attacked with, and `{"word": TEXT}` for each text that its options and code hold."""
    target: Any = unwrap(spec.target)
    code = getattr(target, "__code__", None)
    held = [*reading["params"].values(), spec.tags]
    held += [] if code is None else [*code.co_consts[1:], *map(target.__globals__.get, code.co_names)]
    texts = [text for value in held for text in (value if isinstance(value, list | tuple | set | dict) else [value])]
    words = [{"word": text} for text in (getattr(text, "pattern", text) for text in texts) if isinstance(text, str)]
    return [*(spec.strategies(dict(reading)) if spec.strategies else ()), *words]


def answer(item: Mapping[str, Any]) -> list[Any]:
    """The answer to a question that travelled as JSON, in a list; for workers."""
    return [_answer(item)]


def _answer(item: Mapping[str, Any]) -> Any:
    pack = PackInfo.read(item["pack"])
    question = item["question"]
    if question == "describe":
        return describe(pack)
    if question == "entry_point":
        try:
            return {"fields": plain(fields_of(EntryPoint(pack.namespace, pack.value, item["group"])))}
        except ValueError as error:
            return {"error": str(error)}
    spec = _imported(pack).rewards[item["reward"]]
    if question == "options":
        context = item["context"]
        found = options(spec, item["params"], None if context is None else read_context(context))
        try:
            readers(spec, {})
        except PackError as error:
            found.setdefault("problems", []).append((["use"], f": {error}", False))
        return {**found, "params": sendable(found.get("params", {}))}
    if question == "references":
        values = {name: [read_value(value) for value in held] for name, held in item["values"].items()}
        return references(spec, item["columns"], values)
    if question == "preflight":
        return plain(preflight(spec, _validated(spec, item)))
    return plain(strategies(spec, item["reading"]))


@cache
def _imported(pack: PackInfo) -> ImportedPack:
    return import_pack(pack)


def _validated(spec: RewardSpec, item: Mapping[str, Any]) -> dict[str, Any]:
    """A reading with raw values as the reward gets it: validated, without the rows that have an unusable value."""
    reading = dict(item["reading"])
    reading["params"] = plain(validate_params(spec, item["params"]))
    rows = reading["rows"]
    outputs = RewardInfo.of(spec).outputs
    for reader in readers(spec, {}):
        if reader is not None and reader.parameter.name not in outputs:
            name = reader.parameter.name
            held = [read_value(row["columns"].get(name)) for row in rows]
            read, problems = reader.read(held, range(len(held)))
            for row, value in zip(rows, read, strict=True):
                row["columns"][name] = plain(value)
            rows = [row for index, row in enumerate(rows) if index not in problems]
    return {**reading, "rows": rows}
