"""A pair exported from a tiny network of ours answers as that network does; hand-made pairs show how each kind of file is fed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

pytest.importorskip("onnx", reason="pairs are made with onnx")
pytest.importorskip("onnxruntime", reason="pairs are run by onnxruntime")

from clickcut.core.clicks import Click, Clicks
from clickcut.model.late import SamLineage
from clickcut.model.network import ClickBatch
from clickcut.model.onnx_pair.pair import OnnxPair, PairFiles, open_pair
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session
from tests.model.onnx_pair.pairs import MASK, SIDE, exported, plain_decoder, plain_encoder
from tests.model.tiny_sam import TINY_SAM, tiny_sam

ONE: Clicks = (Click(20, 30, True),)
THREE: Clicks = (*ONE, Click(5, 50, False), Click(40, 12, True))


@pytest.fixture(scope="module")
def network() -> SamLineage:
    """With SAM's own rule for one click."""
    return tiny_sam(dataclasses.replace(TINY_SAM, answer="best-of-first-click"))


@pytest.fixture(scope="module")
def files(network: SamLineage, tmp_path_factory: pytest.TempPathFactory) -> PairFiles:
    return PairFiles(*exported(network, tmp_path_factory.mktemp("pair"), 4))


@pytest.fixture(scope="module")
def pair(files: PairFiles) -> OnnxPair:
    return open_pair(files)


def _plain(folder: Path, ious: tuple[float, ...] = (0.1, 0.5, 0.9, 0.2)) -> OnnxPair:
    return open_pair(PairFiles(plain_encoder(folder / "e.onnx"), plain_decoder(folder / "d.onnx", ious)))


@pytest.mark.parametrize("clicks", [ONE, THREE])
@pytest.mark.parametrize("with_prev", [False, True])
def test_it_gives_the_logits_of_the_network_that_it_was_exported_from(
    network: SamLineage, pair: OnnxPair, clicks: Clicks, with_prev: bool
) -> None:
    pixels = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    prev = torch.rand(1, 1, 16, 16, generator=torch.Generator().manual_seed(1)) if with_prev else None
    batch = ClickBatch.of([clicks])

    with torch.inference_mode():
        expected = network.decode(network.encode(pixels), prev, batch)
        answer = pair.decode(pair.encode(pixels), prev, batch)

    # Two libraries add in different orders.
    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=1e-5)


def test_its_sessions_are_those_of_the_network_click_by_click(network: SamLineage, pair: OnnxPair) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    ours, theirs = (Session(Predictor(one), photo) for one in (network, pair))

    for click in (Click(20, 30, True), Click(50, 80, False), Click(10, 60, True)):
        ours.add(click)
        theirs.add(click)

        np.testing.assert_allclose(theirs.probs, ours.probs, atol=1e-4)


def test_the_looks_of_a_flip_are_answered_in_one_batch_as_one_by_one(pair: OnnxPair) -> None:
    pixels = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    batch = ClickBatch.of([THREE, ONE])

    together = pair.decode(pair.encode(pixels), None, batch)

    for row, clicks in enumerate((THREE, ONE)):
        alone = pair.decode(pair.encode(pixels[row : row + 1]), None, ClickBatch.of([clicks]))
        torch.testing.assert_close(together[row : row + 1], alone, rtol=0, atol=0)


@pytest.mark.slow
def test_an_export_of_the_single_mask_answers_with_it(tmp_path: Path) -> None:
    network = tiny_sam(dataclasses.replace(TINY_SAM, answer="single"))
    pair = open_pair(PairFiles(*exported(network, tmp_path, 1)))
    pixels, batch = torch.rand(1, 3, 64, 64), ClickBatch.of([ONE])

    with torch.inference_mode():
        expected = network.decode(network.encode(pixels), None, batch)
        answer = pair.decode(pair.encode(pixels), None, batch)

    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("ious", "clicks", "expected"),
    [
        ((0.99, 0.5, 0.9, 0.2), ONE, 2),  # of SAM's four, the first is not meant for one click
        ((0.1, 0.5, 0.9, 0.2), THREE, 0),  # and no other for several
        ((0.4, 0.9, 0.2), ONE, 1),  # three are alternatives
        ((0.4, 0.9, 0.2), THREE, 1),
        ((0.4,), THREE, 0),
    ],
)
def test_the_answer_is_chosen_among_several_masks(tmp_path: Path, ious: tuple[float, ...], clicks: Clicks, expected: int) -> None:
    pair = _plain(tmp_path, ious)

    answer = pair.decode(pair.encode(torch.zeros(1, 3, SIDE, SIDE)), None, ClickBatch.of([clicks]))

    assert (answer == expected).all()


def test_the_previous_mask_enters_as_limited_logits(tmp_path: Path) -> None:
    pair = _plain(tmp_path, (0.4,))
    prev = torch.full((1, 1, MASK, MASK), 0.5)
    prev[0, 0, 0, :3] = torch.tensor([0.0, 1.0, 0.8])

    answer = pair.decode(pair.encode(torch.zeros(1, 3, SIDE, SIDE)), prev, ClickBatch.of([THREE]))

    torch.testing.assert_close(answer[0, 0, 0, :4], torch.tensor([-10.0, 10.0, np.log(4).item(), 0.0]))


def test_all_clicks_may_lie_outside_of_a_crop(pair: OnnxPair) -> None:
    answer = pair.decode(pair.encode(torch.zeros(1, 3, 64, 64)), None, ClickBatch.of([()]))

    assert answer.isfinite().all()


def test_another_size_than_its_own_is_refused(pair: OnnxPair) -> None:
    with pytest.raises(ValueError, match=r"encoder\.onnx: takes 64 x 64 pixels, got 32 x 64"):
        pair.encode(torch.zeros(1, 3, 32, 64))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clickcut-s", None),
        ("sam.onnx", None),
        ("onnx:a/e.onnx,b/d.onnx", PairFiles(Path("a/e.onnx"), Path("b/d.onnx"))),
        ("onnx:e.onnx,d.onnx,raw", PairFiles(Path("e.onnx"), Path("d.onnx"), "raw")),
    ],
)
def test_a_pair_is_named_by_its_files(text: str, expected: PairFiles | None) -> None:
    assert PairFiles.of(text) == expected
    assert PairFiles.of(Path(text)) == expected


@pytest.mark.parametrize("text", ["onnx:", "onnx:e.onnx", "onnx:e.onnx,", "onnx:e.onnx,d.onnx,grey", "onnx:a,b,raw,d"])
def test_a_name_that_is_none_says_what_was_expected(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected onnx:ENCODER\.onnx,DECODER\.onnx"):
        PairFiles.of(text)


def test_a_fingerprint_is_that_of_both_files_and_of_weights_beside_them(tmp_path: Path) -> None:
    files = PairFiles(tmp_path / "e.onnx", tmp_path / "d.onnx")
    files.encoder.write_bytes(b"e")
    files.decoder.write_bytes(b"d")
    found = [files.sha256, dataclasses.replace(files, pixels="raw").sha256]
    (tmp_path / "d.onnx.data").write_bytes(b"w")
    found.append(files.sha256)
    files.encoder.write_bytes(b"f")
    found.append(files.sha256)

    assert len(set(found)) == 4
    assert files.name == "e+d.onnx"
