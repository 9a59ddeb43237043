"""``clickcut annotate``: what it prints, what it refuses before anything is loaded, and that it serves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from clickcut.cli.annotate import network_name, with_samples
from clickcut.cli.demo import EXAMPLES
from clickcut.cli.options import PredictorOptions
from clickcut.client import Client
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere",), "no such folder"),
        (("notes.txt",), "name ends in"),
        (("a.png", "."), "a further folder"),
        ((".", "--port", "70000"), "--port: expected 0 to 65535"),
        ((".", "--host", "0.0.0.0"), "needs a --token"),
        ((".", "--host", "0.0.0.0", "--token", "short"), "8 characters"),
        ((".", "--threshold", "2"), "--threshold"),
        (("a.png", "b.png", "--samples"), "--samples: expected one folder"),
    ],
)
def test_a_slip_is_one_line(clickcut: Command, weights: Path, arguments: tuple[str, ...], told: str) -> None:
    Path("notes.txt").write_text("x")
    for name in ("a.png", "b.png"):
        Image.new("RGB", (20, 10)).save(name)

    ran = clickcut("annotate", *arguments, "--weights", weights, "--no-browser")

    assert ran.status == 2
    assert len(ran.error_lines) == 1
    assert told in ran.error_lines[0]


def test_the_samples_are_put_into_the_folder_once(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / EXAMPLES[0].photo).write_bytes(b"mine")

    assert with_samples([tmp_path / "demo"]) == [tmp_path / "demo"]

    assert sorted(path.name for path in (tmp_path / "demo").iterdir()) == sorted(example.photo for example in EXAMPLES)
    assert (tmp_path / "demo" / EXAMPLES[0].photo).read_bytes() == b"mine"


def test_networks_are_told_apart_by_weights_and_precision() -> None:
    weights = (None, Path("x/y.pth"))
    names = [network_name(options) for one in weights for options in (PredictorOptions(one), PredictorOptions(one, precision="bf16"))]

    assert names == ["clickcut-s", "clickcut-s bf16", "y.pth", "y.pth bf16"]


@pytest.mark.slow
def test_it_prints_its_address_and_serves_until_it_is_stopped(tmp_path: Path, weights: Path) -> None:
    Image.new("RGB", (40, 30), (200, 10, 10)).save(tmp_path / "a.png")
    command = [sys.executable, "-m", "clickcut", "annotate", str(tmp_path), "--port", "0", "--no-browser", "--weights", str(weights)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    assert server.stdout is not None
    line = server.stdout.readline()

    with Client(line.split(" at ")[1].split()[0]).open("a.png") as session:
        session.click(x=5, y=5)
        size = (session.width, session.height)
    server.send_signal(signal.SIGINT)
    _, errors = server.communicate(timeout=20)

    assert "1 images" in line
    assert size == (40, 30)
    assert "Traceback" not in errors
