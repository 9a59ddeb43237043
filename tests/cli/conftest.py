"""What the command line's tests share: a network that answers in milliseconds, a photo, and a way to run a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from clickcut.cli.app import run
from clickcut.core.images import Rgb
from clickcut.core.masks import LabelMap
from clickcut.model.config import HrnetConfig, SamConfig
from clickcut.model.header import Header
from clickcut.model.late import SamLineage
from clickcut.model.ritm import ClickedHrnet
from clickcut.model.weights import save_weights

TINY = SamConfig(input_side=64, widths=(32, 32, 32, 32), depths=(1, 1, 2, 1), heads=(1, 1, 1, 1), embed_dim=32)


@dataclass(frozen=True)
class Ran:
    """What a command did: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        return self.err.splitlines()


Command = Callable[..., Ran]


@pytest.fixture
def clickcut(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command line in this process, within an empty folder."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        return Ran(status, *capsys.readouterr())

    return command


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of a tiny network with random weights."""
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    torch.manual_seed(0)
    save_weights(path, SamLineage(TINY), Header(TINY, {"name": "tiny"}, {"zoom": None}))
    return path


@pytest.fixture(scope="session")
def any_size_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of a tiny network with random weights that takes images of any size."""
    path = tmp_path_factory.mktemp("weights") / "hrnet.safetensors"
    torch.manual_seed(0)
    config = HrnetConfig(width=2, ocr_width=2, small=True, zoom_side=40)
    save_weights(path, ClickedHrnet(config), Header(config, {"name": "hrnet"}, {}))
    return path


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo of 50 x 40 pixels: a bright square on a dark ground."""
    path = tmp_path / "photo.png"
    Image.fromarray(drawn_photo()).save(path)
    return path


@pytest.fixture
def benchmark(tmp_path: Path) -> Path:
    """A folder of two photos with an object each."""
    folder = tmp_path / "squares"
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for name, top in (("first", 5), ("second", 12)):
        Image.fromarray(drawn_photo(top)).save(folder / "images" / f"{name}.png")
        Image.fromarray(drawn_labels(top)).save(folder / "masks" / f"{name}.png")
    return folder


def drawn_labels(top: int = 5) -> LabelMap:
    """(40, 50), 1 on a square of 20 pixels."""
    labels = np.zeros((40, 50), np.uint8)
    labels[top : top + 20, 10:30] = 1
    return labels


def drawn_photo(top: int = 5) -> Rgb:
    """The square bright and everything else dark, with a little of noise."""
    noise = np.random.default_rng(0).integers(0, 40, (40, 50, 3), dtype=np.uint8)
    return np.where(drawn_labels(top)[:, :, None] == 1, 200 + noise, noise).astype(np.uint8)
