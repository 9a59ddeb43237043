"""Losses: the field's golden number, ignored pixels, and what the normaliser does."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.testing import assert_close

from clickcut.train.losses import LossWeights, boundary, cross_entropy, dice, focal, normalised_focal, soft_iou, upscaled

Loss = Callable[[Tensor, Tensor], Tensor]


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


@pytest.mark.parametrize(("loss", "value"), [(focal, 0.1680098), (soft_iou, 0.8073906), (cross_entropy, 0.8014597)])
def test_the_fields_other_losses_have_their_golden_values(loss: Loss, value: float) -> None:
    # Golden numbers are given to seven places.
    assert loss(*golden()).item() == pytest.approx(value, abs=1e-6)


def test_every_item_of_a_batch_has_a_loss_of_its_own() -> None:
    logits, labels = golden()

    loss = normalised_focal(torch.cat((logits, -logits)), torch.cat((labels, labels)))

    assert loss.shape == (2,)
    assert torch.equal(loss[:1], normalised_focal(logits, labels))
    assert torch.equal(loss[1:], normalised_focal(-logits, labels))


EVERY = LossWeights(focal=1.0, dice=0.5, plain_focal=0.3, cross_entropy=0.2, soft_iou=0.7, boundary=0.9)


@pytest.mark.parametrize("loss", [normalised_focal, dice, focal, cross_entropy, soft_iou, boundary, EVERY])
def test_ignored_pixels_count_nowhere(loss: Loss) -> None:
    logits, labels = golden()
    other = logits.clone()
    other[:, 0] = 50.0

    assert torch.equal(loss(logits, labels), loss(other, labels))


@pytest.mark.parametrize("loss", [normalised_focal, dice, focal, cross_entropy, soft_iou])
def test_ignored_pixels_get_no_gradient(loss: Loss) -> None:
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

    loss = EVERY(logits, labels).sum()
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


def test_upscaling_takes_a_rectangle_too() -> None:
    assert_close(upscaled(torch.full((2, 1, 8, 12), 3.0), (16, 24)), torch.full((2, 16, 24), 3.0))
    assert upscaled(torch.zeros(1, 1, 24, 24), (16, 24)).shape == (1, 16, 24)


def test_all_losses_add_up_by_their_weights() -> None:
    logits, labels = golden()

    parts = (
        0.3 * focal(logits, labels),
        0.2 * cross_entropy(logits, labels),
        0.7 * soft_iou(logits, labels),
        0.9 * boundary(logits, labels),
    )
    rest = sum(parts, LossWeights(focal=1.0, dice=0.5)(logits, labels))
    assert_close(EVERY(logits, labels), rest)


@pytest.mark.parametrize("wrong", [{"focal": 0.0}, {"focal": -1.0}, {"auxiliary": -0.1}])
def test_weights_that_teach_nothing_or_the_opposite_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="weights of 0 or more, and one above 0"):
        LossWeights(**{"focal": 1.0, **wrong})


def test_the_boundary_loss_looks_near_the_edge_alone() -> None:
    labels = torch.zeros(1, 20, 20, dtype=torch.int8)
    labels[:, :, 10:] = 1
    logits = torch.zeros(1, 20, 20)
    far, near = logits.clone(), logits.clone()
    far[:, :, :7], far[:, :, 13:] = 9.0, -9.0  # wrong, but four pixels and more from the other side
    near[:, :, 7] = 9.0

    assert_close(boundary(logits, labels), torch.tensor([math.log(2)]))
    assert_close(boundary(far, labels), boundary(logits, labels))
    assert boundary(near, labels) > boundary(logits, labels)


def test_no_edge_is_seen_at_the_border_of_the_image_or_beside_ignored_pixels() -> None:
    labels = torch.ones(1, 8, 8, dtype=torch.int8)
    labels[:, 4:] = -1

    assert torch.equal(boundary(torch.full((1, 8, 8), -5.0), labels), torch.zeros(1))
