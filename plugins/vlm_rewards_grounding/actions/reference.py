"""The reference of a row of GUI actions: one typed model, of which no key is passed over without a word."""

import json
from collections.abc import Mapping
from typing import Any

from vlm_rewards.text.messages import show as shown
from vlm_rewards_grounding.actions import names
from vlm_rewards_grounding.actions.action import Action, action_of, fields_of, is_empty
from vlm_rewards_grounding.actions.calls import read_call
from vlm_rewards_grounding.actions.names import ARGUMENT_OF, ROLE_OF, same_type
from vlm_rewards_grounding.actions.places import SIDES, is_place
from vlm_rewards_grounding.formats.lenient_json import CALL, REST
from vlm_rewards_grounding.typed import reads, to_builtin

_PREFIXES = ("gt_", "ground_truth_", "gold_", "reference_")
_READ = (
    "places are read under `bbox`, `point`, `x` and `y` .., arguments under `text`, `key`, `direction` ..; leave it out"
)


#: Keys of bookkeeping that say what is typed or opened where nothing else does.
_MEANT = frozenset({"application", "query", "website", "title", "description"})
_SAYING = frozenset({"type", "open", "goto", "select", "press"})


@reads(Action)
def read_action(value: Any) -> Action:
    """The action of a reference: a mapping, its JSON, a whole tool call, or an action as an agent writes it.

    Raises ValueError where it names no action, or holds something that is not read.

    >>> read_action({"gt_action": "type", "gt_bbox": [-100, -100], "gt_input_text": "cat food"}).arguments
    {'text': 'cat food'}
    >>> read_action({"action": "click", "spot": [3, 4]})
    Traceback (most recent call last):
        ...
    ValueError: the reference's `spot` is [3, 4], and is not read; places are read under ...
    """
    given = _parsed(value) if isinstance(value, str) else to_builtin(value)
    if isinstance(given, list) and len(given) == 1:
        given = given[0]
    if isinstance(given, Action):
        return given
    if isinstance(given, Mapping):
        return _of_mapping(given)
    raise ValueError(f"the reference {shown(value)} names no `action`")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return read_call(text)


def _of_mapping(value: Mapping[Any, Any]) -> Action:
    given = _given(value)
    action = action_of(given)
    if action is None:
        raise ValueError(f"the reference {shown(dict(value))} names no `action`; for a place alone use `point_in_box`")
    if action.unread:
        raise ValueError(f"the reference's `{min(action.unread)}` is not a text or a number")
    for place in action.places:
        if place is not None and not all(place.shapes):
            raise ValueError(f"the reference's `{place.key}` is {shown(given.get(place.key))}: not a point or a box")
    for key, item in given.items():
        if not _is_read(key, item, action):
            raise ValueError(f"the reference's `{key}` is {shown(item)}, and is not read; {_READ}")
    return action


def _given(value: Mapping[Any, Any]) -> dict[str, Any]:
    """What a reference holds that is not empty, by its keys in one spelling; of a whole message its calls."""
    calls = value.get("tool_calls")
    given: dict[str, Any] = {}
    for key, item in fields_of({"tool_calls": calls} if calls else value).items():
        name = next((key.removeprefix(prefix) for prefix in _PREFIXES if key.startswith(prefix)), key)
        if is_empty(item) or (ARGUMENT_OF.get(name) == "text" and item == names.NO_TEXT):
            continue
        if name in given and given[name] != item:
            raise ValueError(f"the reference gives `{name}` twice, as {shown(given[name])} and {shown(item)}")
        given[name] = item
    return given


def _is_read(key: str, item: Any, action: Action) -> bool:
    """Whether nothing is lost of what stands under a key."""
    placed = action.places != (None, None)
    if key in SIDES and any(place is not None and (place.named or place.area_named) for place in action.places):
        return True
    if key in (CALL, REST, *names.STRONG) or ARGUMENT_OF.get(key) or (ROLE_OF.get(key) and is_place(item)):
        return True
    if key in names.WEAK and same_type(str(item)) == action.type:
        return True
    if key in _MEANT and action.type in _SAYING and not action.arguments:
        return False
    return key in names.BOOKKEEPING or isinstance(item, bool) or (key in names.ELEMENTS and placed)
