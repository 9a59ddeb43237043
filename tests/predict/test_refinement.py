"""Passes with backpropagating refinement: gradients, what persists from click to click, and that the network stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.optimize
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click, Clicks
from clickcut.model.early import EarlyFusion
from clickcut.model.fit import AsIs, Squash
from clickcut.predict.brs import NAMES, Brs, Mode
from clickcut.predict.cascade import Cascade
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import Scene
from clickcut.predict.session import Session
from clickcut.predict.state import State, Tuned
from clickcut.predict.zoom import Zoom
from tests.model.test_early import TINY, tiny
from tests.model.tiny_sam import tiny_sam
from tests.predict.fakes import FormulaNetwork, grey
from tests.predict.two_stage import TwoStage

Vector = NDArray[np.float64]
FEATURES: list[Mode] = ["f-brs-a", "f-brs-b", "f-brs-c"]
INPUTS: list[Mode] = ["rgb-brs", "distmap-brs"]
MODES = [*INPUTS, *FEATURES]
CLICKS = (Click(30, 60, True), Click(30, 50, False), Click(10, 20, True), Click(50, 70, False), Click(5, 75, True))
HW = (60, 80)


def brs(mode: Mode, clicks_limit: int = 8, **options: Any) -> Brs:
    return Brs(mode, clicks_limit, **options)


def session(mode: Mode, network: TwoStage | None = None, *, clicks_limit: int = 8, flip: bool = True, zoom: Zoom | None = None) -> Session:
    return Session(Predictor(network or TwoStage(), zoom, flip=flip, brs=brs(mode, clicks_limit)), grey())


def tuned_of(one: Session) -> Tuned:
    assert one.state.tuned is not None
    return one.state.tuned


@dataclass
class Optimiser:
    """Stands in for SciPy's: notes where each search starts, tries the objective, and says that the answer is ``found`` from there."""

    found: float = 0.0
    trial: Callable[[Callable[[Vector], tuple[float, Vector]], int], None] | None = None
    starts: list[Vector] = field(default_factory=list)
    options: list[dict[str, Any]] = field(default_factory=list)

    def __call__(
        self, objective: Callable[[Vector], tuple[float, Vector]], start: Vector, **options: Any
    ) -> tuple[Vector, float, dict[str, Any]]:
        self.starts.append(start.copy())
        self.options.append(options)
        value, _ = objective(start)
        if self.trial is not None:
            self.trial(objective, start.size)
        return start + self.found, value, {}


@pytest.fixture
def optimiser(monkeypatch: pytest.MonkeyPatch) -> Optimiser:
    fake = Optimiser()
    monkeypatch.setattr(scipy.optimize, "fmin_l_bfgs_b", fake)
    return fake


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_gradients_are_those_of_finite_differences(optimiser: Optimiser, mode: Mode, *, flip: bool) -> None:
    errors: list[float] = []

    def compare(objective: Callable[[Vector], tuple[float, Vector]], size: int) -> None:
        rng = np.random.default_rng(0)
        at = 0.1 * rng.standard_normal(size)
        for _ in range(3):
            direction = rng.standard_normal(size)
            ahead, behind = (objective(at + step * direction)[0] for step in (1e-5, -1e-5))
            slope = float(objective(at)[1] @ direction)
            errors.append(abs((ahead - behind) / 2e-5 - slope) / max(abs(slope), 1e-3))

    optimiser.trial = compare
    # A threshold that no click meets, and no mask that stands still: a gradient every time
    predictor = Predictor(TwoStage(double=True), flip=flip, threshold=1 - 1e-9, brs=brs(mode, min_iou_diff=0))
    one = Session(predictor, grey())
    for click in CLICKS[:2]:
        one.add(click)

    assert len(errors) == 3
    assert max(errors) < 1e-5


def test_the_optimiser_is_told_the_fields_options(optimiser: Optimiser) -> None:
    one = session("f-brs-b")
    for click in CLICKS[:2]:
        one.add(click)

    assert optimiser.options == [{"m": 20, "factr": 0, "pgtol": 1e-8, "maxfun": 20, "maxiter": 40}]
    assert optimiser.starts[0].dtype == np.float64


