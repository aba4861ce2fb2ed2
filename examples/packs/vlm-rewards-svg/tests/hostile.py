"""Hostile SVGs by kinds: what reads files, never ends, grows without bound, breaks the drawer or hides in the form."""

from __future__ import annotations

from collections.abc import Iterator

DOT = '<circle cx="5" cy="5" r="3"/>'
HUGE = ("1e8", "1e20", "1e38", "1e400", "-1e30", "nan", "inf", "9" * 400)


def svg(body: str, root: str = 'viewBox="0 0 10 10"', before: str = "") -> str:
    return f"{before}<svg {root}>{body}</svg>"


def reading(target: str) -> Iterator[str]:
    """What would open a file, or something of the net."""
    for address in (
        target,
        f"file://{target}",
        f"../..{target}",
        "http://127.0.0.1:9/a.png",
        "data:image/png;base64,iVB",
    ):
        for name in ("href", "xlink:href"):
            yield svg(f'<image {name}="{address}" width="10" height="10"/>')
            yield svg(f'<use {name}="{address}#a"/>{DOT}')
            yield svg(f'<filter id="f"><feImage {name}="{address}"/></filter><g filter="url(#f)">{DOT}</g>')
        yield svg(f'<linearGradient id="g" href="{address}"/><g fill="url(#g)">{DOT}</g>')
        yield svg(f'<g fill="url({address}#g)">{DOT}</g>')
        yield svg(f'<style>@import url("{address}");</style>{DOT}')
        yield svg(f"<g style=\"fill:url('{address}#g')\">{DOT}</g>")
        yield svg(f'<g mask="url({address}#m)">{DOT}</g>')
        yield svg(f'<pattern id="p"><image href="{address}"/></pattern><g fill="url(#p)">{DOT}</g>')
        yield svg(f'<foreignObject><img src="{address}"/></foreignObject>{DOT}')
        yield svg("&file;", before=f'<!DOCTYPE svg [<!ENTITY file SYSTEM "{address}">]>')
        yield svg(DOT, before=f'<!DOCTYPE svg SYSTEM "{address}">')
        yield svg(f'<script href="{address}"/>{DOT}')
        yield svg(f'<a:image xmlns:a="http://www.w3.org/2000/svg" href="{address}"/>')
    yield svg(DOT, before=f'<?xml-stylesheet href="{target}"?>')
    yield svg(f'<g onload="alert(1)">{DOT}</g>')


