"""A model that a server holds, as `vlm-rewards-models` starts one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

from vlm_rewards_models.items import Item

__all__ = ["Remote", "address_of"]


def address_of(server: str) -> tuple[str, int]:
    """Host and port of `http://host:port`. Raises ValueError for anything else."""
    held = urlsplit(server)
    if held.scheme != "http" or not held.hostname or not held.port or held.path.strip("/"):
        raise ValueError(f"`server` is {server!r}; write it as http://127.0.0.1:8100")
    return held.hostname, held.port


class Remote:
    """Asks a server. Raises OSError where it does not answer, ValueError where it holds another kind of model.

    Args:
        server: Its address, as `http://host:port`.
        kind: What its model must be for.
        seconds: How long an answer may take.
    """

    def __init__(self, server: str, kind: str, *, seconds: float) -> None:
        self.address, self.seconds = address_of(server), seconds
        held = self._asked("GET", None)["kind"]
        if held != kind:
            raise ValueError(f"the server at {server} holds a model for models/{held}, not for models/{kind}")

    def scores(self, items: Sequence[Item]) -> list[float]:
        """A number for each answer."""
        found = self._asked("POST", {"items": [item.as_json() for item in items]})["scores"]
        return [float(score) for score in found]

    def _asked(self, method: str, held: Any) -> Any:
        connection = HTTPConnection(*self.address, timeout=self.seconds)
        try:
            connection.request(method, "/", None if held is None else json.dumps(held).encode())
            response = connection.getresponse()
            told = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise OSError(f"the server says {response.status}: {told[:200].decode(errors='replace')}")
        return json.loads(told)