@pytest.mark.parametrize(
    ("mode", "count"), [("rgb-brs", 3 * 60 * 80), ("distmap-brs", 2 * 60 * 80), ("f-brs-b", 2 * 4), ("f-brs-c", 2 * 3)]
)
def test_looks_share_variables_which_begin_as_zeros(optimiser: Optimiser, mode: Mode, count: int) -> None:
    one = session(mode, flip=True)
    for click in CLICKS[:2]:
        one.add(click)

    assert optimiser.starts[0].tolist() == [0.0] * count


@pytest.mark.parametrize("mode", MODES)
def test_the_first_click_is_answered_as_without_refinement(optimiser: Optimiser, mode: Mode) -> None:
    network = TwoStage()
    plain = Session(Predictor(network, flip=True), grey())

    one = session(mode, network)

    assert np.array_equal(one.add(CLICKS[0]), plain.add(CLICKS[0]))
    # A bias of zeros and a scale of one change no number, but a compiler may join two steps of arithmetic into one
    np.testing.assert_allclose(one.probs, plain.probs, rtol=1e-6)
    assert optimiser.starts == []


def num_right(asked: Session) -> int:
    return sum(bool(asked.mask[int(click.y), int(click.x)]) is click.positive for click in asked.clicks)


@pytest.mark.parametrize("mode", INPUTS)
def test_clicks_come_out_right_that_the_network_gets_wrong(mode: Mode) -> None:
    network = TwoStage()
    plain, one = Session(Predictor(network, flip=True), grey()), session(mode, network)
    for click in CLICKS[:3]:
        plain.add(click)
        one.add(click)

    assert num_right(plain) < num_right(one) == 3


@pytest.mark.parametrize("mode", FEATURES)
def test_clicks_come_out_right_that_the_network_is_not_shown_and_would_not_hear(mode: Mode) -> None:
    network = deaf()
    plain, one = Session(Predictor(network, flip=True), grey()), session(mode, network, clicks_limit=1)
    for click in (Click(30, 70, True), Click(30, 10, False), Click(10, 65, True), Click(50, 20, False)):
        plain.add(click)
        one.add(click)

    assert num_right(plain) == 2
    assert num_right(one) == 4


