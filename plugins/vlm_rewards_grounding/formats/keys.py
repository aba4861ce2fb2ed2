"""The names under which models write boxes, points, labels and scores in JSON and in calls."""

from typing import Final

BOX: Final = "box"  # four numbers, or two corners
POINT: Final = "point"  # two numbers, or several pairs; four numbers are a box here too
POLYGON: Final = "polygon"  # six numbers or more
LABEL: Final = "label"
SCORE: Final = "score"
CORNER: Final = "corner"  # one corner of the box that the mapping itself is
SIDE: Final = "side"  # a single coordinate: the mapping itself is the box or point
NEST: Final = "nest"  # a text that holds JSON: the arguments of a tool call

# The names of coordinates are spelt without case and punctuation: `xmin` is also `x_min` and `xMin`.
#: Names of x1, y1, x2, y2 in one mapping.
CORNERS = (
    ("x1", "y1", "x2", "y2"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("minx", "miny", "maxx", "maxy"),
    ("left", "top", "right", "bottom"),
    ("x0", "y0", "x1", "y1"),
    ("topleftx", "toplefty", "bottomrightx", "bottomrighty"),
)
#: Names of x, y, width, height in one mapping.
SIZES = (("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"))
#: Names of the first and the last corner, each of which is a pair or has an x and a y.
TWO_CORNERS = (("topleft", "bottomright"), ("lefttop", "rightbottom"), ("upperleft", "lowerright"))

_LABELS = (
    *("label", "text_content", "name", "class", "class_name", "category", "category_name", "object", "object_name"),
    *("phrase", "text", "caption", "description", "title", "element", "ref", "tag", "type", "labels", "names"),
    *("categories", "classes", "class_names", "refs", "captions", "phrases", "expression", "sentence"),
)
#: Keys of boxes, and of points of which an action has no more than one.
BOXES = (
    *("bbox_2d", "bbox", "box_2d", "box", "bboxes", "boxes", "bounding_box", "bounding_boxes", "bounding_box_2d"),
    *("bboxes_2d", "boxes_2d", "bndbox", "rect", "rectangle", "region"),
)
POINTS = (
    *("point_2d", "point", "points", "points_2d", "coordinate", "coordinates", "coordinate_2d", "coords", "coord"),
    *("position", "location", "center", "centre", "click_point", "pos", "xy", "keypoint"),
)
#: What each kind of key is called.
NAMES = {
    BOX: BOXES,
    POINT: (
        *POINTS,
        *("start_box", "end_box", "start_point", "end_point", "start_coordinate", "end_coordinate", "coordinate2"),
        *("start", "end"),
    ),
    POLYGON: (
        *("quad", "polygon", "poly", "polygons", "polygon_2d", "quad_2d", "quad_box", "quad_boxes", "quads"),
        *("quadrilateral", "corners", "corner_points", "vertices", "contour", "outline", "segmentation"),
    ),
    LABEL: _LABELS,
    SCORE: ("score", "confidence", "conf", "probability", "prob"),
    SIDE: tuple(dict.fromkeys(name for names in (*CORNERS, *SIZES) for name in names)),
    CORNER: (*(name for names in TWO_CORNERS for name in names), "topright", "bottomleft", "upperright", "lowerleft"),
    NEST: ("arguments", "parameters"),
}


def plain(key: str) -> str:
    """A key without case and punctuation."""
    return "".join(char for char in key[:32].lower() if char.isalnum())


#: What each name holds, spelt as here.
KINDS = {name: kind for kind, names in NAMES.items() for name in names}
_PLAIN = {plain(name): kind for name, kind in KINDS.items()}
_DENIED = ("not", "no", "non", "wrong", "false", "incorrect", "invalid", "bad")
_RANKS = {plain(name): rank for rank, name in reversed([*enumerate(_LABELS)])}


def kind_of(key: str) -> str | None:
    """What a key holds, however it is spelt; None for a key that says nothing.

    >>> kind_of("bbox_2d"), kind_of("boundingBox"), kind_of("img_idx")
    ('box', 'box', None)
    """
    return KINDS.get(key) or _PLAIN.get(plain(key))


def is_denied(key: str) -> bool:
    """Whether a key says that what it holds is not a box or point.

    >>> is_denied("not_bbox"), is_denied("wrongBox"), is_denied("notebook")
    (True, True, False)
    """
    name = plain(key)
    rests = (name.removeprefix(no) for no in _DENIED if name.startswith(no))
    return any(kind_of(rest) in (BOX, POINT, POLYGON) for rest in rests)


def label_rank(key: str) -> int:
    """Which of several labels of one mapping names the thing best: the one with the lowest rank."""
    rank = _RANKS.get(key)
    return _RANKS.get(plain(key), len(_RANKS)) if rank is None else rank
