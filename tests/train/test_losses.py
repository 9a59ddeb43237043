"""Losses: the field's golden number, ignored pixels, and what the normaliser does."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from clickcut.train.losses import LossWeights, dice, normalised_focal, upscaled


def golden() -> tuple[Tensor, Tensor]:
    """16 x 16: a disk, an ignored row, and logits in waves (algorithm notes, A.1)."""
    y, x = torch.meshgrid(torch.arange(16), torch.arange(16), indexing="ij")
    labels = ((y - 8) ** 2 + (x - 8) ** 2 <= 25).to(torch.int8)
    labels[0] = -1
    return torch.sin(0.3 * x + 0.2 * y)[None], labels[None]


def test_the_normalised_focal_loss_has_its_golden_value() -> None:
    logits, labels = golden()

    # The golden number is given to seven places.
    assert normalised_focal(logits, labels).item() == pytest.approx(0.5164387, abs=1e-6)


def test_every_item_of_a_batch_has_a_loss_of_its_own() -> None:
    logits, labels = golden()

    loss = normalised_focal(torch.cat((logits, -logits)), torch.cat((labels, labels)))

    assert loss.shape == (2,)
    assert torch.equal(loss[:1], normalised_focal(logits, labels))
    assert torch.equal(loss[1:], normalised_focal(-logits, labels))


@pytest.mark.parametrize("loss", [normalised_focal, dice, LossWeights(focal=1.0, dice=0.5)])
def test_ignored_pixels_count_nowhere(loss: LossWeights) -> None:
    logits, labels = golden()
    other = logits.clone()
    other[:, 0] = 50.0

    assert torch.equal(loss(logits, labels), loss(other, labels))


@pytest.mark.parametrize("loss", [normalised_focal, dice])
def test_ignored_pixels_get_no_gradient(loss: LossWeights) -> None:
    logits, labels = golden()
    logits.requires_grad_()

    loss(logits, labels).sum().backward()  # type: ignore[no-untyped-call]

    assert logits.grad is not None
    assert torch.equal(logits.grad[:, 0], torch.zeros(1, 16))
    assert (logits.grad[:, 1:] != 0).all()


def test_the_focal_loss_is_cross_entropy_where_every_pixel_is_equally_wrong() -> None:
    logits, labels = torch.full((1, 4, 4), -1.3), torch.ones(1, 4, 4, dtype=torch.int8)

    # The normaliser undoes equal focal weights, and both classes weigh one half.
    assert_close(normalised_focal(logits, labels), 0.5 * F.softplus(torch.tensor([1.3])))


def test_the_normaliser_carries_no_gradient() -> None:
    logits, labels = golden()
    logits.requires_grad_()
    normalised_focal(logits, labels).sum().backward()  # type: ignore[no-untyped-call]

    by_hand = logits.detach().clone().requires_grad_()
    valid = labels != -1
    pt = torch.where(labels == 1, torch.sigmoid(by_hand), 1 - torch.sigmoid(by_hand))
    weight = (1 - pt) ** 2 * valid
    scale = (valid.sum() / weight.sum()).item()  # a plain number
    expected = -0.5 * scale * (weight * torch.log(pt)).sum() / valid.sum()
    expected.backward()  # type: ignore[no-untyped-call]

    assert logits.grad is not None
    assert by_hand.grad is not None
    assert_close(logits.grad, by_hand.grad, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("logit", [0.0, 1000.0, -1000.0])
def test_a_target_of_which_all_is_ignored_costs_nothing(logit: float) -> None:
    loss = normalised_focal(torch.full((1, 4, 4), logit), torch.full((1, 4, 4), -1, dtype=torch.int8))

    assert torch.equal(loss, torch.zeros(1))


@pytest.mark.parametrize("logit", [200.0, -200.0])
def test_extreme_logits_give_a_finite_loss_and_gradient(logit: float) -> None:
    _, labels = golden()
    logits = torch.full((1, 16, 16), logit, requires_grad=True)

    loss = LossWeights(focal=1.0, dice=1.0)(logits, labels).sum()
    loss.backward()  # type: ignore[no-untyped-call]

    assert math.isfinite(loss.item())
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_dice_is_nothing_for_a_perfect_mask_and_nearly_one_for_its_opposite() -> None:
    _, labels = golden()
    perfect = torch.where(labels == 1, 100.0, -100.0)

    assert dice(perfect, labels).item() == pytest.approx(0.0, abs=1e-6)
    assert dice(-perfect, labels).item() > 0.99


def test_dice_of_hand_made_probabilities() -> None:
    labels = torch.tensor([[[1, 1, 0, -1]]], dtype=torch.int8)
    logits = torch.logit(torch.tensor([[[0.75, 0.25, 0.5, 0.9]]]))

    # overlap 1, sums 1.5 and 2, each smoothed by one pixel
    assert_close(dice(logits, labels), torch.tensor([1 - 3 / 4.5]))


def test_weights_add_losses_up_and_leave_out_what_weighs_nothing() -> None:
    logits, labels = golden()

    assert_close(LossWeights(2.0, 0.5)(logits, labels), 2 * normalised_focal(logits, labels) + 0.5 * dice(logits, labels))
    assert torch.equal(LossWeights(2.0)(logits, labels), 2 * normalised_focal(logits, labels))


def test_upscaling_to_the_same_side_changes_nothing() -> None:
    logits = torch.rand(2, 1, 8, 8)

    assert torch.equal(upscaled(logits, 8), logits[:, 0])


def test_upscaling_keeps_a_constant_and_takes_the_wanted_side() -> None:
    assert_close(upscaled(torch.full((2, 1, 8, 8), 3.0), 20), torch.full((2, 20, 20), 3.0))