def deaf() -> TwoStage:
    """Looks at red alone, which rises from left to right, and takes all of it for the object."""
    network = TwoStage()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        for layer in (network.joined, network.context, network.classes):
            layer.weight[0, 0, layer.kernel_size[0] // 2, layer.kernel_size[1] // 2] = 1
        assert network.classes.bias is not None
        network.classes.bias[0] = 0.8
    return network


@pytest.mark.parametrize("mode", INPUTS)
def test_a_plain_vit_gets_clicks_right_that_it_got_wrong(mode: Mode) -> None:
    network = tiny(replace(TINY, random_split=True))
    fitting = Squash((64, 64))
    plain = Session(Predictor(network, Zoom(min_side=20), flip=True, fitting=fitting), grey())
    one = Session(Predictor(network, Zoom(min_side=20), flip=True, fitting=fitting, brs=Brs.named(mode)), grey())
    for click in (Click(30, 10, True), Click(30, 70, False), Click(10, 60, False)):
        plain.add(click)
        one.add(click)

    assert num_right(plain) == 1
    assert num_right(one) == 3


@pytest.mark.parametrize("network", [TwoStage(), tiny(replace(TINY, random_split=True)), tiny_sam()], ids=lambda one: type(one).__name__)
def test_the_network_is_not_changed(network: Any) -> None:
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    fitting = Squash((64, 64)) if isinstance(network, EarlyFusion) else None
    one = Session(Predictor(network, flip=True, fitting=fitting, brs=Brs.named("RGB-BRS")), grey())

    for click in CLICKS[:3]:
        one.add(click)

    assert all(torch.equal(tensor, before[name]) for name, tensor in network.state_dict().items())
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not network.training


@pytest.mark.parametrize("mode", MODES)
def test_variables_go_on_from_click_to_click(optimiser: Optimiser, mode: Mode) -> None:
    optimiser.found = 0.25
    one = session(mode, zoom=Zoom(min_side=60, renew_below=0))

    for click in CLICKS[:4]:
        one.add(click)

    assert [start[0] for start in optimiser.starts] == [0, 0.25, 0.5]
    assert tuned_of(one).variables[0] == 0.75


@pytest.mark.parametrize("mode", MODES)
def test_variables_begin_anew_for_a_new_object(optimiser: Optimiser, mode: Mode) -> None:
    optimiser.found = 0.25
    one = session(mode)
    for _ in range(2):
        for click in CLICKS[:2]:
            one.add(click)
        one.reset()

    assert [start[0] for start in optimiser.starts] == [0, 0]


LEFT, RIGHT = Box(0, 0, 60, 50), Box(0, 30, 60, 80)


def stepped(mode: Mode, *, click: Click, tuned: Tuned, network: TwoStage | None = None) -> State:
    """One more click in a session that looked at the left box, and that had found everything there."""
    found = np.ones(LEFT.hw, np.float32)
    state = State(CLICKS[2:3], LEFT, found, tuned)
    return Predictor(network or TwoStage(), Zoom(expansion=1, min_side=1, renew_below=0), brs=brs(mode, 1)).step(
        Scene(grey()), state, click
    )


INSIDE, OUTSIDE, LAST_ROW = Click(10, 30, True), Click(10, 60, True), Click(59, 30, True)


@pytest.mark.parametrize(
    ("mode", "click", "start"),
    [
        ("rgb-brs", INSIDE, 0.5),
        ("rgb-brs", OUTSIDE, 0),
        ("rgb-brs", LAST_ROW, 0),  # chosen anew, though it is the same box: in the field, too, that is a changed crop
        ("f-brs-b", INSIDE, 0.5),
        ("f-brs-b", OUTSIDE, 0.5),  # a channel's scale fits every crop
        ("f-brs-b", LAST_ROW, 0.5),
    ],
)
def test_a_new_crop_resets_the_variables_of_an_input_alone(optimiser: Optimiser, mode: Mode, click: Click, start: float) -> None:
    count = 3 * 60 * 50 if mode == "rgb-brs" else 8
    prev = None if mode == "rgb-brs" else np.ones(LEFT.hw, np.float32)

    after = stepped(mode, click=click, tuned=Tuned(mode, LEFT, np.full(count, 0.5), prev))

    assert optimiser.starts[0][0] == start
    assert after.tuned is not None
    assert after.tuned.crop == after.box


@pytest.mark.parametrize("tuned", [Tuned("f-brs-b", LEFT, np.ones(4), None), Tuned("f-brs-c", LEFT, np.ones(8), None)])
def test_variables_that_do_not_fit_or_belong_to_another_mode_are_dropped(optimiser: Optimiser, tuned: Tuned) -> None:
    stepped("f-brs-b", click=INSIDE, tuned=tuned)

    assert optimiser.starts[0].tolist() == [0] * 8


def test_where_zoom_in_gives_up_and_sees_the_whole_image_an_inputs_variables_begin_anew(optimiser: Optimiser) -> None:
    """Quirk Q51: the field calls this crop unchanged, and fails on the size of its variables."""
    nothing = State(CLICKS[:2], LEFT, np.zeros(LEFT.hw, np.float32), Tuned("rgb-brs", LEFT, np.ones(3 * 60 * 50), None))

    Predictor(TwoStage(), Zoom(skip_clicks=1), brs=brs("rgb-brs")).step(Scene(grey()), nothing, CLICKS[2])

    assert optimiser.starts[0].tolist() == [0] * (3 * 60 * 80)


@pytest.mark.parametrize("mode", MODES)
def test_the_network_sees_the_first_clicks_alone_and_the_loss_sees_all(mode: Mode) -> None:
    network = TwoStage()
    one = session(mode, network, clicks_limit=2)

    for click in CLICKS[:4]:
        one.add(click)

    assert network.num_clicks == [1, 2, 2, 2]
    assert mode in FEATURES or num_right(one) == 4


@pytest.mark.parametrize("mode", FEATURES)
def test_beyond_the_limit_of_clicks_features_stay_those_of_an_earlier_pass(mode: Mode) -> None:
    network = TwoStage()
    one = session(mode, network, clicks_limit=2)

    seen = []
    for click in CLICKS:
        seen.append(one.probs)
        one.add(click)

    assert network.prevs[0] is None
    fed = [prev[0, 0].numpy() for prev in network.prevs[1:] if prev is not None]
    # Clicks 2 to 5: the second saw the first's answer, and all later ones the same once more
    assert [np.array_equal(one_fed, seen[1]) for one_fed in fed] == [True] * 4
    assert not np.array_equal(seen[2], seen[1])


@pytest.mark.parametrize("mode", INPUTS)
def test_where_the_input_is_altered_every_pass_sees_the_last_mask(mode: Mode) -> None:
    network = TwoStage()
    one = session(mode, network, clicks_limit=2)

    seen = []
    for click in CLICKS[:4]:
        seen.append(one.probs)
        one.add(click)

    fed = [prev[0, 0].numpy() for prev in network.prevs[1:] if prev is not None]
    assert [np.array_equal(*pair) for pair in zip(fed, seen[1:], strict=True)] == [True] * 3


@pytest.mark.parametrize(("click", "anew"), [(INSIDE, False), (OUTSIDE, True), (LAST_ROW, True)])
def test_a_new_crop_makes_the_features_anew_beyond_the_limit_too(click: Click, *, anew: bool) -> None:
    network = TwoStage()
    kept = np.full(LEFT.hw, 0.125, np.float32)

    after = stepped("f-brs-b", click=click, tuned=Tuned("f-brs-b", LEFT, np.zeros(8), kept), network=network)

    assert network.prevs[0] is not None
    assert (float(network.prevs[0][0, 0, 20, 20]) == 0.125) is not anew
    assert after.tuned is not None
    assert after.tuned.prev is not None
    assert (after.tuned.prev[20, 20] == 0.125) is not anew


def test_the_limits_first_pass_without_a_mask_is_kept_as_one_without_a_mask() -> None:
    network = TwoStage()
    one = session("f-brs-b", network, clicks_limit=1)

    for click in CLICKS[:3]:
        one.add(click)

    assert network.prevs == [None, None, None]


@pytest.mark.parametrize("mode", MODES)
def test_undo_redo_and_the_same_clicks_again_are_exact(mode: Mode) -> None:
    one = session(mode, clicks_limit=2, zoom=Zoom(min_side=40))
    states = [one.state]
    for click in CLICKS:
        one.add(click)
        states.append(one.state)

    for _ in range(3):
        one.undo()
    assert one.state is states[2]
    one.redo()
    assert one.state is states[3]
    again = [one.add(click) for click in CLICKS[3:]]

    assert len(again) == 2
    assert np.array_equal(one.probs, states[5].probs_in(Box.whole(HW)))
    assert one.state.tuned is not None
    assert states[5].tuned is not None
    assert np.array_equal(one.state.tuned.variables, states[5].tuned.variables)


@pytest.mark.parametrize("mode", MODES)
def test_a_restored_session_goes_on_as_the_saved_one(tmp_path: Path, mode: Mode) -> None:
    one = session(mode, clicks_limit=2, zoom=Zoom(min_side=40))
    for click in CLICKS[:4]:
        one.add(click)
    one.undo()

    one.save(tmp_path / "session.npz")
    restored = Session.restore(tmp_path / "session.npz", one.predictor, grey())

    assert np.array_equal(restored.add(CLICKS[4]), one.add(CLICKS[4]))
    assert np.array_equal(restored.probs, one.probs)
    assert np.array_equal(tuned_of(restored).variables, tuned_of(one).variables)
    for either in (restored, one):
        either.undo()
        either.undo()
    assert np.array_equal(restored.add(CLICKS[3]), one.add(CLICKS[3]))


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.builds(Click, st.integers(0, 59), st.integers(0, 79), st.booleans()), min_size=2, max_size=4),
    st.sampled_from(FEATURES),
    st.integers(1, 3),
)
def test_a_click_after_an_undo_answers_the_same(clicks: list[Click], mode: Mode, clicks_limit: int) -> None:
    one = session(mode, clicks_limit=clicks_limit, zoom=Zoom(skip_clicks=1, min_side=20))
    for click in clicks:
        one.add(click)
    probs = one.probs

    one.undo()
    one.add(clicks[-1])

    assert np.array_equal(one.probs, probs)


