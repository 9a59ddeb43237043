"""Rollouts: RITM's and the iterative click loss as two values, clicks that repeat, and what a pass sees of the one before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from clickcut.core.clicks import Click
from clickcut.model.network import ClickBatch, Features
from clickcut.train.losses import LossWeights, cross_entropy, normalised_focal
from clickcut.train.rollout import Rollout, Targets, click_batch, previous_mask, roll_out
from clickcut.train.slots import Slots
from tests.train.small import SIDE, BlindNetwork, DotNetwork, features, square_targets

FOCAL = LossWeights(focal=1.0)
RITM = Rollout(warmup=(2, 2), graded=(1, 1), weights=(1.0,))
ICL = Rollout(warmup=(0, 0), graded=(3, 3), weights=(1.0, 2.0, 3.0))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def loss_of(logit: torch.Tensor, targets: Targets) -> torch.Tensor:
    return normalised_focal(logit.expand(2, SIDE, SIDE), targets.labels_BSS).mean()


def test_ritm_grades_the_last_pass_alone() -> None:
    network, targets = BlindNetwork(), square_targets()

    outcome = roll_out(network, features(), targets, rollout=RITM, losses=FOCAL, rng=rng())
    outcome.loss.backward()  # type: ignore[no-untyped-call]

    logit = torch.tensor(-1.0 + 0.2, requires_grad=True)  # the third pass answers 0.2 higher
    expected = loss_of(logit, targets)
    expected.backward()  # type: ignore[no-untyped-call]
    assert [call.graded for call in network.calls] == [False, False, True]
    assert outcome.num_passes == 3
    assert_close(outcome.loss, expected)
    assert_close(network.logit.grad, logit.grad)


def test_the_iterative_click_loss_adds_every_pass_weighted_and_not_normalised() -> None:
    network, targets = BlindNetwork(), square_targets()

    outcome = roll_out(network, features(), targets, rollout=ICL, losses=FOCAL, rng=rng())
    outcome.loss.backward()  # type: ignore[no-untyped-call]

    logit = torch.tensor(-1.0, requires_grad=True)
    expected = sum(weight * loss_of(logit + 0.1 * k, targets) for k, weight in enumerate((1.0, 2.0, 3.0)))
    assert isinstance(expected, torch.Tensor)
    expected.backward()  # type: ignore[no-untyped-call]
    assert [call.graded for call in network.calls] == [True, True, True]
    assert_close(outcome.loss, expected)
    assert_close(network.logit.grad, logit.grad)


@pytest.mark.parametrize("rollout", [RITM, ICL])
def test_the_previous_mask_carries_no_gradient(rollout: Rollout) -> None:
    network = DotNetwork()

    roll_out(network, features(), square_targets(), rollout=rollout, losses=FOCAL, rng=rng())

    assert network.calls[0].prev is None
    assert all(call.prev is not None and not call.prev.requires_grad for call in network.calls[1:])


def test_the_previous_mask_is_what_the_last_pass_answered_and_nothing_on_the_padding() -> None:
    network = BlindNetwork(logit=0.7)

    roll_out(network, features(), square_targets(), rollout=ICL, losses=FOCAL, rng=rng())

    for k, call in enumerate(network.calls[1:]):
        expected = torch.full((2, 1, SIDE, SIDE), float(torch.sigmoid(torch.tensor(0.7 + 0.1 * k))))
        expected[:, :, SIDE - 2 :] = 0
        assert call.prev is not None
        assert_close(call.prev, expected)


def test_a_coarse_previous_mask_keeps_its_mean_and_stays_a_probability() -> None:
    network = DotNetwork()

    # Seed 1 draws a factor of 4: one that does not divide the side of 16 moves the mean.
    roll_out(network, features(), square_targets(), rollout=replace(ICL, coarse_share=1.0), losses=FOCAL, rng=rng(1))

    fine = DotNetwork()
    roll_out(fine, features(), square_targets(), rollout=ICL, losses=FOCAL, rng=rng(1))
    coarse_prev, fine_prev = network.calls[1].prev, fine.calls[1].prev
    assert coarse_prev is not None
    assert fine_prev is not None
    assert coarse_prev.shape == fine_prev.shape
    assert coarse_prev.min() >= 0
    assert coarse_prev.max() < fine_prev.max()
    assert_close(coarse_prev.mean(), fine_prev.mean(), rtol=0.05, atol=0.0)


def test_every_pass_brings_one_click_more() -> None:
    network = DotNetwork()

    roll_out(network, features(), square_targets(), rollout=ICL, losses=FOCAL, rng=rng())

    assert [[len(row) for row in call.clicks] for call in network.calls] == [[1, 1], [2, 2], [3, 3]]
    for before, after in zip(network.calls, network.calls[1:], strict=False):
        assert all(new[: len(old)] == old for old, new in zip(before.clicks, after.clicks, strict=True))


def test_passes_without_a_new_click_repeat_the_same_clicks() -> None:
    network = DotNetwork()

    roll_out(network, features(), square_targets(), rollout=replace(ICL, repeat_share=1.0), losses=FOCAL, rng=rng())

    assert network.calls[0].clicks == network.calls[1].clicks == network.calls[2].clicks
    assert all(len(row) == 1 for row in network.calls[0].clicks)


def test_the_share_of_passes_without_a_new_click_is_kept() -> None:
    repeats = 0
    for seed in range(200):
        network = DotNetwork()
        roll_out(network, features(), square_targets(), rollout=replace(RITM, repeat_share=0.35), losses=FOCAL, rng=rng(seed))
        repeats += sum(a.clicks == b.clicks for a, b in zip(network.calls, network.calls[1:], strict=False))

    # Of 400 passes; a standard deviation of 0.024.
    assert repeats / 400 == pytest.approx(0.35, abs=0.08)


@pytest.mark.parametrize("centre_share", [0.0, 1.0])
def test_the_first_click_lies_on_the_object_and_is_positive(centre_share: float) -> None:
    network = DotNetwork()

    roll_out(network, features(), square_targets(), rollout=replace(RITM, centre_share=centre_share), losses=FOCAL, rng=rng())

    for ((y, x, kind),) in network.calls[0].clicks:
        assert kind == 1
        assert 4 <= y < 10
        assert 5 <= x < 11


def test_a_click_at_the_centre_is_the_benchmarks_own() -> None:
    network = DotNetwork()

    roll_out(network, features(), square_targets(), rollout=replace(RITM, centre_share=1.0), losses=FOCAL, rng=rng())

    assert network.calls[0].clicks == [[(6.0, 7.0, 1)], [(6.0, 7.0, 1)]]  # the first of the four deepest pixels


def test_a_mask_that_covers_everything_is_answered_with_a_negative_click_off_the_padding() -> None:
    network = BlindNetwork(logit=3.0)

    roll_out(network, features(), square_targets(), rollout=replace(ICL, centre_share=1.0), losses=FOCAL, rng=rng())

    for row in network.calls[1].clicks:
        y, x, kind = row[1]
        assert kind == 0
        assert y < SIDE - 2
        assert not (4 <= y < 10 and 5 <= x < 11)


def test_a_perfect_mask_gets_no_further_click() -> None:
    targets = square_targets(1)
    empty = Targets(torch.zeros_like(targets.labels_BSS), targets.content_BSS, (1.0, 1.0))
    network = BlindNetwork(logit=-9.0)

    roll_out(network, features(1), empty, rollout=ICL, losses=FOCAL, rng=rng())

    assert [call.clicks for call in network.calls] == [[[]], [[]], [[]]]


def test_clicks_of_the_supervision_square_are_scaled_to_the_input_frame() -> None:
    packed = click_batch([(Click(3, 5, True),), ()], (4.0, 2.0), torch.device("cpu"))

    assert packed.yx_BK2[0, 0].tolist() == [12.0, 10.0]
    assert packed.kind_BK.tolist() == [[1], [-1]]


def test_a_finer_padding_mask_is_looked_up_on_the_networks_own_grid() -> None:
    content = torch.ones(1, 8, 8, dtype=torch.bool)
    content[:, 4:] = False

    prev = previous_mask(torch.zeros(1, 1, 4, 4), content)

    assert torch.equal(prev[0, 0], torch.tensor([0.5, 0.5, 0.0, 0.0])[:, None].expand(4, 4))


def test_the_same_rng_rolls_out_the_same_passes() -> None:
    rollout = Rollout(warmup=(0, 2), graded=(1, 3), weights=(1.0, 2.0, 3.0), repeat_share=0.3, centre_share=0.5, coarse_share=0.3)
    networks = [DotNetwork(), DotNetwork()]

    once, again = (roll_out(network, features(), square_targets(), rollout=rollout, losses=FOCAL, rng=rng(4)) for network in networks)

    assert torch.equal(once.loss, again.loss)
    assert [call.clicks for call in networks[0].calls] == [call.clicks for call in networks[1].calls]


def test_numbers_of_passes_cover_their_ranges() -> None:
    rollout, generator = Rollout(warmup=(0, 2), graded=(1, 3), weights=(1.0, 2.0, 3.0)), rng()

    drawn = {rollout.draw(generator) for _ in range(300)}

    assert drawn == {(warmup, graded) for warmup in (0, 1, 2) for graded in (1, 2, 3)}


@pytest.mark.parametrize(
    ("warmup", "graded", "weights", "message"),
    [
        ((2, 1), (1, 1), (1.0,), "smaller number first"),
        ((-1, 0), (1, 1), (1.0,), "0 <= warm-up"),
        ((0, 0), (0, 1), (1.0,), "1 <= graded"),
        ((0, 0), (1, 3), (1.0, 2.0), "a weight for each of 3 graded passes, got 2"),
    ],
)
def test_impossible_rollouts_are_refused(
    warmup: tuple[int, int], graded: tuple[int, int], weights: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Rollout(warmup, graded, weights)


SAMPLED = replace(RITM, first="sampled")
BEGIN = ((Click(5, 6, True), Click(0, 0, False)), ())


def begun(clicks: tuple[tuple[Click, ...], ...] = BEGIN) -> Targets:
    return replace(square_targets(), clicks=clicks)


def test_a_rollout_begins_with_the_clicks_that_were_sampled() -> None:
    network = DotNetwork()

    roll_out(network, features(), begun(), rollout=SAMPLED, losses=FOCAL, rng=rng())

    assert network.calls[0].clicks == [[(5.0, 6.0, 1), (0.0, 0.0, 0)], []]
    assert [len(row) for row in network.calls[1].clicks] == [3, 1]


def test_sampled_clicks_that_are_not_there_are_missed() -> None:
    with pytest.raises(ValueError, match="expected sampled clicks for each of 2 objects, got those of 0"):
        roll_out(DotNetwork(), features(), square_targets(), rollout=SAMPLED, losses=FOCAL, rng=rng())


def test_clicks_beyond_the_slots_take_the_place_of_others() -> None:
    network = BlindNetwork(logit=-9.0)  # misses everything: every new click is positive
    full = (Click(5, 6, True), Click(6, 6, True))

    rollout = replace(SAMPLED, slots=Slots(2, "first-free"))
    roll_out(network, features(1), Targets(*_one(square_targets(1)), clicks=(full,)), rollout=rollout, losses=FOCAL, rng=rng())

    assert [len(call.clicks[0]) for call in network.calls] == [2, 2, 2]
    assert all(call.clicks[0][0] == (5.0, 6.0, 1) for call in network.calls)


def _one(targets: Targets) -> tuple[torch.Tensor, torch.Tensor, tuple[float, float]]:
    return targets.labels_BSS, targets.content_BSS, targets.click_scale


def test_targets_keep_their_clicks_on_their_way_to_another_device() -> None:
    moved = begun().to(torch.device("cpu"))

    assert moved.clicks == BEGIN
    assert torch.equal(moved.labels_BSS, square_targets().labels_BSS)


def test_crops_need_not_be_squares() -> None:
    labels = torch.zeros(1, SIDE, 2 * SIDE, dtype=torch.int8)
    labels[:, 4:8, 4:12] = 1

    outcome = roll_out(BlindNetwork(), features(1), Targets(labels, labels >= 0, (1.0, 1.0)), rollout=RITM, losses=FOCAL, rng=rng())

    assert outcome.last_logits_BSS.shape == (1, SIDE, 2 * SIDE)


class ModesNetwork(BlindNetwork):
    """Remembers in which mode each pass ran; one of its modules is never in training."""

    def __init__(self) -> None:
        super().__init__()
        self.frozen = torch.nn.Identity().eval()
        self.modes: list[tuple[bool, bool]] = []

    def decode(self, features: Features, prev_B1HW: torch.Tensor | None, clicks: ClickBatch) -> torch.Tensor:
        self.modes.append((self.training, self.frozen.training))
        return super().decode(features, prev_B1HW, clicks)


def test_warmup_passes_run_as_in_use_and_graded_ones_as_in_training() -> None:
    network = ModesNetwork()
    network.train()
    network.frozen.eval()

    roll_out(network, features(), square_targets(), rollout=RITM, losses=FOCAL, rng=rng())

    assert network.modes == [(False, False), (False, False), (True, False)]
    assert network.training


class CoarseNetwork(BlindNetwork):
    """Has auxiliary logits, of another number."""

    def __init__(self) -> None:
        super().__init__()
        self.coarse = torch.nn.Parameter(torch.tensor(0.4))

    def answers(self, features: Features, prev_B1HW: torch.Tensor | None, clicks: ClickBatch) -> tuple[torch.Tensor, torch.Tensor | None]:
        return self.decode(features, prev_B1HW, clicks), self.coarse.expand(len(features[0]), 1, SIDE, SIDE)


def test_the_auxiliary_loss_is_of_the_auxiliary_logits() -> None:
    network, targets = CoarseNetwork(), square_targets()

    outcome = roll_out(network, features(), targets, rollout=RITM, losses=LossWeights(focal=1.0, auxiliary=0.4), rng=rng())
    outcome.loss.backward()  # type: ignore[no-untyped-call]

    coarse = torch.tensor(0.4, requires_grad=True)
    auxiliary = 0.4 * cross_entropy(coarse.expand(2, SIDE, SIDE), targets.labels_BSS).mean()
    auxiliary.backward()  # type: ignore[no-untyped-call]
    assert_close(outcome.loss, loss_of(torch.tensor(-1.0 + 0.2), targets) + auxiliary)
    assert_close(network.coarse.grad, coarse.grad)


def test_an_auxiliary_loss_of_a_network_without_auxiliary_logits_is_refused() -> None:
    with pytest.raises(ValueError, match="an auxiliary loss needs a network with auxiliary logits"):
        roll_out(BlindNetwork(), features(), square_targets(), rollout=RITM, losses=LossWeights(1.0, auxiliary=0.4), rng=rng())
