"""Pictures out of texts and numbers, in RGB as their authors see them; and what is refused before it is read."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

import vlm_rewards as vr
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.images import images_of
from vlm_rewards.types.pixels import in_rgb


def picture(width: int = 6, height: int = 4) -> Image.Image:
    return Image.new("RGB", (width, height), (10, 20, 30))


def encoded(width: int = 6, height: int = 4) -> bytes:
    buffer = io.BytesIO()
    picture(width, height).save(buffer, format="PNG")
    return buffer.getvalue()


class TestTexts:
    @pytest.mark.parametrize("form", ["plain", "wrapped", "urlsafe", "unpadded", "address", "struct", "bytes_as_text"])
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
    def test_base64_is_the_picture_that_it_holds(self, kind: str, form: str) -> None:
        file = io.BytesIO()
        picture(7, 5).save(file, kind)
        text = base64.b64encode(file.getvalue()).decode()
        sources: dict[str, Any] = {
            "plain": text,
            "wrapped": "\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\n",
            "urlsafe": text.replace("+", "-").replace("/", "_"),
            "unpadded": text.rstrip("="),
            "address": f"data:image/{kind.lower()};base64,{text}",
            "struct": {"path": text},
            "bytes_as_text": {"bytes": text, "path": "gone.png"},
        }
        ref = vr.ImageRef(sources[form])
        assert ref.size == (7, 5)
        assert ref.open().tobytes() == vr.ImageRef(file.getvalue()).open().tobytes()
        assert ref.path is None

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("data:image/png,%89PNG", "is not in base64; write `data:image/png;base64,...`, or a path."),
            ("data:image/png;base64", "is not in base64"),
            (base64.b64encode(encoded()).decode()[:40] + "!!", "is damaged base64: "),
            (base64.b64encode(encoded()).decode()[:40], "cannot be"),
            ("data:image/svg+xml;base64,PHN2Zz4=", "cannot be read: UnidentifiedImageError"),
            ("x" * 9000, "File name too long"),
        ],
    )
    def test_a_text_that_is_no_picture_is_a_short_error(self, text: str, message: str) -> None:
        with pytest.raises(ColumnError) as caught:
            vr.ImageRef(text).open()
        assert message in str(caught.value)
        assert len(str(caught.value)) < 500

    def test_a_text_beyond_the_cap_is_not_decoded(self) -> None:
        text = "iVBORw0KGgoAAAANSUhEUgAA" + "A" * (96 << 20)
        with pytest.raises(ColumnError, match="has over 64 MiB; write it to a file and give the path"):
            vr.ImageRef(text).open()

    @pytest.mark.parametrize("name", ["9j", "iVBORw0KGgoAAAANSUhEUgAA.png", "R0lGODlh", "Qk1", "data/a"])
    def test_a_path_that_looks_like_one_is_a_path(self, tmp_path: Path, name: str) -> None:
        (tmp_path / "data").mkdir()
        picture().save(tmp_path / name, "PNG")
        assert vr.ImageRef(name, base=tmp_path).size == (6, 4)

    def test_an_address_of_a_file_is_its_path_and_one_of_the_net_is_not_opened(self, tmp_path: Path) -> None:
        picture().save(tmp_path / "a.png")
        assert vr.ImageRef(f"file://{tmp_path}/a.png", base=Path("elsewhere")).open().size == (6, 4)
        with pytest.raises(ColumnError, match=r"'https://x\.example/a\.png' is an address of the net; save it"):
            vr.ImageRef({"path": "https://x.example/a.png"}).open()


class TestNumbers:
    @pytest.mark.parametrize("as_lists", [False, True])
    @pytest.mark.parametrize(("colours", "mode"), [((), "L"), ((1,), "L"), ((3,), "RGB"), ((4,), "RGBA")])
    def test_pixels_are_a_picture(self, colours: tuple[int, ...], mode: str, *, as_lists: bool) -> None:
        pixels = np.random.default_rng(0).integers(0, 256, (4, 6, *colours), dtype=np.uint8)
        source = pixels.tolist() if as_lists else pixels
        (ref,) = images_of(source)
        assert (ref.size, ref.open().mode) == ((6, 4), mode)
        assert (np.asarray(ref.open()) == pixels.reshape(np.asarray(ref.open()).shape)).all()
        if colours:
            assert [one.size for one in images_of([source, source])] == [(6, 4), (6, 4)]

    def test_floats_and_truths_are_pixels_too(self) -> None:
        assert vr.ImageRef([[0.0, 0.5, 1.0]]).open().tobytes() == bytes([0, 128, 255])
        assert vr.ImageRef([[False, True]]).open().tobytes() == bytes([0, 255])
        assert vr.ImageRef({"bytes": None, "path": np.array([[3, 7]])}).open().tobytes() == bytes([3, 7])

    @pytest.mark.parametrize(
        ("source", "message"),
        [
            (np.zeros((3, 40, 50)), "has the shape (3, 40, 50) and the type float64; give numbers of shape"),
            (np.zeros((2, 40, 50, 3)), "has the shape (2, 40, 50, 3)"),
            (np.zeros((0, 5)), "has the shape (0, 5)"),
            (np.array([["a", "b"]]), "and the type <U1"),
            ([[1, 2], [3]], "[[1, 2], [3]] is not a rectangle of numbers"),
            (np.zeros(3), "has the shape (3,)"),
            (np.broadcast_to(np.uint8(0), (10_000, 10_000)), "of 10000 x 10000 pixels is too large to be decoded"),
        ],
    )
    def test_numbers_of_another_shape_are_an_error(self, source: object, message: str) -> None:
        with pytest.raises(ColumnError) as caught:
            vr.ImageRef(source).open()
        assert message in str(caught.value)


class TestHarm:
    @pytest.mark.parametrize("ask", ["size", "open"])
    def test_a_pipe_is_refused_without_a_wait_for_its_writer(self, tmp_path: Path, ask: str) -> None:
        os.mkfifo(tmp_path / "pipe.png")
        for ref in (vr.ImageRef("pipe.png", base=tmp_path), vr.ImageRef({"path": "pipe.png"}, base=tmp_path)):
            with pytest.raises(ColumnError, match=r"pipe\.png cannot be read: it is a folder, a pipe or a device"):
                _ = ref.size if ask == "size" else ref.open()

    def test_a_device_is_refused(self) -> None:
        with pytest.raises(ColumnError, match="/dev/zero cannot be read: it is a folder, a pipe or a device"):
            vr.ImageRef("/dev/zero").open()

    @pytest.mark.filterwarnings("ignore:Image size:PIL.Image.DecompressionBombWarning")
    def test_a_small_file_of_a_huge_picture_is_measured_and_not_decoded(self, tmp_path: Path) -> None:
        Image.new("1", (13_000, 13_000)).save(tmp_path / "bomb.png")
        assert (tmp_path / "bomb.png").stat().st_size < 100_000
        ref = vr.ImageRef(tmp_path / "bomb.png")
        assert ref.size == (13_000, 13_000)
        with pytest.raises(ColumnError, match=r"bomb\.png of 13000 x 13000 pixels is too large .* over 89,478,485 pix"):
            ref.open()

    def test_the_cap_is_pillows_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 12)
        monkeypatch.setattr(Image, "warnings", SimpleNamespace(warn=lambda *_: None))
        assert vr.ImageRef(encoded(4, 3)).open().size == (4, 3)
        with pytest.raises(ColumnError, match="of 5 x 3 pixels is too large"):
            vr.ImageRef(encoded(5, 3)).open()


class TestTransparency:
    @pytest.mark.parametrize("mode", ["RGBA", "LA", "PA", "La", "RGBa"])
    def test_black_lines_on_nothing_are_black_on_white(self, mode: str) -> None:
        drawn = Image.new("LA", (20, 20), (0, 0))
        ImageDraw.Draw(drawn).line((0, 0, 19, 19), fill=(0, 255))
        made = (drawn.convert("RGBA") if mode == "RGBa" else drawn).convert(mode)
        if mode == "PA":  # Pillow's own conversion forgets what is transparent
            made.putalpha(drawn.getchannel("A"))
        seen = in_rgb(made)
        assert seen.getpixel((5, 5)) == (0, 0, 0)
        assert seen.getpixel((5, 9)) == (255, 255, 255)

    def test_half_a_colour_is_mixed_with_white(self) -> None:
        assert in_rgb(Image.new("RGBA", (1, 1), (255, 0, 0, 51))).getpixel((0, 0)) == (255, 204, 204)

    def test_opaque_pictures_are_what_pillow_makes_of_them(self) -> None:
        noise = Image.effect_noise((30, 20), 90)
        for mode in ("1", "L", "P", "RGB", "CMYK", "YCbCr", "HSV"):
            opaque = noise.convert("RGB").convert(mode)
            assert in_rgb(opaque).tobytes() == opaque.convert("RGB").tobytes()


def shades(values: np.ndarray[Any, Any]) -> list[int]:
    seen = in_rgb(Image.fromarray(values))
    assert seen.mode == "RGB"
    return [red for red, _, _ in np.asarray(seen)[0].tolist()]


class TestDepth:
    @pytest.mark.parametrize("kind", [np.uint16, np.int32, ">u2"])
    def test_sixteen_bits_keep_their_shades(self, kind: Any) -> None:
        values = np.array([[0, 257, 0x8000, 0xFF00, 0xFFFF]]).astype(kind)
        assert shades(values) == [0, 1, 128, 254, 255]

    def test_twelve_bits_in_sixteen_keep_theirs(self) -> None:
        assert shades(np.array([[0, 1024, 4095]], np.uint16)) == [0, 64, 255]

    def test_eight_bits_in_more_are_what_they_were(self) -> None:
        for kind in (np.uint16, np.int32, np.float32):
            assert shades(np.array([[0, 7, 200, 255]], kind)) == [0, 7, 200, 255]

    def test_floats_from_0_to_1_are_not_all_black(self) -> None:
        assert shades(np.array([[0, 0.25, 0.5, 1]], np.float32)) == [0, 64, 128, 255]
        assert shades(np.array([[0, 0.25, 0.5]], np.float32)) == [0, 64, 128]

    def test_anything_else_is_scaled_from_its_least_to_its_greatest(self) -> None:
        assert shades(np.array([[0, 5.1, 12.75]], np.float32)) == [0, 102, 255]
        assert shades(np.array([[-1000, 0, 1000]], np.int32)) == [0, 128, 255]
        assert shades(np.array([[0, 1 << 30, (1 << 31) - 1]], np.int32)) == [0, 128, 255]

    def test_what_is_no_number_is_the_least_and_the_endless_an_end(self) -> None:
        assert shades(np.array([[np.nan, -np.inf, 0.5, 1, np.inf]], np.float32)) == [128, 128, 128, 255, 255]
        assert shades(np.array([[np.nan, np.nan]], np.float32)) == [0, 0]

    def test_one_shade_stays_one(self) -> None:
        assert shades(np.array([[0.3]], np.float32)) == [76]
        assert shades(np.array([[-5]], np.int32)) == [0]

    def test_a_transparent_shade_is_white(self) -> None:
        grey = Image.fromarray(np.array([[0, 500, 65535]], np.uint16))
        file = io.BytesIO()
        grey.save(file, "PNG", transparency=0)
        seen = in_rgb(Image.open(io.BytesIO(file.getvalue())))
        assert np.asarray(seen)[0, :, 0].tolist() == [255, 2, 255]
