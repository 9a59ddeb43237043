"""The shared network: what is remembered is not computed again, what nobody needs is given up, and clicks go before work made ahead."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from clickcut.core.clicks import Click
from clickcut.model.fit import AsIs
from clickcut.model.network import ClickBatch, Features
from clickcut.predict.predictor import Predictor
from clickcut.web.cutting.answers import Answers, Subject
from clickcut.web.cutting.bench import never
from clickcut.web.cutting.interruptible import Superseded
from clickcut.web.record.moments import Trail
from clickcut.web.record.settings import Settings
from tests.predict.fakes import FormulaNetwork, grey

SUBJECT = Subject("grey", (60, 80), grey)
CLICKS = (Click(10, 20, True), Click(30, 40, True), Click(50, 60, False))


def trail_of(num_clicks: int) -> Trail:
    return Trail(Settings(zoom=False), clicks=CLICKS[:num_clicks])


def answers_of(network: FormulaNetwork) -> Answers:
    return Answers(Predictor(network), "formula")


def test_a_further_click_takes_one_pass_and_an_undone_one_none() -> None:
    network = FormulaNetwork(AsIs())
    answers = answers_of(network)

    passes = [answers.cut(SUBJECT, trail_of(number), None, never)[1].passes for number in (2, 3, 2, 1, 3)]

    assert passes == [2, 1, 0, 0, 0]
    assert len(network.encoded) == 1


def test_other_settings_are_computed_anew_but_another_threshold_is_not() -> None:
    answers = answers_of(FormulaNetwork(AsIs()))
    trail = trail_of(2)
    low, _ = answers.cut(SUBJECT, trail, None, never)

    high, threshold = answers.cut(SUBJECT, replace(trail, settings=replace(trail.settings, threshold=0.8)), None, never)
    _, cascade = answers.cut(SUBJECT, replace(trail, settings=replace(trail.settings, cascade_steps=1, cascade_clicks=5)), None, never)

    assert (threshold.passes, cascade.passes) == (0, 4)
    assert low is not None
    assert high is not None
    assert high.mask.sum() < low.mask.sum()


def test_what_is_stale_is_given_up_before_the_next_pass() -> None:
    network = FormulaNetwork(AsIs())
    answers = answers_of(network)

    with pytest.raises(Superseded):
        answers.cut(SUBJECT, trail_of(3), None, lambda: len(network.clicks) == 2)

    assert len(network.clicks) == 2
    assert answers.cut(SUBJECT, trail_of(3), None, never)[1].passes == 1  # the two that were computed are remembered


def test_made_ready_ahead_a_first_click_encodes_nothing() -> None:
    answers = answers_of(FormulaNetwork(AsIs()))
    assert not answers.is_ready(SUBJECT, trail_of(0))

    answers.prepare(SUBJECT, trail_of(0), None, never)

    assert answers.is_ready(SUBJECT, trail_of(0))
    assert answers.cut(SUBJECT, trail_of(1), None, never)[1].encodes == 0


class Slow(nn.Module):
    """An encoder of many parts, the tenth of which waits until a click has come."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(nn.Identity() for _ in range(20))
        self.fitting = AsIs()
        self.device = torch.device("cpu")
        self.reached, self.go_on = threading.Event(), threading.Event()
        self.num_parts = 0

    def encode(self, pixels_B3HW: Tensor) -> Features:
        for number, part in enumerate(self.parts):
            if number == 10:
                self.reached.set()
                self.go_on.wait(10)
            pixels_B3HW = part(pixels_B3HW)
            self.num_parts += 1
        return (pixels_B3HW,)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        return features[0][:, :1]


def test_an_encode_made_ahead_gives_way_to_a_click_in_its_middle() -> None:
    network = Slow()
    answers = Answers(Predictor(network), "slow")
    other = replace(SUBJECT, key="other")
    ended: list[str] = []

    def ahead() -> None:
        try:
            answers.prepare(other, trail_of(0), None, never)
        except Superseded:
            ended.append("gave way")

    background = threading.Thread(target=ahead)
    background.start()
    network.reached.wait(10)
    click = threading.Thread(target=lambda: answers.cut(SUBJECT, trail_of(1), None, never))
    click.start()
    while not answers._waiting:
        pass
    network.go_on.set()
    background.join(10)
    click.join(10)

    assert ended == ["gave way"]
    assert network.num_parts == 10 + 20


def test_an_input_that_the_network_cannot_take_is_refused_when_it_is_chosen() -> None:
    class Picky(FormulaNetwork):
        def encode(self, pixels_B3HW: Tensor) -> Features:
            if pixels_B3HW.shape[-1] % 16:
                raise RuntimeError("sizes must match\nlong story")
            return super().encode(pixels_B3HW)

    answers = answers_of(Picky(AsIs()))

    answers.check(Settings(size=64))
    with pytest.raises(ValueError, match=r"no input of 100 pixels: sizes must match$"):
        answers.check(Settings(size=100))
