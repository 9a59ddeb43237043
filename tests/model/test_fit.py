"""Fits: the way into a network's input frame and back, for networks that squash, letterbox or take any size."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.testing import assert_close

from clickcut.core.clicks import Click
from clickcut.model.fit import MEAN, STD, AsIs, Fitting, Letterbox, LongestSide, Squash, normalised

SQUASH = Squash((48, 64))
LETTERBOX = Letterbox(side=64, prev_side=16, prev_limit=10.0)
FITTINGS = [pytest.param(SQUASH, id="squash"), pytest.param(LETTERBOX, id="letterbox"), pytest.param(AsIs(), id="as it is")]
CROPS = [(32, 64), (64, 40), (90, 128), (17, 23)]


def crop(hw: tuple[int, int]) -> NDArray[np.uint8]:
    """Waves in three colours, with no symmetry."""
    y, x = np.mgrid[: hw[0], : hw[1]]
    waves = [127 + 120 * np.sin(a * y / hw[0] + b * x / hw[1]) for a, b in ((3, 2), (1, 5), (4, 1))]
    return np.stack(waves, axis=-1).astype(np.uint8)


def smooth(hw: tuple[int, int]) -> Tensor:
    y, x = torch.meshgrid(torch.linspace(0, 1, hw[0]), torch.linspace(0, 1, hw[1]), indexing="ij")
    return (0.2 + 0.5 * y + 0.2 * x)[None, None]


def test_squash_maps_a_click_to_the_golden_place() -> None:
    (fitted,) = Squash((448, 448)).fit((300, 420)).clicks((Click(100, 200, True),))

    assert (round(fitted.y, 5), round(fitted.x, 5)) == (149.33333, 213.33333)


def test_squash_maps_a_click_of_the_mirrored_crop_to_the_golden_place() -> None:
    (fitted,) = Squash((448, 448)).fit((300, 420), flipped=True).clicks((Click(100, 200, False),))

    assert (round(fitted.y, 5), round(fitted.x, 5), fitted.positive) == (149.33333, 233.66667, False)


def test_squash_keeps_clicks_outside_of_the_crop_outside_of_the_frame() -> None:
    outside = (Click(-5, 3, True), Click(10, 99, False))

    fitted = SQUASH.fit((24, 32)).clicks(outside)

    assert fitted == (Click(-10, 6, True), Click(20, 198, False))


def test_letterbox_leaves_clicks_outside_of_the_crop_out() -> None:
    fit = LETTERBOX.fit((32, 64))
    clicks = (
        Click(-0.5, 3, True),
        Click(0, 0, True),
        Click(31.75, 63.75, False),
        Click(32, 3, True),
        Click(3, 64, True),
        Click(3, -1, True),
    )

    assert fit.clicks(clicks) == (Click(0, 0, True), Click(31.75, 63.75, False))


def test_letterbox_scales_clicks_with_the_longest_side() -> None:
    assert LETTERBOX.fit((64, 128)).clicks((Click(10, 100, True),)) == (Click(5, 50, True),)


@pytest.mark.parametrize(
    ("hw", "content"),
    [
        ((32, 64), (32, 64)),
        ((100, 50), (64, 32)),
        ((3, 2), (64, 43)),  # 42.67 is rounded
        ((1, 1000), (1, 64)),  # never thinner than a pixel
    ],
)
def test_letterbox_brings_the_longest_side_to_its_own(hw: tuple[int, int], content: tuple[int, int]) -> None:
    fit = LETTERBOX.fit(hw)

    assert fit.content_hw == content
    assert fit.frame_hw == (64, 64)


@pytest.mark.parametrize("fitting", FITTINGS)
def test_a_crop_of_the_frames_own_size_enters_unchanged(fitting: Fitting) -> None:
    image = crop((48, 64))

    pixels = fitting.fit((48, 64)).pixels(image)

    assert torch.equal(pixels[0, :, :48, :64], torch.from_numpy(image).permute(2, 0, 1) / 255)


def test_letterbox_pads_right_and_below_with_the_colour_that_normalising_turns_to_zero() -> None:
    pixels = LETTERBOX.fit((32, 60)).pixels(crop((32, 60)))

    padding = normalised(pixels)[:, :, LETTERBOX.fit((32, 60)).content_hw[0] :]
    assert pixels.shape == (1, 3, 64, 64)
    assert padding.numel() > 0
    assert torch.equal(padding, torch.zeros_like(padding))


def test_normalised_takes_the_mean_away_and_divides_by_the_deviation() -> None:
    one_deviation_up = (torch.tensor(MEAN) + torch.tensor(STD)).view(1, 3, 1, 1)

    assert_close(normalised(one_deviation_up), torch.ones(1, 3, 1, 1))


@pytest.mark.parametrize("hw", CROPS)
@pytest.mark.parametrize("fitting", FITTINGS)
def test_the_flipped_look_at_a_mirrored_crop_is_the_plain_look(fitting: Fitting, hw: tuple[int, int]) -> None:
    plain, flipped = fitting.fit(hw), fitting.fit(hw, flipped=True)
    image, probs = crop(hw), smooth(hw)
    mirrored = np.ascontiguousarray(image[:, ::-1])

    # OpenCV resizes 8-bit pixels with rounded weights: a mirrored crop may come out one grey level away.
    assert_close(flipped.pixels(mirrored), plain.pixels(image), rtol=0, atol=1.01 / 255)
    assert_close(flipped.prev(probs.flip(-1)), plain.prev(probs), rtol=0, atol=1e-5)


@pytest.mark.parametrize("hw", CROPS)
def test_letterbox_maps_a_mirrored_click_in_the_flipped_look_to_where_the_plain_one_lies(hw: tuple[int, int]) -> None:
    click = Click(5.5, 7.25, True)
    mirrored = Click(5.5, hw[1] - 1 - 7.25, True)

    assert LETTERBOX.fit(hw, flipped=True).clicks((mirrored,)) == LETTERBOX.fit(hw).clicks((click,))


@pytest.mark.parametrize("hw", CROPS)
@pytest.mark.parametrize("fitting", FITTINGS)
def test_logits_of_the_flipped_look_come_back_mirrored(fitting: Fitting, hw: tuple[int, int]) -> None:
    plain, flipped = fitting.fit(hw), fitting.fit(hw, flipped=True)
    logits = smooth(plain.content_hw if isinstance(fitting, AsIs) else plain.frame_hw)

    assert torch.equal(flipped.look(logits).flip(-1), plain.look(logits))
    assert plain.look(logits).shape[-2:] == plain.content_hw


@pytest.mark.parametrize("grid", [16, 32, 64, 24])
@pytest.mark.parametrize("hw", [*CROPS, (1, 64), (64, 1), (63, 64)])
def test_what_the_letterbox_leaves_out_changes_no_logit(hw: tuple[int, int], grid: int) -> None:
    fit = LETTERBOX.fit(hw)
    height, width = fit.content_hw
    logits = torch.randn((2, 1, grid, grid), generator=torch.Generator().manual_seed(grid))

    whole = torch.nn.functional.interpolate(logits, fit.frame_hw, mode="bilinear", align_corners=False)

    assert torch.equal(fit.look(logits), whole[:, :, :height, :width])


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("hw", [(128, 256), (128, 192), (64, 64)])
def test_a_mask_that_goes_in_as_prev_comes_back_as_itself_through_the_letterbox(hw: tuple[int, int], flipped: bool) -> None:
    fit = LETTERBOX.fit(hw, flipped=flipped)
    probs = smooth(hw)

    prev = fit.prev(probs)
    back = fit.restore(torch.sigmoid(fit.look(torch.logit(prev))))

    # A slope of 0.5 over 16 cells is kept but for half a cell at each edge, and for logits being no straight line; the last row of cells
    # blends into the padding, as it does for the masks of the published network.
    cell = max(hw) // 16
    assert prev.shape == (1, 1, 16, 16)
    assert back.shape[-2:] == hw
    assert_close(back[:, :, :-cell], probs[:, :, :-cell], rtol=0, atol=0.04)


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("hw", CROPS)
def test_a_mask_that_goes_in_as_prev_comes_back_as_itself_through_squashing(hw: tuple[int, int], flipped: bool) -> None:
    fit = SQUASH.fit(hw, flipped=flipped)
    probs = smooth(hw)

    back = fit.restore(fit.look(fit.prev(probs)))

    # Planes are kept exactly by bilinear resizing with aligned corners, but for rounding.
    assert_close(back, probs, rtol=0, atol=1e-5)


def test_a_letterboxed_prev_is_background_on_the_padding() -> None:
    certain = torch.ones(1, 1, 32, 64)

    prev = LETTERBOX.fit((32, 64)).prev(certain)

    assert torch.equal(prev[0, 0, :8], torch.sigmoid(torch.tensor(10.0)).expand(8, 16))
    assert torch.equal(prev[0, 0, 8:], torch.sigmoid(torch.tensor(-10.0)).expand(8, 16))


def test_a_letterboxed_prev_lies_where_the_pixels_lie() -> None:
    image, probs = np.zeros((40, 64, 3), np.uint8), torch.zeros(1, 1, 40, 64)
    image[8:24, 16:48], probs[:, :, 8:24, 16:48] = 255, 1
    fit = LETTERBOX.fit((40, 64))

    seen = fit.pixels(image)[0, 0, :40].reshape(10, 4, 16, 4).mean(dim=(1, 3))

    assert torch.equal(fit.prev(probs)[0, 0, :10] > 0.5, seen > 0.5)


def test_a_letterboxed_prev_interpolates_logits_within_its_limit() -> None:
    probs = torch.tensor([[[[0.0, 1.0]]]])

    prev = Letterbox(side=16, prev_side=4, prev_limit=2.0).fit((1, 2)).prev(probs)

    assert_close(torch.logit(prev[0, 0, 0]), torch.tensor([-2.0, -1.0, 1.0, 2.0]))


def test_longest_side_scales_crops_but_leaves_a_whole_image_as_it_is() -> None:
    fitting = LongestSide(400)

    assert fitting.fit((100, 200)).frame_hw == (200, 400)
    assert fitting.unzoomed().fit((100, 200)).frame_hw == (100, 200)
    assert fitting.fit((1, 3000)).frame_hw == (1, 400)  # never thinner than a pixel


def test_squash_and_letterbox_fit_a_whole_image_as_they_fit_a_crop() -> None:
    assert SQUASH.unzoomed() is SQUASH
    assert LETTERBOX.unzoomed() is LETTERBOX


def test_another_input_size_takes_the_grid_of_the_prev_along() -> None:
    assert LETTERBOX.resized((128, 128)) == Letterbox(side=128, prev_side=32, prev_limit=10.0)
    assert SQUASH.resized((30, 20)) == Squash((30, 20))
    assert AsIs().resized((30, 20)) == Squash((30, 20))
    assert LongestSide(400).resized((600, 600)) == LongestSide(600)


@pytest.mark.parametrize("fitting", [LETTERBOX, LongestSide(400)])
def test_an_input_size_that_is_no_square_is_refused_where_crops_keep_their_shape(fitting: Fitting) -> None:
    with pytest.raises(ValueError, match="expected equal sides, got 64 x 96"):
        fitting.resized((64, 96))


@pytest.mark.parametrize("hw", CROPS)
@pytest.mark.parametrize("fitting", FITTINGS)
def test_what_lies_over_the_plain_look_is_turned_as_the_mirrored_look_sees_it(fitting: Fitting, hw: tuple[int, int]) -> None:
    plain, mirrored = fitting.fit(hw), fitting.fit(hw, flipped=True)
    pixels = plain.pixels(crop(hw))

    assert torch.equal(plain.turned(pixels), pixels)
    # A byte of OpenCV's resizing, which rounds a mirrored image another way
    assert_close(mirrored.turned(pixels), mirrored.pixels(crop(hw)), atol=1.01 / 255, rtol=0)
    assert torch.equal(mirrored.turned(mirrored.turned(pixels)), pixels)
