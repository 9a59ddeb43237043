"""Many objects at once: the same states as one after the other, for fewer calls of the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click, Clicks
from clickcut.model.fit import AsIs, Fitting
from clickcut.model.network import ClickBatch, Features
from clickcut.predict.batching import Work, answered, timed, together
from clickcut.predict.brs import Brs
from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.requests import Encoding
from clickcut.predict.scene import FeatureCache, Framing, Scene
from clickcut.predict.session import Session
from clickcut.predict.zoom import Zoom
from tests.model.tiny_sam import tiny_sam
from tests.predict.fakes import LONGEST, SQUASH, SQUASH_ZOOMED, FormulaNetwork, grey, picture
from tests.predict.two_stage import TwoStage

# Of unequal numbers, so that objects fall out of step.
SEVERAL: tuple[Clicks, ...] = (
    (Click(125, 160, True), Click(220, 330, False), Click(136, 225, True)),
    (Click(220, 330, True),),
    (Click(40, 60, True), Click(10, 10, False)),
    (Click(125, 160, True), Click(30, 300, False), Click(150, 216, True), Click(118, 227, True)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Clicked:
    """What a session was after all its clicks."""

    place: int
    box: Box | None
    probs: NDArray[np.float32]
    passes: int
    encodes: int
    seconds: float


def clicked(place: int, session: Session, clicks: Clicks) -> Work[Clicked]:
    seconds = 0.0
    for click in clicks:
        _, waited = yield from timed(session.adding(click))
        seconds += waited
    scene = session.scene
    return Clicked(place, session.state.box, session.probs, scene.num_passes, scene.num_encodes, seconds)


def all_clicked(predictor: Predictor, image: NDArray[np.uint8], width: int, several: tuple[Clicks, ...] = SEVERAL) -> list[Clicked]:
    cache = FeatureCache()

    def works() -> Iterator[Work[Clicked]]:
        for place, clicks in enumerate(several):
            yield clicked(place, Session(predictor, Scene(image, cache=cache)), clicks)

    return sorted(together(works(), width), key=lambda one: one.place)


def one_by_one(predictor: Predictor, image: NDArray[np.uint8], several: tuple[Clicks, ...] = SEVERAL) -> list[NDArray[np.float32]]:
    """As users do it: session after session."""
    answers = []
    for clicks in several:
        session = Session(predictor, image)
        for click in clicks:
            session.add(click)
        answers.append(session.probs)
    return answers


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize(
    ("fitting", "zoom", "cascade", "flip"),
    [
        (SQUASH, Zoom(), Cascade(), True),
        (SQUASH, Zoom(), Cascade(3, adaptive=True), False),
        (LONGEST, Zoom(skip_clicks=1), Cascade(), True),  # crops of several shapes
        (SQUASH_ZOOMED, Zoom(skip_clicks=0), Cascade(2, clicks=20), False),  # quirk Q1: passes that start over
        (AsIs(), None, Cascade(), False),
    ],
)
def test_many_objects_at_once_are_answered_as_one_after_the_other(
    fitting: Fitting, zoom: Zoom | None, cascade: Cascade, flip: bool, width: int
) -> None:
    image = picture()
    predictor = Predictor(FormulaNetwork(fitting), zoom, cascade, flip=flip)

    found = all_clicked(predictor, image, width)

    for one, probs in zip(found, one_by_one(predictor, image), strict=True):
        np.testing.assert_array_equal(one.probs, probs)  # the network works pixel by pixel, so batches round nothing otherwise


def test_a_late_fusion_network_answers_many_as_one_but_for_rounding() -> None:
    predictor = Predictor(tiny_sam(), Zoom(), Cascade(1), flip=True)

    found = all_clicked(predictor, picture(), 4)

    for one, probs in zip(found, one_by_one(predictor, picture()), strict=True):
        np.testing.assert_allclose(one.probs, probs, atol=1e-4)


def test_objects_in_step_share_one_decode_and_objects_of_an_image_one_encode() -> None:
    network = FormulaNetwork(AsIs())

    found = all_clicked(Predictor(network), grey(), 4, ((Click(5, 5, True), Click(9, 9, False)),) * 4)

    assert len(network.encoded) == 1
    assert len(network.clicks) == 2
    assert [len(clicks.kind_BK) for clicks in network.clicks] == [4, 4]
    assert sorted(one.encodes for one in found) == [0, 0, 0, 1]
    assert [one.passes for one in found] == [2] * 4


def test_crops_of_different_images_share_one_encode_if_they_have_one_shape() -> None:
    network = FormulaNetwork(AsIs())
    images = [grey(), grey()[::-1], grey(40, 80), grey()]
    requests = [Encoding(network, Scene(image), Framing(Box.whole((len(image), 80)), True, AsIs())) for image in images]

    answers = answered(requests)

    assert [len(pixels) for pixels in network.encoded] == [6, 2]
    for request, answer in zip(requests, answers, strict=True):
        assert torch.equal(answer.value[0], network.encode(request.pixels())[0])
        assert request.scene.num_encodes == 1


def test_features_that_were_encoded_together_do_not_keep_each_other_alive() -> None:
    network = FormulaNetwork(AsIs())
    requests = [Encoding(network, Scene(image), Framing(Box.whole((60, 80)), False, AsIs())) for image in (grey(), grey()[::-1])]

    (one, other) = (answer.value[0] for answer in answered(requests))

    assert one.untyped_storage().data_ptr() != other.untyped_storage().data_ptr()
    assert one.untyped_storage().nbytes() == one.numel() * one.element_size()


def test_those_before_the_first_pass_are_not_mixed_with_those_after_it() -> None:
    network = FormulaNetwork(AsIs())
    several: tuple[Clicks, ...] = ((Click(5, 5, True),), (Click(9, 9, True), Click(3, 3, False)), (Click(7, 7, True),))

    all_clicked(Predictor(network), grey(), 2, several)

    # The third begins when the first is through, while the second has a mask already.
    assert [prev is None for prev in network.prevs] == [True, False, True]


def test_no_more_than_the_width_are_under_way() -> None:
    begun: list[int] = []
    most: list[int] = []

    def work(place: int) -> Work[int]:
        begun.append(place)
        yield from clicked(place, Session(Predictor(FormulaNetwork(AsIs())), grey()), (Click(5, 5, True),) * (place + 1))
        most.append(len(begun))
        return place

    ended = list(together((work(place) for place in range(6)), 2))

    assert ended == list(range(6))
    assert most == [2, 3, 4, 5, 6, 6]


def test_a_share_of_the_time_of_every_call_is_each_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(10_000))
    monkeypatch.setattr("clickcut.predict.batching.time.perf_counter", lambda: float(next(times)))

    found = all_clicked(Predictor(FormulaNetwork(AsIs())), grey(), 4, ((Click(5, 5, True),),) * 4)

    # A tick for each of three stretches of its own, and a quarter of one encode and of one decode.
    assert [one.seconds for one in found] == [3.5] * 4


def test_backpropagating_refinement_goes_on_one_after_the_other() -> None:
    predictor = Predictor(TwoStage(), brs=Brs("f-brs-b", 8, max_evaluations=2))
    several: tuple[Clicks, ...] = ((Click(30, 60, True), Click(30, 50, False)), (Click(10, 20, True), Click(50, 70, False)))

    found = all_clicked(predictor, grey(), 2, several)

    for one, probs in zip(found, one_by_one(predictor, grey(), several), strict=True):
        np.testing.assert_array_equal(one.probs, probs)


def test_what_a_network_raises_comes_through() -> None:
    class Broken(FormulaNetwork):
        def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
            raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        all_clicked(Predictor(Broken(AsIs())), picture(), 2)
    assert not torch.is_inference_mode_enabled()


def test_whoever_takes_the_results_is_not_in_inference_mode() -> None:
    work = clicked(0, Session(Predictor(FormulaNetwork(AsIs())), grey()), (Click(5, 5, True),))

    modes = [torch.is_inference_mode_enabled() for _ in together([work], 2)]

    assert modes == [False]


def test_rows_of_one_crop_are_not_copied() -> None:
    class Watching(FormulaNetwork):
        strides: tuple[int, ...] = ()

        def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
            self.strides = features[0].stride()
            return super().decode(features, prev_B1HW, clicks)

    network = Watching(AsIs())

    all_clicked(Predictor(network), grey(), 3, ((Click(5, 5, True),),) * 3)

    assert network.strides[0] == 0
    assert len(network.encoded[0]) == 1
