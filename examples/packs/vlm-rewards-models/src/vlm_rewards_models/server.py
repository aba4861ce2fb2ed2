"""A server that holds one model: for rewards that may not use a GPU, or for several machines that share one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, get_args

from vlm_rewards_models.engines import ENGINES, QUESTION, Device, Dtype, Engine
from vlm_rewards_models.items import Item

__all__ = ["main", "server"]

MOST_BYTES = 1 << 29


def server(kind: str, engine: Engine, host: str = "127.0.0.1", port: int = 0) -> ThreadingHTTPServer:
    """A server that is not started yet; port 0 is a free one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.say(200, {"kind": kind})

        def do_POST(self) -> None:
            try:
                length = int(self.headers["Content-Length"])
                held = json.loads(self.rfile.read(min(length, MOST_BYTES)))["items"]
                self.say(200, {"scores": engine.scores([Item.from_json(item) for item in held])})
            except Exception as error:  # noqa: BLE001 - whatever it is, the next request is answered
                self.say(500, f"{type(error).__name__}: {error}")

        def say(self, status: int, held: object) -> None:
            data = json.dumps(held).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Say nothing of each request."""

    return ThreadingHTTPServer((host, port), Handler)


def main(arguments: Sequence[str] | None = None) -> None:
    """Hold a model until the process ends."""
    parser = argparse.ArgumentParser(prog="vlm-rewards-models", description=__doc__)
    parser.add_argument("kind", choices=sorted(ENGINES))
    parser.add_argument("model", help="a name of the hub, or a folder")
    parser.add_argument("--revision")
    parser.add_argument("--device", choices=get_args(Device), default="auto")
    parser.add_argument("--dtype", choices=get_args(Dtype), default="auto")
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8100)
    options = vars(parser.parse_args(arguments))
    kind, model, host, port = (options.pop(name) for name in ("kind", "model", "host", "port"))
    with server(kind, ENGINES[kind](model, **options), host, port) as held:
        print(f"models/{kind} of {model} at http://{host}:{held.server_port}", flush=True)
        held.serve_forever()
