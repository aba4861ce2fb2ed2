"""What a model sees of a loaded picture is what the stock image processors make of its file, pixel by pixel."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vlm_rewards_trl.data.dataset import load
from vlm_rewards_trl.recipe.recipe import Recipe

PROCESSORS = {
    "qwen2_vl": "Qwen2VL",
    "got_ocr2": "GotOcr2",  # of InternVL
    "siglip": "Siglip",  # of PaliGemma
    "gemma3": "Gemma3",
    "llava_next": "LlavaNext",
    "idefics3": "Idefics3",
}

NOISE = Image.effect_noise((60, 40), 80)


def fading(mode: str) -> Image.Image:
    made = NOISE.convert("RGBA")
    made.putalpha(Image.linear_gradient("L").resize(NOISE.size))
    return made.convert(mode)


#: Name of a file: the picture, and what it is saved with.
FILES: dict[str, tuple[Image.Image, dict[str, Any]]] = {
    "rgb.png": (NOISE.convert("RGB"), {}),
    "grey.png": (NOISE, {}),
    "bits.png": (NOISE.convert("1"), {}),
    "palette.png": (NOISE.convert("P"), {}),
    "cmyk.jpg": (NOISE.convert("CMYK"), {}),
    "fading.png": (fading("RGBA"), {}),
    "fading_grey.png": (fading("LA"), {}),
    "fading.webp": (fading("RGBA"), {"lossless": True}),
    "clear_palette.png": (NOISE.convert("P"), {"transparency": 7}),
    "clear_grey.png": (NOISE, {"transparency": 128}),
    "clear_colour.png": (NOISE.convert("RGB"), {"transparency": (128, 128, 128)}),
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Image.Image, Image.Image]]:
    """Of every file, what Pillow opens and what the loader gives."""
    folder = tmp_path_factory.mktemp("pictures")
    for name, (picture, options) in FILES.items():
        picture.save(folder / name, **options)
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps({"problem": "?", "image": name}) + "\n" for name in FILES))
    dataset = {"path": "json", "data_files": str(rows)}
    loaded = load(Recipe.read({"model": "m", "dataset": dataset, "output_dir": "o"}))
    return {name: (Image.open(folder / name), row["image"]) for name, row in zip(FILES, loaded, strict=True)}


@pytest.fixture(scope="module")
def processor_of() -> Callable[[str], Any]:
    made: dict[str, Any] = {}

    def processor(family: str) -> Any:
        if family not in made:
            module = importlib.import_module(f"transformers.models.{family}.image_processing_pil_{family}")
            made[family] = getattr(module, f"{PROCESSORS[family]}ImageProcessorPil")()
        return made[family]

    return processor


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("family", PROCESSORS)
def test_a_loaded_picture_is_to_a_stock_processor_what_its_file_is(
    family: str, name: str, pictures: dict[str, tuple[Image.Image, Image.Image]], processor_of: Callable[[str], Any]
) -> None:
    stored, given = pictures[name]
    expected, seen = (
        np.asarray(processor_of(family)(images=[picture], return_tensors="np")["pixel_values"])
        for picture in (stored, given)
    )
    assert given.mode == "RGB"
    assert expected.std() > 0
    np.testing.assert_array_equal(seen, expected)