def growing() -> Iterator[str]:
    """What becomes much more than it says."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    yield svg("<text>&l11;</text>", before=f'<!DOCTYPE svg [<!ENTITY l0 "lol">{lol}]>')
    for name in ("use", "clip", "gradient"):
        chain = [f'<g id="a0">{DOT}</g>']
        for n in range(1, 24):
            inner = {
                "use": f'<use href="#a{n - 1}"/>' * 4,
                "clip": f'<g clip-path="url(#a{n - 1})">{DOT}</g>' * 4,
                "gradient": f'<g fill="url(#a{n - 1})">{DOT}</g>' * 4,
            }[name]
            chain.append(
                f'<{"clipPath" if name == "clip" else "g"} id="a{n}">{inner}</{"clipPath" if name == "clip" else "g"}>'
            )
        yield svg("".join(chain))
    yield svg('<use id="a" href="#b"/><use id="b" href="#a"/>')
    yield svg('<g id="a"><use href="#a"/></g>')
    yield svg('<clipPath id="a" clip-path="url(#a)"><rect width="5" height="5"/></clipPath><g clip-path="url(#a)"/>')
    yield svg(
        '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/><g fill="url(#b)"><path d="M0 0h9v9"/></g>'
    )
    for name in ("g", "defs", "clipPath", "text", "title", "nothing"):
        yield svg(f"<{name}>" * 5000 + f"</{name}>" * 5000)
        yield svg(f"<{name}>" * 5000)
        yield svg(f"<{name}/>" * 15_000)
    yield svg(f'<g opacity=".5">{DOT}</g>' * 2400)
    yield svg('<rect width="10" height="10" stroke="red" opacity=".5"/>' * 4900)
    yield svg(f'<clipPath id="c">{DOT * 400}</clipPath>' + '<rect clip-path="url(#c)" width="9" height="9"/>' * 400)
    yield svg('<path d="M0 0' + "L9 9L0 1" * 12_000 + '" stroke="red" stroke-linejoin="round" stroke-dasharray=".1"/>')
    for dash in ("1e-9", "0.00001", "1e-4 1e-4", "0", "-1", "1e-400"):
        yield svg(f'<path d="M0 0L9 9" stroke="red" stroke-linecap="round" stroke-dasharray="{dash}"/>')
        yield svg(f'<g style="stroke-dasharray:{dash};stroke:red"><path d="M0 0L9 9"/></g>')
    yield svg(
        '<filter id="f"><feTurbulence numOctaves="1000000"/></filter><rect filter="url(#f)" width="9" height="9"/>'
    )
    yield svg(
        '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect filter="url(#f)" width="9" height="9"/>'
    )
    yield svg(f'<pattern id="p" width="1e-9" height="1e-9">{DOT}</pattern><rect fill="url(#p)" width="9" height="9"/>')
    yield svg('<animate attributeName="x" dur="1s" repeatCount="indefinite"/>')
    yield svg(f"<text>{'x' * 100_000}</text>")
    yield svg(" " * 190_000)
    yield svg("", 'viewBox="0 0 10 10" ' + " ".join(f'a{n}="1"' for n in range(15_000)))
    yield svg(f'<path d="{"m1e4 1e4" * 20_000}" stroke="red"/>')


def numbers() -> Iterator[str]:
    """Numbers that a drawer does not expect."""
    for huge in HUGE:
        yield svg(f'<circle cx="{huge}" cy="{huge}" r="{huge}" stroke="red" stroke-width="{huge}"/>')
        yield svg(
            f'<path d="M0 0L{huge} {huge}A{huge} 1 0 0 1 3 3C1 1 {huge} 2 0 0" stroke="red" stroke-width="{huge}"/>'
        )
        yield svg(f'<g transform="scale({huge})"><g transform="translate({huge})">{DOT}</g></g>')
        yield svg(DOT, f'viewBox="0 0 {huge} {huge}"')
        yield svg(DOT, f'width="{huge}" height="1"')
        yield svg(f'<path d="M0 0L9 1L0 1e-20" stroke="red" stroke-width="9" stroke-miterlimit="{huge}"/>')
        yield svg(f'<linearGradient id="g" x2="{huge}" gradientTransform="scale({huge})"/><g fill="url(#g)">{DOT}</g>')
        yield svg(f'<text font-size="{huge}" x="{huge}">a</text>')
    for small in ("0", "-1", "1e-9", "1e-40", "a b", ""):
        yield svg(DOT, f'viewBox="0 0 {small} {small}"')
        yield svg(f'<circle r="{small}" stroke-width="{small}" stroke="red"/>')
        yield svg(f'<g transform="scale({small})">{DOT}</g>')
    yield svg('<g transform="scale(9999)">' * 30 + DOT + "</g>" * 30)
    yield svg(f'<g transform="skewX(89.9999999999)">{DOT}</g>')
    yield svg(f'<g transform="matrix(1 2 3)">{DOT}</g><g transform="rotate()"/><g transform="){DOT}"/>')
    yield svg('<rect width="1e9%" height="1e9%" stroke-width="1000em"/>', 'viewBox="0 0 9999 9999"')


def forms() -> Iterator[str]:
    """What is no document, or two."""
    yield from (svg(DOT) * 2, svg(svg(DOT)), "<svg>", "</svg>", "</svg><svg>", "<svg></svg>", "<svg/></svg>", svg("<"))
    yield from (
        svg("\0"),
        svg("\ud800"),
        svg("<![CDATA[" + DOT),
        svg("&#0;"),
        svg("&nbsp;"),
        svg("<g a=1/>"),
        svg("<!--"),
    )
    yield from (svg(DOT, 'viewBox="0 0 9 9" viewBox="0 0 1 1"'), svg(DOT.upper()), svg("<path d='}{\\'/>"))
    yield from (f"<?xml version='1.0' encoding='{name}'?>{svg(DOT)}" for name in ("utf-16", "rot13", "x" * 9000))
