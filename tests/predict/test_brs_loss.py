"""What backpropagating refinement minimises: squares about clicks, the loss, and when it has had enough."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from clickcut.core.clicks import Click, Clicks
from clickcut.predict.brs_loss import ClickLoss, Objective, click_squares

HW = (40, 50)


def rows_and_columns(clicks: Clicks, channel: int = 0) -> tuple[list[int], list[int]]:
    """Where the squares of a channel lie, and that they are whole rectangles."""
    square = click_squares(clicks, HW)[channel].numpy()
    rows, columns = np.flatnonzero(square.any(axis=1)).tolist(), np.flatnonzero(square.any(axis=0)).tolist()
    assert square.sum() == len(rows) * len(columns)
    return rows, columns


@given(st.floats(1, 38), st.floats(1, 48), st.booleans())
def test_a_click_well_inside_marks_3_x_3_pixels_of_its_kind(y: float, x: float, positive: bool) -> None:
    squares = click_squares((Click(y, x, positive),), HW)

    channel = 0 if positive else 1
    assert squares.sum() == squares[channel].sum() == 9
    assert squares[channel, round(y), round(x)] == 1


@pytest.mark.parametrize(
    ("y", "x", "rows", "columns"),
    [
        (10.5, 20.5, [9, 10, 11], [19, 20, 21]),  # half to even
        (11.5, 21.5, [11, 12, 13], [21, 22, 23]),
        (-5.2, 20, [34, 35, 36], [19, 20, 21]),  # quirk Q44: over the top, in again at the bottom
        (-6, -6, [33, 34, 35], [43, 44, 45]),
        (0.4, 20, [], []),  # one end of the rows is negative: nothing is left
        (-1, 20, [], []),
        (-2, 20, [], []),
        (20, 0, [], []),
        (-3, 20, [36, 37, 38], [19, 20, 21]),  # both are
        (-42, 20, [], []),  # more than a whole height away
        (39, 20, [38, 39], [19, 20, 21]),  # cut off at the bottom
        (40, 20, [39], [19, 20, 21]),
        (41, 20, [], []),
        (20, 49.4, [19, 20, 21], [48, 49]),
        (20, 51, [], []),
    ],
)
def test_squares_are_python_slices(y: float, x: float, rows: list[int], columns: list[int]) -> None:
    assert rows_and_columns((Click(y, x, True),)) == (rows, columns)


def test_squares_of_several_clicks_are_united() -> None:
    squares = click_squares((Click(10, 10, True), Click(10, 11, True), Click(10, 12, False)), HW)

    assert squares.sum(dim=(1, 2)).tolist() == [12, 9]


def test_the_loss_is_a_mean_square_over_the_squares_of_each_kind_in_all_looks() -> None:
    probs = torch.tensor([[[[0.2, 0.9, 0.5]]], [[[0.6, 0.5, 0.3]]]])
    squares = torch.tensor([[[[1.0, 0, 0]], [[0.0, 1, 0]]], [[[1.0, 0, 0]], [[0.0, 0, 1]]]])

    loss = ClickLoss.of(probs, squares)

    expected = (0.8**2 + 0.4**2) / (2 + 1e-5) + (0.9**2 + 0.3**2) / (2 + 1e-5)
    assert float(loss.value) == pytest.approx(expected, rel=1e-6)
    assert (loss.worst_positive, loss.worst_negative) == pytest.approx((0.8, 0.9))


def test_without_clicks_of_a_kind_nothing_is_wrong_with_it() -> None:
    loss = ClickLoss.of(torch.full((1, 1, 2, 2), 0.3), torch.stack((torch.zeros(2, 2), torch.ones(2, 2)))[None])

    assert loss.worst_positive == 0
    assert float(loss.value) == pytest.approx(0.09, rel=1e-4)
    assert loss.is_met(0.49)


@pytest.mark.parametrize(
    ("positive", "negative", "met"),
    [(0.52, 0.1, True), (0.48, 0.1, False), (0.9, 0.48, True), (0.9, 0.5, False)],
)
def test_clicks_are_met_where_each_is_on_its_side_of_the_threshold(*, positive: float, negative: float, met: bool) -> None:
    probs = torch.tensor([[[[positive, negative]]]])

    assert ClickLoss.of(probs, torch.tensor([[[[1.0, 0]], [[0.0, 1]]]])).is_met(0.49) is met


# The first pixel was clicked positive, the second negative; a third is free.
SQUARES = torch.tensor([[[[1.0, 0, 0]], [[0.0, 1, 0]]]])


def objective(*logits: list[float], min_iou_diff: float = 0.01, penalties: tuple[float, ...] = ()) -> Objective:
    """Answers its n-th evaluation with the n-th logits, whatever the variables are."""
    answers, costs = iter(logits), iter(penalties)
    return Objective(
        lambda x: (_leaning(next(answers), x), torch.tensor(next(costs, 0.0))), SQUARES, threshold=0.49, min_iou_diff=min_iou_diff
    )


def _leaning(logits: list[float], x: Tensor) -> Tensor:
    return torch.tensor(logits)[None, None, None] + x[0]


AT = np.zeros(1)
WRONG, LESS_WRONG, MET = [-2.0, 2.0, 2.0], [-1.0, 1.0, 2.0], [3.0, -3.0, 2.0]


def test_no_gradient_is_asked_for_where_all_clicks_are_met() -> None:
    value, gradient = objective(MET)(AT)

    assert value == pytest.approx(2 / (1 + math.exp(3)) ** 2, rel=1e-4)
    assert gradient.tolist() == [0.0]


def test_there_is_a_gradient_where_a_click_is_not_met() -> None:
    _, gradient = objective([-2.0, 1.0, 0.0])(AT)

    assert gradient.dtype == np.float64
    assert gradient[0] != 0


def test_no_gradient_is_asked_for_where_the_mask_stands_still() -> None:
    evaluate = objective(WRONG, [-1.0, 1.5, 3.0], LESS_WRONG)

    gradients = [evaluate(AT)[1][0] for _ in range(3)]

    assert gradients[0] != 0
    assert gradients[1:] == [0, 0]


def test_a_mask_that_stands_still_may_be_told_not_to_matter() -> None:
    evaluate = objective(WRONG, [-1.0, 1.5, 3.0], min_iou_diff=0)

    assert [evaluate(AT)[1][0] != 0 for _ in range(2)] == [True, True]


def test_a_mask_that_changed_is_compared_with_next() -> None:
    evaluate = objective([-2.0, 2.0, 2.0], [-2.0, 2.0, -2.0], [-2.0, 2.0, 2.0])

    assert all(evaluate(AT)[1][0] != 0 for _ in range(3))


def test_empty_masks_have_no_iou_and_end_nothing() -> None:
    """Quirk Q52."""
    evaluate = objective([-2.0, -2.0, -2.0], [-1.9, -2.0, -2.0])

    assert [evaluate(AT)[1][0] != 0 for _ in range(2)] == [True, True]


def test_looks_without_a_mask_are_left_out_of_the_mean_iou() -> None:
    """Quirk Q52: the first look's mask stands still, the second's is empty both times; a mean over both might be 1/2, or no number."""
    squares = torch.cat((SQUARES, torch.zeros_like(SQUARES)))
    looks = torch.tensor([WRONG, [-3.0, -3.0, -3.0]])[:, None, None]
    evaluate = Objective(lambda x: (looks + x[0], x.sum()), squares, threshold=0.49, min_iou_diff=0.01)

    assert [evaluate(AT)[1][0] != 0 for _ in range(2)] == [True, False]


@pytest.mark.parametrize(
    ("penalties", "best"),
    [((0.0, 0.0, 0.0), LESS_WRONG), ((0.0, 5.0, 5.0), WRONG)],  # the penalty belongs to what is compared
)
def test_the_logits_with_the_lowest_value_are_kept(penalties: tuple[float, ...], best: list[float]) -> None:
    evaluate = objective(WRONG, LESS_WRONG, WRONG, penalties=penalties)

    for _ in range(3):
        evaluate(AT)

    assert evaluate.best is not None
    assert evaluate.best.flatten().tolist() == best
    assert not evaluate.best.requires_grad


def test_logits_count_for_the_best_also_where_the_objective_ends() -> None:
    evaluate = objective(WRONG, MET)

    for _ in range(2):
        evaluate(AT)

    assert evaluate.best is not None
    assert evaluate.best.flatten().tolist() == MET


def test_variables_are_copied_before_the_optimiser_goes_on() -> None:
    """In float64 nothing would be converted, and the optimiser writes over its vector."""
    seen: list[Tensor] = []

    def answer(x: Tensor) -> tuple[Tensor, Tensor]:
        seen.append(x.detach())
        return x.view(1, 1, 1, 1).repeat(1, 1, 1, 3), x.sum()

    at = np.array([0.5])
    Objective(answer, SQUARES.double(), threshold=0.49, min_iou_diff=0)(at)
    at[0] = 9

    assert float(seen[0]) == 0.5
