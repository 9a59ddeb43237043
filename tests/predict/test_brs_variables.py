"""What may be changed: biases that the mirrored look sees mirrored, scales and biases that looks share, and what they cost."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from clickcut.core.boxes import Box
from clickcut.model.fit import AsIs, Fitting, Letterbox
from clickcut.predict.brs_variables import ChannelScale, InputBias, Variables
from clickcut.predict.looks import Looks
from clickcut.predict.scene import Framing


def looks(*, flipped: bool, hw: tuple[int, int] = (2, 3), fitting: Fitting | None = None) -> Looks:
    return Looks.of(Framing(Box.whole(hw), flipped, fitting or AsIs()))


def test_the_mirrored_look_sees_the_bias_mirrored_and_both_cost() -> None:
    bias = InputBias((1, 2, 3), looks(flipped=True))
    x = torch.arange(12.0).view(2, 1, 2, 3)
    values = torch.tensor([1.0, 2, 3, 4, 5, 6])

    altered, penalty = bias.applied(x, values)

    assert bias.count == 6
    assert (altered - x)[0, 0].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert (altered - x)[1, 0].tolist() == [[3, 2, 1], [6, 5, 4]]
    assert float(penalty) == pytest.approx(1e-3 * 2 * 91)


def test_one_look_costs_once() -> None:
    _, penalty = InputBias((1, 2, 3), looks(flipped=False)).applied(torch.zeros(1, 1, 2, 3), torch.tensor([1.0, 2, 3, 4, 5, 6]))

    assert float(penalty) == pytest.approx(1e-3 * 91)


def test_a_letterboxed_bias_is_mirrored_within_the_content_and_not_with_the_padding() -> None:
    bias = InputBias((1, 4, 4), looks(flipped=True, hw=(4, 2), fitting=Letterbox(4, 1, 10.0)))

    altered, _ = bias.applied(torch.zeros(2, 1, 4, 4), torch.arange(4.0).repeat(4))

    assert altered[0, 0, 0].tolist() == [0, 1, 2, 3]
    assert altered[1, 0, 0].tolist() == [1, 0, 2, 3]


def test_channels_are_scaled_by_one_more_than_the_variables_say_in_all_looks_alike() -> None:
    scale = ChannelScale(2)
    x = torch.ones(2, 2, 1, 3)
    x[:, 1] = 10

    altered, penalty = scale.applied(x, torch.tensor([0.5, -0.25, 3.0, 2.0]))

    assert scale.count == 4
    assert_close(altered[:, 0], torch.full((2, 1, 3), 1.5 + 3))
    assert_close(altered[:, 1], torch.full((2, 1, 3), 7.5 + 2))
    assert float(penalty) == pytest.approx(1e-3 * (0.25 + 0.0625 + 10 * (9 + 4)))


@pytest.mark.parametrize("variables", [InputBias((2, 2, 3), looks(flipped=True)), ChannelScale(2)])
def test_zeros_change_nothing_and_cost_nothing(variables: Variables) -> None:
    x = torch.randn(2, 2, 2, 3, generator=torch.Generator().manual_seed(0))

    altered, penalty = variables.applied(x, torch.zeros(variables.count))

    assert torch.equal(altered, x)
    assert float(penalty) == 0
