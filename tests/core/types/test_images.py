"""Pictures by reference: read late, from whatever a dataset holds; and the size at which a model saw them."""

from __future__ import annotations

import contextlib
import copy
import importlib
import io
import pickle
from pathlib import Path
from typing import Any

import datasets
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import vlm_rewards as vr
from vlm_rewards.errors import ColumnError
from vlm_rewards.types.images import images_of

PIL_Image = pytest.importorskip("PIL.Image")


def picture(width: int = 6, height: int = 4) -> Any:
    return PIL_Image.new("RGB", (width, height), (10, 20, 30))


def encoded(width: int = 6, height: int = 4) -> bytes:
    buffer = io.BytesIO()
    picture(width, height).save(buffer, format="PNG")
    return buffer.getvalue()


class TestImageRef:
    def test_a_pil_image_is_taken_as_it_is(self) -> None:
        source = picture()
        ref = vr.ImageRef(source)
        assert ref.size == (6, 4)
        assert ref.open() is source

    def test_a_path_is_read_when_asked(self, tmp_path: Path) -> None:
        path = tmp_path / "p.png"
        ref = vr.ImageRef(str(path))
        path.write_bytes(encoded())
        assert ref.size == (6, 4)
        assert ref.open().getpixel((0, 0)) == (10, 20, 30)

    def test_a_relative_path_starts_from_the_base(self, tmp_path: Path) -> None:
        (tmp_path / "pictures").mkdir()
        (tmp_path / "pictures" / "p.png").write_bytes(encoded())
        assert vr.ImageRef(Path("pictures/p.png"), base=tmp_path).size == (6, 4)

    def test_bytes_are_decoded(self) -> None:
        assert vr.ImageRef(encoded(9, 3)).size == (9, 3)

    def test_a_datasets_struct_gives_its_bytes_or_else_its_path(self, tmp_path: Path) -> None:
        (tmp_path / "p.png").write_bytes(encoded(5, 5))
        assert vr.ImageRef({"bytes": encoded(), "path": "gone.png"}).size == (6, 4)
        assert vr.ImageRef({"bytes": None, "path": "p.png"}, base=tmp_path).size == (5, 5)

    def test_the_size_of_a_file_is_known_from_its_header(self) -> None:
        head = encoded(300, 200)[:60]
        assert vr.ImageRef(head).size == (300, 200)

    @pytest.mark.parametrize("ask", ["size", "open"])
    @pytest.mark.parametrize(
        ("source", "message"),
        [
            ("gone.png", "gone.png does not exist; check the path, or the folder it is relative to."),
            ({"bytes": None, "path": "gone.png"}, "gone.png does not exist"),
            (b"no picture", "cannot be read: UnidentifiedImageError"),
            (".", "cannot be read: it is a folder, a pipe or a device, and no file."),
            ("a\0b", "a\\x00b does not exist"),
            (17, "17 is not an image; give a PIL image, a path, bytes or a datasets image."),
            ({}, "{} is not an image"),
            (None, "None is not an image"),
        ],
    )
    def test_what_cannot_be_read_is_a_column_error(
        self, tmp_path: Path, source: object, message: str, ask: str
    ) -> None:
        ref = vr.ImageRef(source, base=tmp_path)
        with pytest.raises(ColumnError) as caught:
            _ = ref.size if ask == "size" else ref.open()
        assert message in str(caught.value)

    @given(st.data())
    def test_a_corrupt_picture_is_a_column_error_or_a_picture(self, data: st.DataObject) -> None:
        content = bytearray(encoded(20, 20))
        for _ in range(data.draw(st.integers(1, 4))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        content = content[: data.draw(st.integers(0, len(content)))]
        with contextlib.suppress(ColumnError):
            vr.ImageRef(bytes(content)).open()

    def test_a_truncated_picture_says_so(self) -> None:
        with pytest.raises(ColumnError, match="cannot be decoded"):
            vr.ImageRef(encoded(200, 200)[:-30]).open()


class TestImagesOf:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_a_file_stands_upright_as_datasets_decodes_it(self, kind: str, orientation: int) -> None:
        exif = PIL_Image.Exif()
        exif[0x0112] = orientation
        file = io.BytesIO()
        PIL_Image.linear_gradient("L").resize((40, 20)).convert("RGB").save(file, kind, exif=exif)
        expected = datasets.Image().decode_example({"bytes": file.getvalue(), "path": None})
        ref = vr.ImageRef(file.getvalue())
        assert ref.size == ref.open().size == expected.size == ((40, 20) if orientation < 5 else (20, 40))
        assert ref.open().tobytes() == expected.tobytes()

    @pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
    def test_broken_exif_data_change_nothing(self) -> None:
        file = io.BytesIO()
        PIL_Image.new("RGB", (40, 20)).save(file, "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x09junk")
        assert vr.ImageRef(file.getvalue()).size == vr.ImageRef(file.getvalue()).open().size == (40, 20)

    def test_none_is_no_picture(self) -> None:
        assert images_of(None) == ()

    @pytest.mark.parametrize("one", ["p.png", b"bytes", {"path": "p.png"}])
    def test_a_lone_picture_is_a_tuple_of_one(self, one: object) -> None:
        assert [ref.source for ref in images_of(one)] == [one]

    def test_a_list_keeps_its_order_and_drops_none(self, tmp_path: Path) -> None:
        refs = images_of(["a.png", None, "b.png"], base=tmp_path)
        assert [(ref.source, ref.base) for ref in refs] == [("a.png", tmp_path), ("b.png", tmp_path)]


sides = st.integers(1, 3000)


@pytest.fixture(scope="module")
def smart_resize_of_transformers() -> Any:
    pytest.importorskip("transformers")
    return importlib.import_module("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl").smart_resize


class TestSmartResize:
    @given(
        width=sides,
        height=sides,
        factor=st.sampled_from([14, 28, 32]),
        least=st.integers(1, 400_000),
        extra=st.integers(0, 2_000_000),
    )
    def test_it_equals_the_one_of_transformers(
        self, smart_resize_of_transformers: Any, *, width: int, height: int, factor: int, least: int, extra: int
    ) -> None:
        limits = {"factor": factor, "min_pixels": least, "max_pixels": least + extra}
        try:
            expected = smart_resize_of_transformers(height, width, **limits)
        except ValueError:
            with pytest.raises(ValueError, match="aspect ratio over 200"):
                vr.smart_resize((width, height), **limits)
        else:
            assert vr.smart_resize((width, height), **limits) == expected[::-1]

    @given(width=sides, height=sides)
    def test_sides_are_multiples_of_the_factor_inside_the_limits(self, width: int, height: int) -> None:
        assume(max(width, height) / min(width, height) < 20)
        frame = vr.FrameSpec(factor=28, min_pixels=56 * 56, max_pixels=28 * 28 * 1280)
        seen = frame.resized((width, height))
        assert seen[0] % 28 == seen[1] % 28 == 0
        assert 56 * 56 <= seen[0] * seen[1] <= 28 * 28 * 1280

    @pytest.mark.parametrize("size", [(0, 10), (10, 0), (-3, 10)])
    def test_a_picture_without_area_is_refused(self, size: tuple[int, int]) -> None:
        with pytest.raises(ValueError, match="has no area"):
            vr.smart_resize(size, factor=28, min_pixels=1, max_pixels=100)

    def test_the_aspect_ratio_may_be_200_and_no_more(self) -> None:
        limits = {"factor": 28, "min_pixels": 56 * 56, "max_pixels": 10**7}
        assert vr.smart_resize((2000, 10), **limits)
        with pytest.raises(ValueError, match="2001x10 pixels has an aspect ratio over 200"):
            vr.smart_resize((2001, 10), **limits)


@pytest.mark.parametrize("name", ["getpixel", "convert", "width"])
def test_what_a_picture_has_and_its_reference_has_not_is_told_with_the_way_to_it(name: str) -> None:
    with pytest.raises(AttributeError, match=rf"no `{name}`; the image itself is `vr.in_rgb\(image.open\(\)\)`"):
        getattr(vr.ImageRef(picture()), name)


def test_a_reference_is_copied_and_pickled() -> None:
    held = vr.ImageRef("a.png", base=Path("here"))
    for other in (copy.deepcopy(held), pickle.loads(pickle.dumps(held))):
        assert (other.source, other.base) == (held.source, held.base)
