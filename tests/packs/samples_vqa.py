"""Samples of the `vqa` pack."""

from __future__ import annotations

from tests.packs.sample import Sample

SAMPLES: list[Sample] = []
