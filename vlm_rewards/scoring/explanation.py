"""Why one row has its total: what each term read and said, what that counts, and the arithmetic of it all."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from textwrap import wrap

from vlm_rewards.errors import ColumnError
from vlm_rewards.scoring.combine import Node, Part, parts_of
from vlm_rewards.scoring.term import Term
from vlm_rewards.text.messages import printable, show
from vlm_rewards.types.batch import Batch
from vlm_rewards.types.output import RewardOutput
from vlm_rewards.types.results import ScoredBatch


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a row has its total. Print it, or leave it to a notebook, which shows the images too."""

    batch: Batch  # the rows that were scored together, as rewards saw them
    row: int  # which of them this is about
    scored: ScoredBatch
    terms: Sequence[Term]  # in the order of the rewards file
    combine: Node

    def __str__(self) -> str:
        text = "".join(f"»{piece}«" if is_read else piece for piece, is_read in self.pieces(most=400))
        return "\n".join([self.told, *map(printable, text.split("\n"))])

    def _repr_html_(self) -> str:
        # The report stands above the Scorer and draws images; it is asked when somebody looks.
        return str(import_module("vlm_rewards.report.page").html_of(self))

    @property
    def outputs(self) -> dict[str, RewardOutput]:
        """The outcome of each term that is used for the row."""
        found = {term.name: self.scored.output(self.row, term.name) for term in self.terms}
        return {name: output for name, output in found.items() if output is not None}

    @property
    def told(self) -> str:
        """The arithmetic of the total, and what became of each term, step after step."""
        total, parts = self.scored.totals[self.row], parts_of(self.scored.terms, self.row)
        lines = ["no total" if total is None else f"total = {_formula(self.combine, parts)} = {total:.4g}", ""]
        for term in self.terms:
            lines.append(f"{term.name} ({term.full_name})")
            for label, text in self._steps(term):
                lines += wrap(text, 80, initial_indent=f"  {label:9}", subsequent_indent=" " * 11)
            lines.append("")
        return "\n".join(lines)

    def _steps(self, term: Term) -> Iterator[tuple[str, str]]:
        columns, output = self.batch.columns, self.outputs.get(term.name)
        if (when := term.when) is not None:
            asks = f"{when.column} {'not in' if when.negated else 'in'} {show(list(when.values))}"
            yield "route", f"{asks}, and the row has {show(columns[when.column][self.row])}"
        if output is None:
            return
        if (gate := term.gate) is not None:
            bounds = f"[{gate.at_least:g}, {gate.at_most:g}]"
            yield "gate", f"{bounds} opens it, and '{gate.term}' is {self._score(gate.term)}"
        read = [reader.column for reader in term.columns if reader is not None and reader.column in columns]
        yield "columns", _listed(read, [columns[name][self.row] for name in read])
        if any(column.name == "images" for column in term.info.columns):
            yield "images", ", ".join(self._sizes(term))
        yield "params", _listed(term.params, term.params.values())
        yield "read", _listed(output.details, output.details.values())
        yield "score", self._score(term.name) + (f": {output.reason}" if output.reason else "")
        value, weight = self.scored.terms[term.name].values[self.row], self.scored.terms[term.name].weight
        yield "counts", f"{'nothing' if value is None else f'{value:.4g}'}, with weight {weight:g}"
        if value != output.score:
            policies = ("clip", "normalize", "on_abstain", "on_error")
            yield "by", _listed(policies, [getattr(term, name) for name in policies])

    def _score(self, name: str) -> str:
        output = self.outputs.get(name)
        return "not used" if output is None else output.status if output.score is None else f"{output.score:.4g}"

    def _sizes(self, term: Term) -> Iterator[str]:
        frame = self.batch.context.frame
        with contextlib.suppress(ColumnError, ValueError):  # an image that cannot be read is in the reason
            for size in (image.size for image in self.batch.images_from(term.images)[self.row]):
                seen = "" if frame is None else ", seen by the model as {}x{}".format(*frame.resized(size))
                yield f"{size[0]}x{size[1]} pixels{seen}"

    def pieces(self, *, most: int) -> Iterator[tuple[str, bool]]:
        """The completion piece by piece, and whether a term read its answer there; long ones without their middle."""
        completion, end = self.batch.completions[self.row], 0
        text, shift = completion.text, max(completion.text.rfind(completion.response), 0)
        places = [output.details.get("at") for output in self.outputs.values()]
        spans = sorted(at for at in places if isinstance(at, list) and [*map(type, at)] == [int, int])
        for start, stop in [*spans, [len(text), len(text)]]:
            first, last = max(start + shift, end), min(stop + shift, len(text))
            if between := text[end:first]:
                yield between if len(between) <= most else f"{between[: most // 2]} [..] {between[-most // 2 :]}", False
            if first < last:
                yield text[first:last], True
            end = max(first, last)


def _listed(names: Iterable[str], values: Iterable[object]) -> str:
    return ", ".join(f"{printable(name)} {show(value)}" for name, value in zip(names, values, strict=True))


def _formula(node: Node, parts: Mapping[str, Part]) -> str:
    told = [f"{name} {part[0]:.4g} × {part[1]:g}" for name, part in parts.items() if name in node.children]
    told += [f"{_formula(child, parts)} × {child.weight:g}" for child in node.children if isinstance(child, Node)]
    clip = "" if node.clip is None else f" clipped to {node.clip[0]:g}..{node.clip[1]:g}"
    return (" + ".join(told) if node.op == "sum" else f"{node.op}({', '.join(told)})") + clip
