"""``clickcut demo``: the shipped model cuts one object out of each of three sample photos, with the clicks listed here."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from clickcut.core.clicks import Click, Clicks
from clickcut.core.drawing import cutout, overlay
from clickcut.core.images import read_image, write_image
from clickcut.predict.opening import open_predictor
from clickcut.predict.predictor import Predictor
from clickcut.predict.session import Session


@dataclass(frozen=True, slots=True)
class Example:
    """A photo that scikit-image's wheel holds, and where a person would click on it."""

    photo: str
    subject: str
    clicks: Clicks


EXAMPLES = (
    Example("chelsea.png", "cat", (Click(140, 110, True), Click(270, 110, True), Click(80, 385, False))),
    Example("astronaut.png", "astronaut", (Click(320, 150, True), Click(120, 225, True))),
    Example("coffee.png", "coffee", (Click(160, 290, True), Click(220, 110, True), Click(362, 260, True))),
)


def run(out: Path) -> None:
    """Writes ``<subject>_overlay.png`` and ``<subject>_cutout.png`` for each example into the folder ``out``, and says so."""
    predictor = open_predictor()
    out.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        _cut(predictor, example, out)


def _cut(predictor: Predictor, example: Example, out: Path) -> None:
    image = read_image(photo_path(example.photo))
    began = time.perf_counter()
    session = Session(predictor, image)
    for click in example.clicks:
        session.add(click)
    seconds = time.perf_counter() - began
    pictures = {
        out / f"{example.subject}_overlay.png": overlay(image, session.mask, example.clicks),
        out / f"{example.subject}_cutout.png": cutout(image, session.mask),
    }
    for path, picture in pictures.items():
        write_image(path, picture)
    written = " and ".join(str(path) for path in pictures)
    share = session.mask.mean()
    print(f"{example.subject}: {len(example.clicks)} clicks, {seconds:.1f} s, {share:.0%} of {example.photo}; wrote {written}")


def photo_path(name: str) -> Path:
    """The photo's file in scikit-image's installation, which is not imported: nothing is downloaded."""
    try:
        path = Path(str(files("skimage") / "data" / name))
    except ModuleNotFoundError as error:
        raise ValueError("the demo's photos come with scikit-image, which is not installed: pip install 'clickcut[demo]'") from error
    if not path.is_file():
        raise ValueError(f"the installed scikit-image has no photo {name}: expected {path}")
    return path
