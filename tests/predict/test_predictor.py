"""The predictor against the golden tables A-F (algorithm notes, A.3), and the field's quirks that it keeps or mends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from clickcut.core.boxes import Box
from clickcut.core.clicks import Click
from clickcut.core.masks import iou
from clickcut.model.fit import AsIs, Fitting, Letterbox, Squash
from clickcut.model.network import ClickBatch, Features
from clickcut.predict.cascade import Cascade
from clickcut.predict.field_protocol import FieldProtocolName
from clickcut.predict.options import predictor_for
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import Scene
from clickcut.predict.session import Session
from clickcut.predict.state import State
from clickcut.predict.zoom import Zoom
from tests.predict.fakes import (
    LONGEST,
    SQUASH,
    SQUASH_ZOOMED,
    FormulaNetwork,
    LogitNetwork,
    ellipse,
    grey,
    picture,
    simulated,
    target,
)

# click (y, x), positive, passes, box after the click as inclusive (top, bottom, left, right), mask pixels, sum of probs (None: not
# recorded), IoU
Row = tuple[tuple[int, int], bool, int, tuple[int, int, int, int] | None, int, float | None, float]

WHOLE = (0, 299, 0, 419)

TABLE_A: list[Row] = [
    ((125, 160), True, 1, WHOLE, 14503, 12812.31, 0.634331),
    ((220, 330), False, 1, WHOLE, 10970, 12212.82, 0.809880),
    ((136, 225), True, 1, (20, 220, 52, 254), 11248, 11393.01, 0.829095),
    ((150, 216), True, 1, (20, 220, 52, 254), 11713, 11777.36, 0.853645),
    ((118, 227), True, 1, (20, 220, 52, 254), 11996, 12093.71, 0.869311),
    ((164, 199), True, 1, (20, 220, 52, 254), 12438, 12490.33, 0.893184),
]
TABLE_B: list[Row] = [
    ((125, 160), True, 5, WHOLE, 14719, 15217.32, 0.628438),
    ((220, 330), False, 1, WHOLE, 12179, 12987.44, 0.740976),
    ((136, 225), True, 1, WHOLE, 11719, 12996.22, 0.833029),
    ((157, 210), True, 1, WHOLE, 12428, 13565.75, 0.864259),
    ((113, 226), True, 1, (22, 222, 46, 289), 12533, 12686.31, 0.880280),
    ((169, 188), True, 1, (22, 222, 46, 289), 12910, 13027.57, 0.902973),
]
TABLE_C: list[Row] = [
    ((125, 160), True, 4, WHOLE, 14716, None, 0.628551),
    ((220, 330), False, 1, WHOLE, 12172, None, 0.741342),
    ((136, 225), True, 1, WHOLE, 11714, None, 0.833346),
    ((157, 210), True, 1, WHOLE, 12427, None, 0.864184),
    (*TABLE_B[4][:5], None, 0.880280),
    (*TABLE_B[5][:5], None, 0.902973),
]
TABLE_D: list[Row] = [
    ((125, 160), True, 3, WHOLE, 14707, 15149.58, 0.628889),
    ((220, 330), False, 3, (20, 220, 50, 250), 10973, 11054.73, 0.809832),
    ((136, 225), True, 3, (20, 220, 50, 250), 11506, 11608.43, 0.838434),
    ((154, 213), True, 3, (20, 220, 50, 250), 11981, 12062.36, 0.864244),
    ((168, 191), True, 3, (20, 220, 50, 250), 12491, 12543.66, 0.886278),
    ((113, 226), True, 3, (20, 220, 50, 250), 12864, 12908.47, 0.906661),
]
TABLE_E: list[Row] = [
    ((125, 160), True, 1, None, 14734, 13324.26, 0.627875),
    ((220, 330), False, 1, (33, 287, 21, 419), 10983, 11902.05, 0.810742),
    ((136, 225), True, 1, (20, 220, 52, 254), 11327, 11482.02, 0.832717),
    ((151, 215), True, 1, (20, 220, 52, 254), 11850, 11916.53, 0.857121),
    ((164, 200), True, 1, (20, 220, 52, 254), 12293, 12347.76, 0.876427),
    ((113, 226), True, 1, (20, 220, 52, 254), 12581, 12717.98, 0.890187),
]
TABLE_F: list[Row] = [
    ((125, 160), True, 2, (33, 287, 21, 419), 14727, None, 0.628138),
    ((220, 330), False, 1, (33, 287, 21, 419), 12412, None, 0.729000),
    ((136, 225), True, 1, (33, 287, 21, 419), 12204, None, 0.793669),
    ((154, 213), True, 1, (33, 287, 21, 419), 12602, None, 0.834108),
    ((116, 227), True, 1, (33, 287, 21, 419), 12982, None, 0.850254),
    ((128, 246), False, 1, (33, 287, 21, 419), 12137, None, 0.848650),
]
GOLDEN = [
    pytest.param(TABLE_A, SQUASH, Zoom(), Cascade(), id="A: no cascade"),
    pytest.param(TABLE_B, SQUASH, Zoom(), Cascade(4), id="B: 4 refinements of click 1"),
    pytest.param(TABLE_C, SQUASH, Zoom(), Cascade(4, adaptive=True), id="C: the same, adaptive"),
    pytest.param(TABLE_D, SQUASH, Zoom(), Cascade(2, clicks=20), id="D: 2 refinements of every click"),
    pytest.param(TABLE_E, LONGEST, Zoom(skip_clicks=1), Cascade(), id="E: as RITM"),
    pytest.param(TABLE_F, SQUASH_ZOOMED, Zoom(skip_clicks=0), Cascade(1), id="F: zoom-in from click 1 on"),
]


@pytest.mark.parametrize(("table", "fitting", "zoom", "cascade"), GOLDEN)
def test_a_simulated_user_gets_the_golden_masks(table: list[Row], fitting: Fitting, zoom: Zoom, cascade: Cascade) -> None:
    assert_golden(table, Session(Predictor(FormulaNetwork(fitting), zoom, cascade, flip=True), picture()))


@pytest.mark.parametrize(("table", "protocol"), [(TABLE_A, "simpleclick"), (TABLE_E, "ritm")])
def test_the_fields_protocols_give_the_golden_masks(table: list[Row], protocol: FieldProtocolName) -> None:
    assert_golden(table, Session(predictor_for(FormulaNetwork(AsIs()), {}, protocol=protocol), picture()))


def assert_golden(table: list[Row], session: Session) -> None:
    """A simulated user makes the recorded clicks and gets the recorded masks."""
    for yx, positive, passes, box, pixels, total, expected_iou in table:
        click, passes_before = simulated(session, target()), session.scene.num_passes
        mask = session.click(y=click.y, x=click.x, positive=click.positive)

        assert click == Click(*yx, positive)
        assert session.scene.num_passes - passes_before == passes
        assert session.state.box == (None if box is None else Box(box[0], box[2], box[1] + 1, box[3] + 1))
        assert np.count_nonzero(mask) == pixels
        assert iou(mask, target()) == pytest.approx(expected_iou, abs=1e-6)
        # A sum of 126,000 float32 probabilities, recorded to two places
        assert total is None or session.probs.sum(dtype=np.float64) == pytest.approx(total, abs=0.01)


def test_the_golden_picture_is_the_recorded_one() -> None:
    assert picture().sum(dtype=np.int64) == 6_362_854
    assert np.count_nonzero(target() == 1) == 12_941
    assert np.count_nonzero(target() == -1) == 2_112


def test_the_longest_side_of_ritms_crops_is_400() -> None:
    network = FormulaNetwork(LONGEST)
    session = Session(Predictor(network, Zoom(skip_clicks=1), flip=True), picture())

    for yx, positive, *_ in TABLE_E[:3]:
        session.add(Click(*yx, positive))

    assert [tuple(pixels.shape[-2:]) for pixels in network.encoded] == [(300, 420), (256, 400), (396, 400)]


def test_a_cascade_on_an_unchanged_crop_encodes_once() -> None:
    network = FormulaNetwork(SQUASH)
    session = Session(Predictor(network, Zoom(), Cascade(4)), picture())

    session.click(y=125, x=160)

    assert len(network.encoded) == session.scene.num_encodes == 1
    assert len(network.prevs) == session.scene.num_passes == 5


def test_plain_and_mirrored_look_share_one_encode_and_one_decode() -> None:
    network = FormulaNetwork(SQUASH)
    session = Session(Predictor(network, Zoom(), flip=True), picture())

    session.click(y=100, x=200)

    (pixels,), (clicks,) = network.encoded, network.clicks
    assert pixels.shape == (2, 3, 448, 448)
    assert torch.equal(pixels[1], pixels[0].flip(-1))
    # A.1: click mapping, plain and mirrored; float32 keeps five places. Clicks map by h'/h, pixels do not (quirk Q12).
    expected = torch.tensor([[[149.33333, 213.33333]], [[149.33333, 233.66667]]])
    torch.testing.assert_close(clicks.yx_BK2, expected, atol=1e-4, rtol=0)


def test_the_network_gets_no_previous_mask_in_the_very_first_pass_alone() -> None:
    network = FormulaNetwork(SQUASH)
    session = Session(Predictor(network, Zoom(), Cascade(1)), picture())

    session.click(y=125, x=160)
    session.click(y=220, x=330, positive=False)

    assert [prev is None for prev in network.prevs] == [True, False, False]


def test_the_network_is_fed_probabilities_and_not_a_mask() -> None:
    network = FormulaNetwork(AsIs())
    session = Session(Predictor(network), grey())

    session.click(y=30, x=60)
    probs = session.probs
    session.click(y=30, x=50)

    prev = network.prevs[1]
    assert prev is not None
    assert np.array_equal(prev[0, 0].numpy(), probs)


def small_object() -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = np.zeros((600, 800, 3), np.uint8)
    image[ellipse((600, 800), (300, 400), (40, 50))] = 255
    return image


@pytest.mark.parametrize(
    ("cascade", "passes"),
    [
        (Cascade(), 2),
        (Cascade(0, clicks=0), 2),
        (Cascade(1), 4),  # S = 2: the whole image, S on the crop, the S - 1 that were left
        (Cascade(4), 10),
    ],
)
def test_zooming_at_once_starts_the_cascade_over_for_a_small_object(cascade: Cascade, passes: int) -> None:
    """Quirk Q1."""
    network = FormulaNetwork(SQUASH_ZOOMED)
    session = Session(Predictor(network, Zoom(skip_clicks=0), cascade), small_object())

    session.click(y=300, x=400)

    assert session.scene.num_passes == passes
    assert network.encoded[0].shape[-2:] == (600, 800)
    assert session.state.box == Box(200, 300, 401, 501)
    # The nested cascade begins with the mask from before the pass that it is nested in: none
    assert network.prevs[:2] == [None, None]
    assert all(prev is not None for prev in network.prevs[2:])


def test_the_field_refines_only_the_first_click_by_default() -> None:
    """Quirk Q2."""
    session = Session(Predictor(FormulaNetwork(SQUASH), Zoom(), Cascade(4)), picture())

    session.click(y=125, x=160)
    session.click(y=220, x=330, positive=False)

    assert session.scene.num_passes == 5 + 1


@pytest.mark.parametrize("cascade", [Cascade(), Cascade(3), Cascade(3, adaptive=True)])
def test_a_starting_mask_reaches_the_first_pass_once(cascade: Cascade) -> None:
    """Quirks Q3 and Q4, mended."""
    network = FormulaNetwork(AsIs())
    session = Session(Predictor(network, Zoom(), cascade), picture())
    start = ellipse((300, 420), (120, 150), (50, 70))

    session.start_from(start)
    box = session.state.box
    session.click(y=125, x=160)

    assert box == Box.around(start).expanded(1.4, 200).clamped((300, 420))
    assert box is not None
    assert network.prevs[0] is not None
    assert np.array_equal(network.prevs[0][0, 0].numpy(), start[box.slices])
    if len(network.prevs) > 1:
        assert network.prevs[1] is not None
        assert not torch.equal(network.prevs[1], network.prevs[0])


@pytest.mark.parametrize("zoom", [None, Zoom(skip_clicks=1)])
def test_a_starting_mask_chooses_no_box_where_the_first_click_sees_the_whole_image(zoom: Zoom | None) -> None:
    predictor = Predictor(FormulaNetwork(AsIs()), zoom)

    state = predictor.start_from(ellipse((300, 420), (120, 150), (50, 70)))

    assert state.box is None
    assert predictor.step(Scene(picture()), state, Click(120, 150, True)).box is None


def test_the_first_pass_of_a_click_is_never_compared() -> None:
    """An adaptive cascade makes two passes at least, also when nothing changes at all."""
    session = Session(Predictor(LogitNetwork(AsIs()), None, Cascade(9, adaptive=True, clicks=20)), grey())

    session.click(y=30, x=60)
    session.click(y=30, x=60)

    assert session.scene.num_passes == 4


def test_a_negative_click_may_lie_outside_of_the_crop() -> None:
    """Quirks Q8 and Q11: it reaches a field network as it lies, and draws nothing where both coordinates are negative."""
    network = FormulaNetwork(AsIs())
    predictor = Predictor(network, Zoom(renew_below=0))
    state = State((Click(150, 200, True),), Box(140, 190, 161, 211), np.ones((21, 21), np.float32))

    after = predictor.step(Scene(picture()), state, Click(5, 3, False))

    assert after.box == state.box
    assert network.clicks[0].yx_BK2.tolist() == [[[10, 10], [-135, -187]]]
    assert torch.equal(network.clicks[0].kind_BK, torch.tensor([[1, 0]]))


def test_a_letterbox_network_does_not_see_clicks_outside_of_the_crop() -> None:
    network = FormulaNetwork(Letterbox(64, 16, 10.0))
    state = State((Click(150, 200, True),), Box(140, 190, 161, 211), np.ones((21, 21), np.float32))

    Predictor(LetterboxNetwork(network), Zoom(renew_below=0)).step(Scene(picture()), state, Click(5, 3, False))

    assert network.clicks[0].kind_BK.tolist() == [[1]]


class LetterboxNetwork:
    """Takes the previous mask on a grid of its own, which the formula cannot add to its pixels, and so leaves it out."""

    def __init__(self, network: FormulaNetwork) -> None:
        self.network, self.fitting, self.device = network, network.fitting, network.device

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return self.network.encode(pixels_B3HW)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        assert prev_B1HW is None or prev_B1HW.shape[-2:] == (16, 16)
        return self.network.decode(features, None, clicks)


def test_zoom_cuts_at_half_and_masks_at_049() -> None:
    """Quirk Q14: an object of 0.495 is a mask, but nothing to zoom in on."""
    image = np.zeros((400, 600, 3), np.uint8)
    image[180:220, 280:320] = 127  # 20 (127 / 255 - 0.5) is a logit of -0.039, a probability of 0.4902
    session = Session(Predictor(LogitNetwork(AsIs()), Zoom()), image)

    session.click(y=200, x=300)
    session.click(y=201, x=300)

    assert np.count_nonzero(session.mask) == 1600
    assert session.state.box == Box.whole((400, 600))


def test_flipped_logits_are_averaged_before_the_sigmoid() -> None:
    """Quirk Q15."""
    network = TwoFaced()
    state = Predictor(network, flip=True).step(Scene(grey()), State(), Click(30, 40, True))

    assert state.probs is not None
    # sigmoid((6 - 2) / 2); the mean of the two probabilities would be 0.558
    np.testing.assert_allclose(state.probs, 0.880797, rtol=1e-5)


class TwoFaced(FormulaNetwork):
    def __init__(self) -> None:
        super().__init__(AsIs())

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        plain, mirrored = torch.full_like(features[0][:1], 6.0), torch.full_like(features[0][:1], -2.0)
        return torch.cat((plain, mirrored))


def test_probabilities_are_resized_and_not_logits() -> None:
    """Quirk Q15: between logits of -20 and 20 at two neighbours lies 0.5 either way, but a quarter of the way 0.25 and not sigmoid(-10)."""
    image = np.zeros((1, 5, 3), np.uint8)
    image[:, 3:] = 255
    network = LogitNetwork(Squash((1, 2)))

    state = Predictor(network, Zoom()).step(Scene(image), State(), Click(0, 4, True))

    assert state.probs is not None
    np.testing.assert_allclose(state.probs[0], [0, 0.25, 0.5, 0.75, 1], atol=1e-3)


def test_an_answer_that_saw_the_whole_image_is_squeezed_into_the_stored_box() -> None:
    """Quirk Q51: nothing was found in the crop, so RITM's zoom-in looks at the whole image, yet pastes into the crop's box."""
    box = Box(10, 20, 40, 60)
    empty = State((Click(30, 60, True), Click(20, 30, False)), box, np.zeros(box.hw, np.float32))
    network = LogitNetwork(LONGEST)

    after = Predictor(network, Zoom(skip_clicks=1)).step(Scene(grey()), empty, Click(30, 50, True))

    assert network.encoded[0].shape[-2:] == (60, 80)
    assert after.box == box
    assert after.probs is not None
    np.testing.assert_allclose(after.probs[:, 0], 0, atol=1e-3)
    np.testing.assert_allclose(after.probs[:, -1], 1, atol=1e-3)


def test_threads_share_a_predictor() -> None:
    predictor = Predictor(FormulaNetwork(SQUASH), Zoom(), Cascade(1), flip=True)

    def pixels_after(k: int) -> int:
        session = Session(predictor, picture())
        session.click(y=125, x=160 + k % 2)
        return int(np.count_nonzero(session.click(y=220, x=330, positive=False)))

    alone = [pixels_after(0), pixels_after(1)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(pixels_after, range(8)))

    assert together == alone * 4


def test_nothing_is_recorded_for_gradients() -> None:
    class Watchful(FormulaNetwork):
        def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
            assert torch.is_inference_mode_enabled()
            return super().decode(features, prev_B1HW, clicks)

    Predictor(Watchful(AsIs())).step(Scene(grey()), State(), Click(1, 1, True))


def test_a_read_only_image_is_fine() -> None:
    image = grey()
    image.setflags(write=False)

    Predictor(FormulaNetwork(AsIs()), Zoom()).step(Scene(image), State(), Click(1, 1, True))


def test_a_threshold_must_be_a_probability() -> None:
    with pytest.raises(ValueError, match="between 0 and 1, got nan"):
        replace(Predictor(FormulaNetwork(AsIs())), threshold=float("nan"))


@st.composite
def boxes(draw: st.DrawFn, hw: tuple[int, int]) -> Box:
    top, left = draw(st.integers(0, hw[0] - 1)), draw(st.integers(0, hw[1] - 1))
    return Box(top, left, draw(st.integers(top + 1, hw[0])), draw(st.integers(left + 1, hw[1])))


@given(boxes((60, 80)))
def test_crop_then_paste_is_the_identity_at_native_size(box: Box) -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (60, 80, 3), np.uint8)
    network = LogitNetwork(AsIs())
    whole = Predictor(network).step(Scene(image), State(), Click(0, 0, False))
    state = State(box=box, probs=np.ones(box.hw, np.float32))
    zoomed = Predictor(network, Zoom(renew_below=0)).step(Scene(image), state, Click(0, 0, False))

    assert zoomed.box == box
    assert whole.probs is not None
    expected = np.zeros((60, 80), np.float32)
    expected[box.slices] = whole.probs[box.slices]
    # One ulp: a vectorised sigmoid may treat the tail of an array differently
    np.testing.assert_allclose(zoomed.probs_in(Box.whole((60, 80))), expected, rtol=1e-6)