@pytest.mark.parametrize("mode", MODES)
def test_the_mirrored_photo_with_mirrored_clicks_gives_the_mirrored_answer(mode: Mode) -> None:
    clicks: Clicks = CLICKS[:3]
    predictor = Predictor(TwoStage(double=True), flip=True, brs=brs(mode))
    one = Session(predictor, grey())
    mirrored = Session(predictor, np.ascontiguousarray(grey()[:, ::-1]))

    for click in clicks:
        one.add(click)
        mirrored.add(replace(click, x=79 - click.x))

    # Sums run in another order, and the optimiser carries that on
    np.testing.assert_allclose(mirrored.probs[:, ::-1], one.probs, atol=1e-4)


@pytest.mark.parametrize("mode", MODES)
def test_passes_of_a_cascade_are_refined_and_go_on_from_each_other(optimiser: Optimiser, mode: Mode) -> None:
    optimiser.found = 0.25
    one = Session(Predictor(TwoStage(), None, Cascade(2, clicks=20), brs=brs(mode)), grey())

    for click in CLICKS[:2]:
        one.add(click)

    assert one.scene.num_passes == 6
    assert [start[0] for start in optimiser.starts] == [0, 0.25, 0.5]


def test_a_pass_that_starts_over_goes_on_with_what_the_one_around_it_has_tuned(optimiser: Optimiser) -> None:
    """Quirk Q1: in the field both passes share their variables."""
    optimiser.found = 0.25
    image = np.zeros((600, 800, 3), np.uint8)
    predictor = Predictor(Everywhere(), Zoom(skip_clicks=0), brs=brs("f-brs-b", after_clicks=0))

    predictor.step(Scene(image), State(), Click(300, 400, True))

    assert [start[0] for start in optimiser.starts] == [0, 0.25]


