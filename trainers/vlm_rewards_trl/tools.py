"""Tools, environments and rollouts of a recipe, for TRL: what a tool does wrong is an error that the model is told."""

import asyncio
import functools
import inspect
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vlm_rewards.text.messages import explain
from vlm_rewards.types.images import is_pil
from vlm_rewards.types.pixels import in_rgb
from vlm_rewards_trl.recipe.recipe import Recipe
from vlm_rewards_trl.trl_compat import TABLE, TOOL_TURNS

#: Tokens that stand for images: a model that writes one has it taken for an image that is not there.
_IMAGE_TOKENS = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]

#: Of one call: images and their pixels, how many times as long as wide they are, and characters.
_IMAGES, _PIXELS, _SLIMMEST, _LONGEST = 4, 2**20, 100, 100_000


def tools_of(recipe: Recipe) -> dict[str, Any]:
    """Arguments of TRL's trainer; empty without tools. Raises ConfigError for what is not there."""
    config = recipe.config
    made: dict[str, Any] = {}
    methods = [name for name in config.tools if name.isidentifier()]
    if config.environment is not None or methods:
        made["environment_factory"] = _environment(recipe, methods)
    if functions := [recipe.named(name, "tools") for name in config.tools if name not in methods]:
        made["tools"] = [limited(function, config.tool_seconds) for function in functions]
    if config.rollout is not None:
        made["rollout_func"] = recipe.named(config.rollout, "rollout")
    return made


def prepare(recipe: Recipe, tools: Mapping[str, Any], row: Mapping[str, Any], processor: Any, arguments: Any) -> None:
    """Let the model write no tokens of images. Raises ConfigError for what TRL cannot use, a row to reset to too."""
    from transformers.utils import get_json_schema
    from trl.chat_template_utils import supports_tool_calling

    if not type(processor).__name__.startswith("Qwen") or not supports_tool_calling(processor):
        message = "tools are for models of the Qwen-VL family whose chat template writes calls and turns of tools."
        raise recipe.error(("model",), message)
    kind = tools.get("environment_factory", object)
    try:
        for tool in (*tools.get("tools", ()), *(getattr(kind(), name) for name in _tools_in(kind))):
            get_json_schema(tool)
        if kind is not object:
            kind().reset(**row)
    except Exception as error:
        place = "tools" if kind is object else "environment"
        raise recipe.error((place,), f"it cannot be used: {explain(error)}") from error
    processor.image_processor.return_tensors = "pt"  # of tensors TRL knows which belong to which prompt
    if not arguments.use_vllm:
        given = arguments.generation_kwargs or {}
        ids = processor.tokenizer.convert_tokens_to_ids(_IMAGE_TOKENS)
        arguments.generation_kwargs = {**given, "suppress_tokens": [*given.get("suppress_tokens", ()), *ids]}


def _environment(recipe: Recipe, names: Sequence[str]) -> type[Any]:
    """The class of the recipe with limits; of its methods the named are tools, or else all."""
    kind = recipe.named(recipe.config.environment or "", "environment")
    known = _tools_in(kind)
    wanted = names or [*known]
    if not hasattr(kind, "reset") or not wanted or not known.keys() >= {*wanted}:
        message = f"it needs a class with reset and tools ({', '.join(names)}); the tools of this are {[*known]}."
        raise recipe.error(("environment",), message)
    tools = {name: limited(known[name], recipe.config.tool_seconds) for name in wanted}
    # TRL takes every function of a class for a tool, and a property for none.
    hidden = {name: property(known[name].__get__) for name in known.keys() - tools.keys()}
    return type(kind.__name__, (kind,), tools | hidden)


def _tools_in(kind: Any) -> dict[str, Any]:
    """The methods of a class that TRL takes for tools."""
    found = inspect.getmembers(kind, inspect.isfunction) if inspect.isclass(kind) else ()
    return {name: held for name, held in found if name[0] != "_" and name not in ("reset", "get_reward")}


def limited(tool: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    """The same tool, sync where it was async, which returns blocks of texts and images or raises within that time."""

    @functools.wraps(tool)
    def call(*args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        ended: list[Any] = []

        def run() -> None:
            try:
                result = tool(*args, **kwargs)
                ended.append(_blocks(asyncio.run(result) if inspect.iscoroutine(result) else result))
            except BaseException as error:  # noqa: BLE001 - SystemExit too: a tool does not end a run
                ended.append(RuntimeError(explain(error)))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(seconds)
        found = ended[0] if ended else TimeoutError(f"the tool took over {seconds:g} s")  # it goes on, unseen
        if isinstance(found, Exception):
            raise found
        return list(found)

    return call


def _blocks(result: Any) -> list[dict[str, Any]]:
    """What a tool returned as content of its turn. Raises ValueError for nothing, and for what cannot be shown."""
    if is_pil(result):
        result = [{"type": "image", "image": result}]
    elif not (isinstance(result, list) and all(isinstance(block, Mapping) and "type" in block for block in result)):
        result = [{"type": "text", "text": "" if result is None else result}]
    images = [block.get("image") for block in result if block["type"] == "image"]
    texts = [str(block.get("text")) for block in result if block["type"] != "image"]
    sizes = [sorted(image.size) if is_pil(image) else (0, 0) for image in images]
    fit = all(0 < most <= _SLIMMEST * least and least * most <= _PIXELS for least, most in sizes)
    if not fit or len(images) > _IMAGES or not (images or 0 < sum(map(len, texts)) <= _LONGEST):
        most = f"{_IMAGES} images of {_PIXELS} pixels or {_LONGEST} characters"
        raise ValueError(f"the tool returned nothing, an empty image or none, a slim one, or more than {most}")
    shown = [{"type": "image", "image": in_rgb(image)} for image in images]
    return [*shown, *({"type": "text", "text": text[:_LONGEST]} for text in texts)]


def guard_turns(trainer: Any) -> None:
    """Make texts in turns of tools harmless, and the table of completions one that a file can hold."""
    tokenize, log = getattr(trainer, TOOL_TURNS), trainer.log

    def plain_log(*args: Any, **kwargs: Any) -> None:
        rows = getattr(trainer, TABLE)["completion"]
        for place, turns in enumerate(rows):
            if isinstance(turns[0]["content"], str):  # else it is in the table of an earlier log too
                rows[place] = _harmless([_plain(turn) for turn in turns])
        log(*args, **kwargs)

    setattr(trainer, TOOL_TURNS, lambda turns: tokenize(_harmless(turns)))
    trainer.log = plain_log


def _harmless(value: Any) -> Any:
    """Turns without halves of letters, and without tokens of the model: errors repeat what it wrote in a call."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("<|", "< |")
    if isinstance(value, list):
        return [_harmless(part) for part in value]
    return {key: _harmless(part) for key, part in value.items()} if isinstance(value, dict) else value


def _plain(turn: Mapping[str, Any]) -> dict[str, Any]:
    """A turn of which every key has one kind of value: a list of blocks, and arguments as JSON."""
    content = turn.get("content") or []
    calls = [call.get("function", call) for call in turn.get("tool_calls") or ()]
    made = [{"name": call["name"], "arguments": json.dumps(call.get("arguments"))} for call in calls]
    return {
        "role": turn["role"],
        "name": turn.get("name"),
        "content": [{"type": "text", "text": content}] if isinstance(content, str) else content,
        "tool_calls": [{"function": call} for call in made],
    }
