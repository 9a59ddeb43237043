"""The page's masks: bits, regions painted over them, runs and borders, against NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from clickcut.core.masks import Mask
from clickcut.web.wire import packed

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _wire(mask: Mask, x: int = 0, y: int = 0) -> dict[str, Any]:
    """A mask over a box whose top left corner is (x, y), with its packed bits as a list."""
    height, width = mask.shape
    return {"box": {"x": x, "y": y, "width": width, "height": height}, "bits": np.packbits(mask.ravel()).tolist()}


def _noise(hw: tuple[int, int], seed: int = 0) -> Mask:
    return np.random.default_rng(seed).random(hw) < 0.5


@pytest.mark.parametrize("hw", [(1, 1), (3, 5), (8, 8), (13, 17)])  # with and without bits left over in the last byte
def test_bits_unpack_to_the_pixels_that_were_packed(modules: Page, hw: tuple[int, int]) -> None:
    mask = _noise(hw)

    pixels = modules.evaluate(
        """async (wire) => {
          const { bitmapOf } = await import("/static/js/bits.js");
          return [...bitmapOf({ box: wire.box, bits: Uint8Array.from(wire.bits) }).pixels];
        }""",
        _wire(mask),
    )

    assert pixels == mask.ravel().astype(int).tolist()


def test_a_step_takes_every_so_many_pixels_of_every_so_many_rows(modules: Page) -> None:
    mask = _noise((10, 11))

    pixels = modules.evaluate(
        """async (wire) => {
          const { bitmapOf } = await import("/static/js/bits.js");
          return [...bitmapOf({ box: wire.box, bits: Uint8Array.from(wire.bits) }, 3).pixels];
        }""",
        _wire(mask),
    )

    assert pixels == mask[::3, ::3].ravel().astype(int).tolist()


def test_a_region_painted_over_a_mask_decides_within_its_box_and_nothing_elsewhere(modules: Page) -> None:
    below, region = _noise((20, 30), 1), _noise((9, 12), 2)
    expected = np.zeros((40, 50), np.bool_)
    expected[5:25, 4:34] = below
    expected[20:29, 28:40] = region

    box, pixels = modules.evaluate(
        """async ([below, region]) => {
          const { painted } = await import("/static/js/bits.js");
          const of = (wire) => ({ box: wire.box, bits: Uint8Array.from(wire.bits) });
          const made = painted(of(below), of(region));
          return [made.box, [...made.pixels]];
        }""",
        [_wire(below, 4, 5), _wire(region, 28, 20)],
    )

    assert box == {"x": 4, "y": 5, "width": 36, "height": 24}
    assert np.array_equal(np.reshape(pixels, (24, 36)).astype(bool), expected[5:29, 4:40])


def test_has_answers_for_single_pixels_and_outside_of_the_box(modules: Page) -> None:
    mask = np.array([[True, False], [False, True]])

    answers = modules.evaluate(
        """async (wire) => {
          const { has } = await import("/static/js/bits.js");
          const mask = { box: wire.box, bits: Uint8Array.from(wire.bits) };
          return [[7, 9], [8, 9], [7, 10], [8, 10], [6, 9], [9, 10], [7, 11]].map(([x, y]) => has(mask, x, y));
        }""",
        _wire(mask, 7, 9),
    )

    assert answers == [True, False, False, True, False, False, False]


BORDER = """async ([wire, tolerance]) => {
  const { bitmapOf } = await import("/static/js/bits.js");
  const { runsOf } = await import("/static/js/runs.js");
  const { outlineOf } = await import("/static/js/outline.js");
  const runs = runsOf(bitmapOf({ box: wire.box, bits: Uint8Array.from(wire.bits) }));
  const path = outlineOf(runs, 1, tolerance);
  const canvas = new OffscreenCanvas(wire.box.width, wire.box.height);
  const context = canvas.getContext("2d");
  context.fill(path, "evenodd");
  const { data } = context.getImageData(0, 0, wire.box.width, wire.box.height);
  return Array.from({ length: data.length / 4 }, (_, at) => data[4 * at + 3]);
}"""


@pytest.mark.parametrize("seed", range(4))
def test_filling_a_border_gives_the_mask_back_with_holes_and_corners_that_touch(modules: Page, seed: int) -> None:
    mask = _noise((21, 19), seed)

    filled: NDArray[np.int_] = np.reshape(modules.evaluate(BORDER, [_wire(mask), 0]), mask.shape)

    assert np.array_equal(filled == 255, mask)
    assert np.array_equal(filled == 0, ~mask)


def test_a_coarse_border_stays_within_its_tolerance(modules: Page) -> None:
    y, x = np.ogrid[:80, :90]
    mask: Mask = (x - 45) ** 2 / 40**2 + (y - 40) ** 2 / 35**2 < 1

    filled = np.reshape(modules.evaluate(BORDER, [_wire(mask), 3]), mask.shape) > 127

    inner = (x - 45) ** 2 / 37**2 + (y - 40) ** 2 / 32**2 < 1
    outer = (x - 45) ** 2 / 43**2 + (y - 40) ** 2 / 38**2 < 1
    assert (filled >= inner).all()
    assert (filled <= outer).all()


def test_a_region_that_hides_all_of_a_mask_takes_its_place(modules: Page) -> None:
    box, bits = modules.evaluate(
        """async ([below, region]) => {
          const { painted } = await import("/static/js/bits.js");
          const of = (wire) => ({ box: wire.box, bits: Uint8Array.from(wire.bits) });
          const made = painted(of(below), of(region));
          return [made.box, [...made.bits]];
        }""",
        [_wire(_noise((9, 12), 1), 6, 7), _wire(region := _noise((20, 30), 2), 4, 5)],
    )

    assert box == {"x": 4, "y": 5, "width": 30, "height": 20}
    assert bits == _wire(region)["bits"]


def test_the_servers_bits_are_inflated(modules: Page) -> None:
    mask = _noise((300, 400))

    bits = modules.evaluate(
        """async (wire) => {
          const { maskFrom } = await import("/static/js/wire.js");
          return [...(await maskFrom(wire)).bits];
        }""",
        {"box": _wire(mask)["box"], "bits": packed(mask)},
    )

    assert bits == _wire(mask)["bits"]


def test_bits_that_are_damaged_are_an_error_and_no_mask(modules: Page) -> None:
    failed = modules.evaluate(
        """async (wire) => {
          const { maskFrom } = await import("/static/js/wire.js");
          return maskFrom(wire).then(() => "a mask", (error) => error.name);
        }""",
        {"box": _wire(_noise((3, 5)))["box"], "bits": "bm9uc2Vuc2U="},
    )

    assert failed == "TypeError"


def test_only_a_mask_like_noise_gets_a_picture_of_its_inside(modules: Page) -> None:
    pictures = modules.evaluate(
        """async (wires) => {
          const { layerOf, pictureOf } = await import("/static/js/layers.js");
          return wires.map(({ box, bits }) => {
            const canvas = pictureOf(layerOf({ box, bits: Uint8Array.from(bits) }), "#ff0000");
            return canvas && [canvas.width, canvas.height, ...canvas.getContext("2d").getImageData(0, 0, 1, 1).data];
          });
        }""",
        [_wire(np.ones((200, 300), np.bool_)), _wire(noise := _noise((200, 300)) | (np.arange(300) == 0))],
    )

    assert noise[0, 0]
    assert pictures == [None, [300, 200, 255, 0, 0, 255]]
