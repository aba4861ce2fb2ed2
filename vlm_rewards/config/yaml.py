"""YAML within bounds: how deep it nests, how much its aliases stand for, and values that Python refuses."""

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.constructor import ConstructorError, RoundTripConstructor
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.scanner import RoundTripScanner, ScannerError

from vlm_rewards.text.messages import explain

MAX_DEPTH = 64
MAX_VALUES = 100_000
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


class _Scanner(RoundTripScanner):
    def fetch_flow_collection_start(self, *given: Any, **named: Any) -> None:
        """Open a bracket; the scanner runs ahead of the composer, and takes the square of open brackets in time."""
        if len(self.flow_context) >= MAX_DEPTH:
            raise ScannerError(None, None, _TOO_DEEP, self.reader.get_mark())
        super().fetch_flow_collection_start(*given, **named)


class _Composer(Composer):
    """Counts the values of a document, those behind an alias each time that it stands for them."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.level = self.values = 0
        self.counts: dict[int, int] = {}  # values by node; a node that is not finished is not there

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next node. Raises ComposerError, with its place, where it goes beyond a bound."""
        event, before = self.parser.peek_event(), self.values
        self.level += 1
        if self.level > MAX_DEPTH:
            raise ComposerError(None, None, _TOO_DEEP, event.start_mark)
        node = super().compose_node(parent, index)
        self.level -= 1
        if isinstance(event, AliasEvent) and id(node) not in self.counts:
            raise ComposerError(None, None, f"the alias '{event.anchor}' stands inside itself", event.start_mark)
        self.values += self.counts.get(id(node), 1)
        if self.values > MAX_VALUES:
            raise ComposerError(None, None, f"more than {MAX_VALUES} values, aliases resolved", event.start_mark)
        self.counts[id(node)] = self.values - before
        return node


class _Constructor(RoundTripConstructor):
    def construct_object(self, node: Any, deep: bool = False) -> Any:  # noqa: FBT001, FBT002 - as ruamel calls it
        """The value of a node. Raises ConstructorError, with its place, where Python has none (10,000 digits)."""
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise ConstructorError(None, None, explain(error), node.start_mark) from error


def load_yaml(text: str) -> Any:
    """The tree of a YAML text, whose nodes know their places. Raises ruamel's YAMLError."""
    yaml = YAML(typ="rt")
    yaml.Scanner, yaml.Composer, yaml.Constructor = _Scanner, _Composer, _Constructor
    return yaml.load(text)
