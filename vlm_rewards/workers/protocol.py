"""What the scoring process and its workers write to each other: a length, then JSON."""

import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

MAX_RESULT_BYTES = 1 << 20
# A result and the few words around it; a worker that announces more has lost its protocol to a reward.
MAX_MESSAGE_BYTES = MAX_RESULT_BYTES + 1024
#: The length of a message in bytes, which stands before it.
HEADER = struct.Struct(">I")
#: Set in the environment of a worker.
WORKER = "VLM_REWARDS_WORKER"


def in_worker() -> bool:
    """Whether this process is a worker, where a hard item is decided on the spot."""
    return WORKER in os.environ


def search_path() -> list[str]:
    """Where this process finds modules now; `''` is its folder, which `-P` keeps out of a worker's own path."""
    return [str(folder or Path.cwd()) for folder in sys.path]


def read_message(stream: BinaryIO) -> Any:
    """The next message of a pipe; None at its end."""
    head = stream.read(HEADER.size)
    if len(head) < HEADER.size:
        return None
    return json.loads(stream.read(HEADER.unpack(head)[0]))


def pack_message(message: Any) -> bytes:
    """One message as bytes. Raises TypeError or ValueError for what JSON cannot hold."""
    body = json.dumps(message).encode()
    return HEADER.pack(len(body)) + body


def write_message(stream: BinaryIO, message: Any) -> None:
    """Write one message. Raises as `pack_message`, before anything is written."""
    stream.write(pack_message(message))
    stream.flush()
