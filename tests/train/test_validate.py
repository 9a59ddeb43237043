"""Figures on held-out objects: the benchmark's clicks, counted by hand for networks that can be seen through."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from clickcut.model.network import ClickBatch, Features
from clickcut.train.batches import Batch, Seen
from clickcut.train.validate import Held, measured
from tests.train.small import SIDE, BlindNetwork, DotNetwork, features, square_targets

HELD = Held((Batch(Seen("features", features()), square_targets(), ("a", "b")),))


class KnowingNetwork(BlindNetwork):
    """Answers with the object itself from the click of its own choice on; before that with nothing."""

    def __init__(self, from_click: int) -> None:
        super().__init__()
        self.from_click = from_click

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        super().decode(features, prev_B1HW, clicks)
        knows = clicks.kind_BK.shape[1] >= self.from_click
        square = torch.full((len(features[0]), 1, SIDE, SIDE), -9.0)
        square[:, :, 4:10, 5:11] = 9.0 if knows else -9.0
        return square


@pytest.mark.parametrize(
    ("from_click", "noc", "miou"),
    [
        (1, 1.0, (1.0, 1.0, 1.0)),
        (3, 3.0, (0.0, 1.0, 1.0)),
        (5, 5.0, (0.0, 0.0, 1.0)),
        (9, 6.0, (0.0, 0.0, 0.0)),  # never: the limit of six clicks counts
    ],
)
def test_figures_follow_from_the_click_at_which_a_network_knows(from_click: int, noc: float, miou: tuple[float, float, float]) -> None:
    figures = measured(KnowingNetwork(from_click), HELD)

    assert (figures["noc85"], figures["noc90"], figures["noc95"]) == (noc, noc, noc)
    assert (figures["miou1"], figures["miou3"], figures["miou5"]) == miou


def test_padding_counts_neither_for_nor_against_a_mask() -> None:
    figures = measured(BlindNetwork(logit=5.0), HELD)  # everything is the object, padding too

    assert figures["miou1"] == pytest.approx(36 / (14 * 16))


def test_refinements_see_the_last_answer_and_the_same_click() -> None:
    network = DotNetwork()

    measured(network, HELD)

    first, *refinements = network.calls[:4]
    assert first.prev is None
    assert all(call.clicks == first.clicks for call in refinements)
    assert all(call.prev is not None for call in refinements)
    assert len(network.calls[4].clicks[0]) == 2


def test_the_second_click_follows_from_the_first_answer_and_not_from_its_refinements() -> None:
    network = DotNetwork()

    measured(network, HELD)

    assert network.calls[4].prev is not None
    assert network.calls[1].prev is not None
    assert torch.equal(network.calls[4].prev, network.calls[1].prev)


def test_no_pass_carries_a_gradient() -> None:
    network = DotNetwork()

    measured(network, HELD)

    assert not any(call.graded for call in network.calls)


def test_views_that_are_not_encoded_yet_are_encoded() -> None:
    pixels = Held((Batch(Seen("pixels", (torch.zeros(2, 3, SIDE, SIDE),)), square_targets(), ("a", "b")),))

    assert measured(DotNetwork(), pixels) == measured(DotNetwork(), HELD)


class NumberedSource:
    """Gives batches whose ids tell the numbers drawn."""

    def draw(self, batch_size: int, rng: np.random.Generator) -> Batch:
        return Batch(
            Seen("features", features(batch_size)), square_targets(batch_size), tuple(str(rng.integers(10**9)) for _ in range(batch_size))
        )


@pytest.mark.parametrize(("num_objects", "num_batches"), [(48, 6), (8, 1), (3, 1)])
def test_held_out_objects_are_drawn_in_batches_of_eight(num_objects: int, num_batches: int) -> None:
    held = Held.draw(NumberedSource(), num_objects, seed=0)

    assert [len(batch.ids) for batch in held.batches] == [8] * num_batches


def test_held_out_objects_are_the_same_for_the_same_seed_and_differ_between_batches() -> None:
    once, again = (Held.draw(NumberedSource(), 16, seed=5) for _ in range(2))

    assert [batch.ids for batch in once.batches] == [batch.ids for batch in again.batches]
    assert once.batches[0].ids != once.batches[1].ids
