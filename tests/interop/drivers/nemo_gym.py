"""NeMo Gym: the web server of the exported file answers requests at `/verify`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any
from unittest.mock import MagicMock

from fastapi.testclient import TestClient
from nemo_gym.base_resources_server import BaseResourcesServerConfig
from nemo_gym.server_utils import ServerClient

from tests.interop.driving import drive, load


def response(text: str) -> dict[str, Any]:
    """A response of OpenAI's kind with one message."""
    part = {"type": "output_text", "text": text, "annotations": []}
    message = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    fixed = {"id": "r", "created_at": 0.0, "model": "planned", "object": "response", "parallel_tool_calls": False}
    return {**fixed, "tool_choice": "none", "tools": [], "output": [message]}


def main() -> None:
    config = BaseResourcesServerConfig(
        host="localhost", port=8080, entrypoint="app.py", name="vlm_rewards", domain="other"
    )
    server = load("app.py", "RewardsServer")(config=config, server_client=MagicMock(spec=ServerClient))
    client = TestClient(server.setup_webserver())

    def ask(row: dict[str, Any]) -> Any:
        said, asked = response(row.pop("completion")), {"input": row["prompt"]}
        answer = client.post("/verify", json={**row, "responses_create_params": asked, "response": said})
        answer.raise_for_status()
        told = answer.json()
        assert told["reward_components"].keys() == {"answer", "form", "box", "judge"}
        assert told["box_counted"] == (row["kind"] == "box")
        if told["mask_sample"]:
            assert told["failure_reason"].startswith("term '"), told
            return None
        return told["reward"]

    drive(version("nemo-gym"), ask)


if __name__ == "__main__":
    main()
