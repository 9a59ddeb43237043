"""How commands end: bad input is one line on stderr and exit status 2, and nothing is printed or written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.cli.errors import status_of
from tests.cli.conftest import Command

GOOD = ("predict", "photo.png", "--click", "20,15", "--weights", "WEIGHTS")
TRAIN = ("train", "clickcut-s", "--data", "squares", "--out", "run", "--start", "WEIGHTS")

BAD = [
    # the photo
    (("predict", "none.png", "--click", "1,1"), "none.png"),
    (("predict", ".", "--click", "1,1"), "folder"),
    (("predict", "text.png", "--click", "1,1"), "text.png"),
    (("predict", "empty.png", "--click", "1,1"), "0 bytes"),
    (("predict", "cut.png", "--click", "1,1"), "cut.png"),
    # clicks
    (("predict", "photo.png"), "--click"),
    (("predict", "photo.png", "--click"), "--click"),
    (("predict", "photo.png", "--click", "50,3"), "50 pixels wide and 40 high"),
    (("predict", "photo.png", "--click", "-1,3"), "50 pixels wide and 40 high"),
    (("predict", "photo.png", "--click", "nan,3"), "finite"),
    (("predict", "photo.png", "--click", "3"), "X,Y"),
    (("predict", "photo.png", "--click", "1,1,x"), "'x'"),
    # the starting mask
    ((*GOOD, "--start-mask", "none.png"), "none.png"),
    ((*GOOD, "--start-mask", "."), "folder"),
    ((*GOOD, "--start-mask", "small.png"), "7 wide and 5 high"),
    ((*GOOD, "--start-mask", "photo.png"), "coloured"),
    ((*GOOD, "--start-mask", "black.png"), "empty"),
    # where to write
    ((*GOOD, "--out", "nowhere/mask.png"), "no folder nowhere"),
    ((*GOOD, "--out", "."), "is a folder"),
    ((*GOOD, "--out", "mask.jpg"), ".png"),
    ((*GOOD, "--out", "photo.png"), "photo itself"),
    ((*GOOD, "--cutout", "c.jpg"), ".png"),
    ((*GOOD, "--overlay", "o.xyz"), ".png"),
    ((*GOOD, "--out", "a.png", "--overlay", "a.png"), "same file"),
    # options
    ((*GOOD, "--cascade", "-1"), "--cascade"),
    ((*GOOD, "--cascade", "two"), "--cascade"),
    ((*GOOD, "--cascade", "nan"), "--cascade"),
    ((*GOOD, "--cascade", "2", "--cascade-clicks", "-1"), "--cascade-clicks"),
    ((*GOOD, "--cascade-clicks", "2"), "cascade"),
    ((*GOOD, "--adaptive"), "cascade"),
    ((*GOOD, "--size", "0"), "--size"),
    ((*GOOD, "--size", "100"), "multiples of 16"),
    ((*GOOD, "--size", "9999999"), "--size"),
    ((*GOOD, "--protocol", "ritm"), "letterboxed to 64 x 64"),
    ((*GOOD, "--protocol", "simpleclick", "--size", "64"), "protocol simpleclick"),
    ((*GOOD, "--protocol", "sam"), "--protocol"),
    ((*GOOD, "--threshold", "nan"), "--threshold"),
    ((*GOOD, "--threshold", "1"), "--threshold"),
    ((*GOOD, "--threads", "0"), "--threads"),
    ((*GOOD, "--brs", "f-brs-d"), "did you mean f-BRS-"),
    ((*GOOD, "--brs", "NoBRS"), "expected one of RGB-BRS"),
    ((*GOOD, "--brs", "f-BRS-B"), "it serves RGB-BRS"),
    ((*GOOD, "--brs-clicks", "3"), "name a mode too"),
    ((*GOOD, "--brs", "RGB-BRS", "--brs-clicks", "0"), "--brs-clicks"),
    ((*GOOD, "--threads", "lots"), "--threads"),
    ((*GOOD, "--device", "gpu"), "'gpu'"),
    ((*GOOD, "--device", "cuda:999"), "cuda:999"),
    ((*GOOD, "--json=perhaps"), "--json"),
    ((*GOOD, "--no-such-option"), "--no-such-option"),
    ((*GOOD, "second.png"), "second.png"),
    # weights
    (("predict", "photo.png", "--click", "1,1", "--weights", "none.safetensors"), "none.safetensors"),
    (("predict", "photo.png", "--click", "1,1", "--weights", "."), "folder"),
    (("predict", "photo.png", "--click", "1,1", "--weights", "text.png"), "text.png"),
    (("predict", "photo.png", "--click", "1,1", "--weights", "onnx:text.png"), "onnx:ENCODER.onnx,DECODER.onnx"),
    (("predict", "photo.png", "--click", "1,1", "--weights", "onnx:text.png,none.onnx"), "text.png"),
    (("predict", "photo.png", "--click", "1,1", "--weights", "onnx:text.png,none.onnx", "--size", "64"), "size 64"),
    # commands
    (("predcit", "photo.png"), "predcit"),
    (("--no-such-option",), "--no-such-option"),
    (("predict",), "IMAGE"),
    (("evaluate", "--out", "out"), "folder"),
    (("evaluate", "none", "--out", "out"), "none"),
    (("evaluate", "photo.png", "--out", "out"), "photo.png"),
    (("evaluate", "hollow", "--out", "out"), "hollow"),
    (("evaluate", "squares", "--out", "photo.png", "--weights", "WEIGHTS"), "photo.png"),
    (("evaluate", "squares", "squares", "--out", "out", "--weights", "WEIGHTS"), "squares"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--max-clicks", "0"), "clicks"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--target", "nan"), "target"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--target", "85"), "target"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--limit", "0"), "limit"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--every", "0"), "every"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--cascade", "-2"), "--cascade"),
    (("evaluate", "squares", "--out", "out", "--weights", "opencv-grabcut", "--size", "64"), "--size"),
    (("evaluate", "squares", "--out", "out", "--weights", "opencv-grabcut", "--protocol", "ritm"), "--protocol"),
    (("evaluate", "squares", "--out", "out", "--weights", "random-walker", "--precision", "bf16"), "--precision"),
    (("evaluate", "squares", "--out", "out", "--weights", "watersheds"), "did you mean 'watershed'"),
    (("evaluate", "squares", "--out", "out", "--weights", "WEIGHTS", "--protocol", "ritm"), "leave the protocol out"),
    (("evaluate", "squares", "--out", "out", "--weights", "opencv"), "opencv"),
    (("train", "clickcut-z", "--data", "squares", "--out", "run"), "clickcut-s"),
    (("train", "clickcut-s", "--out", "run"), "--data"),
    (("train", "clickcut-s", "--data", "squares"), "--out"),
    (("train", "clickcut-s", "--data", "none", "--out", "run", "--start", "WEIGHTS"), "none"),
    (("train", "clickcut-s", "--data", "hollow", "--out", "run", "--start", "WEIGHTS"), "hollow"),
    (("train", "clickcut-s", "--data", "squares", "--out", "run", "--start", "none.safetensors"), "none.safetensors"),
    ((*TRAIN[:-3], "photo.png", *TRAIN[-2:]), "photo.png"),
    ((*TRAIN, "--steps", "0"), "step"),
    ((*TRAIN, "--checkpoint-every", "0"), "checkpoint"),
    ((*TRAIN, "--threads", "-2"), "threads"),
    ((*TRAIN, "--device", "tpu"), "'tpu'"),
    (("demo", "--out", "photo.png"), ""),
    (("demo", "more"), "more"),
]


@pytest.fixture
def folder(tmp_path: Path, photo: Path, benchmark: Path) -> Path:
    """Some good files and many bad ones."""
    (tmp_path / "text.png").write_text("this is no image")
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "cut.png").write_bytes(photo.read_bytes()[:200])
    Image.fromarray(np.full((5, 7), 255, np.uint8)).save(tmp_path / "small.png")
    Image.fromarray(np.zeros((40, 50), np.uint8)).save(tmp_path / "black.png")
    (tmp_path / "hollow").mkdir()
    return tmp_path


@pytest.mark.parametrize(("arguments", "named"), BAD, ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_bad_input_is_one_line_and_exit_status_2(
    clickcut: Command, folder: Path, weights: Path, arguments: tuple[str, ...], named: str
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    ran = clickcut(*(argument.replace("WEIGHTS", str(weights)) for argument in arguments))

    assert ran.status == 2
    assert ran.out == ""
    (line,) = ran.error_lines
    assert line.startswith("clickcut: error: ")
    assert named in line
    assert len(line) < 300
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.skipif(os.name == "nt" or (hasattr(os, "geteuid") and os.geteuid() == 0), reason="this user may write everywhere")
def test_a_folder_without_permission_is_one_line(clickcut: Command, folder: Path, weights: Path) -> None:
    (folder / "hollow").chmod(0o500)

    ran = clickcut("predict", "photo.png", "--click", "1,1", "--weights", weights, "--out", "hollow/mask.png")

    assert (ran.status, len(ran.error_lines)) == (2, 1)
    assert "Permission denied" in ran.err


def _raising(error: BaseException) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (ValueError("expected this,\ngot that"), 2, "expected this, got that"),
        (OSError(28, "No space left on device", "mask.png"), 2, "mask.png: No space left on device"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 1, "memory"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), 1, "memory"),
    ],
)
def test_an_error_is_one_line_and_its_exit_status(error: BaseException, status: int, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(_raising(error)) == status
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


@pytest.mark.parametrize("error", [RuntimeError("a mistake of ours"), AssertionError(), KeyError("x")])
def test_a_mistake_of_ours_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)):
        status_of(_raising(error))


@pytest.mark.parametrize(("result", "status"), [(None, 0), (0, 0), (1, 1), ("text", 0)])
def test_a_command_that_returns_a_number_ends_with_it(result: object, status: int) -> None:
    assert status_of(lambda: result) == status
