"""`vlm-rewards schema`: the JSON Schema of the rewards file, for editors."""

import json

import click

from vlm_rewards.config.schema import RewardsConfig

#: The dialect that pydantic writes.
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command()
def command() -> None:
    """Print the JSON Schema of the rewards file.

    Save it as rewards.schema.json, and begin a rewards file with
    `# yaml-language-server: $schema=rewards.schema.json`.
    """
    schema = {"$schema": DIALECT, **RewardsConfig.model_json_schema(), "title": "vlm-rewards: rewards file"}
    click.echo(json.dumps(schema, indent=2))
