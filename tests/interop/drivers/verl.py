"""verl: the managers that it makes of its config load the exported files; both must say the same."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from omegaconf import OmegaConf
from verl import DataProto
from verl.trainer.ppo.reward import load_reward_manager
from verl.utils.ray_utils import get_event_loop

from tests.interop.driving import FOLDER, planted, tell
from vlm_rewards.export import prepare


class Letters:
    """A tokenizer: a token is a letter."""

    def decode(self, ids: torch.Tensor, *, skip_special_tokens: bool) -> str:
        return "".join(map(chr, ids.tolist()))


def manager(source: str, name: str, **module: Any) -> Any:
    function = {"path": None if module else str(FOLDER / "verl_rewards.py"), "name": "compute_score"}
    reward = {"custom_reward_function": function, "reward_manager": {"source": source, "name": name, **module}}
    return load_reward_manager(OmegaConf.create({"reward": reward}), Letters(), reward_router_address=None)


def main() -> None:
    rows = planted()
    answers = [list(map(ord, row.pop("completion"))) for row in rows]
    longest = max(map(len, answers)) + 3
    ids = torch.tensor([answer + [0] * (longest - len(answer)) for answer in answers])
    mask = torch.cat([torch.ones(len(rows), 4, dtype=torch.long), (ids != 0).long()], dim=1)
    held = [prepare(row, "verl") | {"extra_info": {"index": row["id"]}} for row in rows]
    columns = {name: [row[name] for row in held] for name in ("data_source", "reward_model", "extra_info")}
    objects = {name: np.array([*values, None], dtype=object)[:-1] for name, values in columns.items()}
    prompts = torch.ones(len(rows), 4, dtype=torch.long)
    data = DataProto.from_dict({"prompts": prompts, "responses": ids, "attention_mask": mask}, non_tensors=objects)

    async def told_by(made: Any) -> list[Any]:
        asked = (made.run_single(data[place : place + 1]) for place in range(len(data)))
        return await asyncio.gather(*asked, return_exceptions=True)

    loop = get_event_loop()  # a manager keeps it
    one = loop.run_until_complete(told_by(manager("register", "naive")))
    together = manager("importlib", "RewardsManager", module={"path": str(FOLDER / "verl_manager.py")})
    many = loop.run_until_complete(told_by(together))
    scored = [place for place, result in enumerate(one) if isinstance(result, dict)]
    for first, second in zip(one, many, strict=True):
        assert first == second or type(first) is type(second) is not dict, (first, second)
    assert len({tuple(one[place]["reward_extra_info"]) for place in scored}) == 1
    scores = type(together).assemble_rm_scores(data[scored], [many[place]["reward_score"] for place in scored])
    kept = dict(zip(scored, scores.sum(dim=1).tolist(), strict=True))
    tell(version("verl"), [kept.get(place, type(result).__name__) for place, result in enumerate(one)])


if __name__ == "__main__":
    main()