class Everywhere(TwoStage):
    """Finds a small square about the middle of a large image, whatever is done to it."""

    def _from_context(self, parts: tuple[torch.Tensor, ...]) -> torch.Tensor:
        logits = super()._from_context(parts)
        object_HW = torch.full(logits.shape[-2:], -5.0)
        height, width = object_HW.shape
        object_HW[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20] = 5
        return object_HW + 0.001 * logits


def test_a_network_that_cannot_be_altered_is_refused_by_name() -> None:
    with pytest.raises(
        ValueError, match="f-BRS-B alters a network at its 'backbone', which FormulaNetwork does not offer; it serves no mode"
    ):
        Predictor(FormulaNetwork(AsIs()), brs=Brs.named("f-BRS-B"))


@pytest.mark.parametrize("name", [NAMES[mode] for mode in FEATURES])
def test_a_plain_vit_names_the_modes_that_it_serves(name: str) -> None:
    with pytest.raises(ValueError, match="EarlyFusion does not offer; it serves RGB-BRS, DistMap-BRS"):
        Predictor(tiny(), brs=Brs.named(name))


def test_the_late_fusion_network_can_be_altered_in_its_colours() -> None:
    with pytest.raises(ValueError, match="SamLineage does not offer; it serves RGB-BRS"):
        Predictor(tiny_sam(), brs=Brs.named("DistMap-BRS"))
