"""The keys of a reference: which are read and as what, which are bookkeeping; all others are refused by their name."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from vlm_rewards.text.messages import show as shown
from vlm_rewards_grounding.formats import keys

CROWD: Final = "crowd"  # COCO's mark of many things under one box
NEST: Final = "things"  # a mapping or a list of mappings that is the reference, where no box or point stands beside it
NUMBER: Final = "class number"
UNIT: Final = "unit"

#: What ms-swift says of a reference's numbers under `bbox_type`, and the space that it means.
UNITS = {"real": "pixels", "norm1": "relative", "norm1000": "per_1000"}
#: Keys that say nothing of where a thing is or what it is called.
BOOKKEEPING = (
    *("id", "ids", "uid", "uuid", "idx", "index", "image", "images", "image_id", "image_ids", "image_name", "img"),
    *("image_path", "img_path", "file", "file_name", "path", "url", "license", "split", "source", "dataset"),
    *("data_source", "size", "width", "height", "w", "h", "image_size", "image_width", "image_height", "area", "areas"),
    *("score", "scores", "confidence", "supercategory", "shape_type", "group_id", "track_id", "flags", "pose", "view"),
    *("difficult", "truncated", "occluded", "attribute", "attributes", "color", "colour", "sub_label", "question"),
    *("problem", "prompt", "instruction", "query", "language", "comment", "annotator", "date", "timestamp"),
    *("img_filename", "data_type", "ui_type", "platform", "application"),
)
#: What is read under which keys, for a reader of the docs and of messages.
READ: dict[str, tuple[str, ...]] = {
    **{kind: keys.NAMES[kind] for kind in (keys.BOX, keys.POINT, keys.POLYGON, keys.LABEL)},
    NUMBER: ("category_id", "class_id", "label_id", "cls"),
    CROWD: ("iscrowd", "is_crowd", "crowd"),
    NEST: ("objects", "annotations", "annotation", "target", "targets", "shapes", "instances", "detections"),
    UNIT: ("bbox_type",),
}
_OWN = {keys.plain(name): kind for kind in (NUMBER, CROWD, NEST, UNIT) for name in READ[kind]}
_SAYS_NOTHING = {keys.plain(name) for name in BOOKKEEPING}


def sorted_keys(value: Mapping[Any, Any], also: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """What a mapping of a reference holds, by what its keys name; empty values are absent, as in tables.

    Raises ValueError for a key with a value that is neither read, here or by who knows it `also`, nor bookkeeping: it
    would be ignored without a word.

    >>> sorted_keys({"bbox": [1, 2, 3, 4], "caption": "cat", "id": 7, "point_2d": None})
    {'box': {'bbox': [1, 2, 3, 4]}, 'label': {'caption': 'cat'}}
    """
    found: dict[str, dict[str, Any]] = {}
    known = _SAYS_NOTHING.union(map(keys.plain, also)) if also else _SAYS_NOTHING
    for key, item in value.items():
        if item is None or item == "":
            continue
        plain, kind = _plain_and_kind(str(key))
        if kind is None and plain not in known and not _is_a_mark(plain, item):
            raise ValueError(
                f"the reference's key `{str(key)[:40]}` ({shown(item)}) is not read: boxes are read under "
                f"{_some(keys.BOX)}, points under {_some(keys.POINT)}, names under {_some(keys.LABEL)}; "
                "rename it, or leave it out"
            )
        if kind is not None:
            found.setdefault(kind, {})[str(key)] = item
    return found


@lru_cache(1024)  # the keys of a data set are few
def _plain_and_kind(key: str) -> tuple[str, str | None]:
    plain = keys.plain(key)
    return plain, _OWN.get(plain) or keys.kind_of(key)


def _is_a_mark(plain: str, item: Any) -> bool:
    """Whether a value is one number or true or false, under a key that speaks of no place and no name."""
    return (isinstance(item, int | float) or item in ([], {})) and not any(part in plain for part in _TELLING)


_TELLING = ("box", "point", "coord", "polygon", "mask", "label", "name", "class", "categor", "action")


def _some(kind: str) -> str:
    return ", ".join(f"`{name}`" for name in READ[kind][:4]) + " .."
