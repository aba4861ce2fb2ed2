"""What an SVG may hold: everything else is refused, or left out where a picture does not depend on it."""

from __future__ import annotations

__all__ = ["ELEMENTS", "KEPT", "LINKED", "NUMBERS", "PAINTED", "SILENT"]


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Elements that are drawn, or that others are drawn with.
ELEMENTS = _names(
    "svg g defs path rect circle ellipse line polyline polygon text tspan use clipPath linearGradient radialGradient "
    "stop"
)
#: Elements that say something about a picture and draw nothing: left out with all that is in them.
SILENT = _names("title desc metadata")
#: Attributes that hold numbers; these set how much work a drawing is.
NUMBERS = _names(
    "x y dx dy x1 y1 x2 y2 cx cy r rx ry fx fy fr width height d points offset stroke-width stroke-miterlimit "
    "stroke-dasharray stroke-dashoffset font-size letter-spacing opacity fill-opacity stroke-opacity stop-opacity"
)
#: Elements that refer to another one by `href="#id"`, and attributes that do by `url(#id)`.
LINKED, PAINTED = _names("use linearGradient radialGradient"), _names("fill stroke clip-path")
#: All attributes that are drawn; the rest hold a word or a colour.
KEPT = (
    NUMBERS
    | PAINTED
    | _names(
        "href transform gradientTransform id color fill-rule clip-rule clipPathUnits display font-family font-style "
        "font-weight gradientUnits spreadMethod stop-color stroke-linecap stroke-linejoin text-anchor visibility"
    )
)
