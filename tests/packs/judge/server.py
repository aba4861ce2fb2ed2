"""A scripted endpoint: an honest judge by rule, as a process of its own for samples and in this one for faults."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

Asked = dict[str, Any]


class Reply(NamedTuple):
    """What is sent back, as it is."""

    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    cut: bool = False  # whether the connection ends in the middle


Script = Callable[[Asked], Reply]


def says(text: object, **more: Any) -> Reply:
    """A chat completion with a text."""
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": "stop", **more}
    usage = {"prompt_tokens": 100, "completion_tokens": 10}
    return Reply(json.dumps({"choices": [choice], "usage": usage}).encode())


def texts_of(asked: Asked) -> tuple[str, str]:
    """The rules, and the text of the user's turn."""
    rules, user = (turn["content"] for turn in asked["messages"])
    return rules, user if isinstance(user, str) else "".join(part.get("text", "") for part in user)


def id_of(asked: Asked) -> str:
    """What the verdict must carry."""
    return str(texts_of(asked)[0].partition("BEGIN ")[2].partition("`")[0])


def part(asked: Asked, name: str) -> str:
    """One fenced text."""
    text, mark = texts_of(asked)[1], id_of(asked)
    return text.partition(f"{name}:\nBEGIN {mark}\n")[2].partition(f"\nEND {mark}")[0]


def verdict(asked: Asked, *choices: str, **more: object) -> str:
    """An exact verdict."""
    points = [{"reason": "It is so, by the rule.", "choice": choice} for choice in choices]
    return json.dumps({"id": id_of(asked), "points": points, **more})


def honest(asked: Asked) -> Reply:
    """The last choice where the answer holds the reference, or `good` where there is none; else the first."""
    rules, wanted = texts_of(asked)[0], part(asked, "REFERENCE") or "good"
    is_right = wanted in part(asked, "ANSWER")
    lists = [line.partition(" Choices: ")[2].rstrip(".").split(", ") for line in rules.split("\n")]
    return says(verdict(asked, *(one[-is_right].strip("'") for one in lists if len(one) > 1)))


class Server:
    """What was asked, and the address."""

    def __init__(self, script: Script) -> None:
        self.script, self.asked, self.headers = script, list[Asked](), list[dict[str, str]]()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append(asked)
                outer.headers.append({name.lower(): value for name, value in self.headers.items()})
                reply = outer.script(asked)
                time.sleep(reply.seconds)
                head = [f"HTTP/1.1 {reply.status} X", f"Content-Length: {len(reply.body)}"]
                head += [f"{name}: {value}" for name, value in reply.headers]
                sent = ("\r\n".join(head) + "\r\n\r\n").encode() + reply.body
                self.wfile.write(sent[: len(sent) - len(reply.body) // 2] if reply.cut else sent)
                self.close_connection |= reply.cut

            def log_message(self, *_: object) -> None:
                pass

        class Listener(ThreadingHTTPServer):
            request_queue_size = 512  # as many as ask at a time; beyond the queue connections are reset

        self.http = Listener(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}/v1"


@contextmanager
def scripted(script: Script = honest) -> Iterator[Server]:
    """A server in this process."""
    server = Server(script)
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        thread.join()
        server.http.server_close()


@functools.cache
def honest_address() -> str:
    """The address of an honest judge in a process of its own, which ends with this one."""
    process = subprocess.Popen([sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    atexit.register(process.communicate)  # which closes its input
    return address


def _main() -> None:
    server = Server(honest)
    threading.Thread(target=server.http.serve_forever, daemon=True).start()
    print(server.address, flush=True)
    sys.stdin.read()  # until whoever started it is gone


if __name__ == "__main__":
    _main()
