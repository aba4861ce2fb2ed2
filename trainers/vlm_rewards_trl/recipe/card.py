"""The model card that TRL writes, as one of a vision-language model: its base, and a quick start with a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["with_picture"]

_START, _END = "## Quick start\n", "## Training procedure\n"
_NO_BASE = "[None](https://huggingface.co/None)"

_QUICK = """\

```python
from transformers import pipeline

generator = pipeline("image-text-to-text", model={name}, device_map="auto")
messages = [
{system}    {{
        "role": "user",
        "content": [{{"type": "image", "url": "picture.png"}}, {{"type": "text", "text": "What is in the picture?"}}],
    }},
]
output = generator(text=messages, max_new_tokens=128, return_full_text=False)[0]
print(output["generated_text"])
```

"""
_SYSTEM = '    {{"role": "system", "content": [{{"type": "text", "text": {text}}}]}},\n'


def with_picture(text: str, recipe: Mapping[str, Any], folder: Path) -> str:
    """A card with the recipe's base where TRL knows none, and a picture in its quick start."""
    text = text.replace(_NO_BASE, f"`{recipe.get('model')}`")
    before, start, rest = text.partition(_START)
    _, end, after = rest.partition(_END)
    if not end:
        return text
    system = recipe.get("dataset", {}).get("system")
    name = recipe.get("training", {}).get("hub_model_id") or folder.as_posix()
    quick = _QUICK.format(name=json.dumps(name), system=_SYSTEM.format(text=json.dumps(system)) if system else "")
    return f"{before}{start}{quick}{end}{after}"
