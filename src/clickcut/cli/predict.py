"""``clickcut predict``: clicks on one photo, and the mask that they give, as files, as one line or as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from clickcut.cli.clicks import parse_clicks
from clickcut.cli.options import Outputs, PredictorOptions
from clickcut.core.boxes import Box
from clickcut.core.drawing import cutout, overlay
from clickcut.core.images import Rgb, read_image, read_mask, write_image, write_mask
from clickcut.core.masks import Mask
from clickcut.model.machine import use_machine
from clickcut.predict.field_protocol import in_words
from clickcut.predict.opening import open_predictor
from clickcut.predict.session import Session


def run(photo: Path, clicks: Sequence[str], start_mask: Path | None, outputs: Outputs, options: PredictorOptions) -> None:
    """Answers the clicks and writes what was asked for; what can be wrong with the input is found before the network runs."""
    outputs = _with_default(outputs, photo)
    _check(outputs, photo)
    options.check()
    image = read_image(photo)
    hw = (image.shape[0], image.shape[1])
    given = parse_clicks(clicks, hw)
    start = None if start_mask is None else read_mask(start_mask, hw)
    use_machine(options.device, options.threads)
    session = Session(open_predictor(options.weights, options.device, precision=options.precision, **options.overrides), image)
    if start is not None:
        session.start_from(start)
    began = time.perf_counter()
    for click in given:
        session.add(click)
    report = _report(session, time.perf_counter() - began)
    _write(outputs, image, session)
    print(json.dumps(report) if outputs.json else _told(report, outputs, image))


def _with_default(outputs: Outputs, photo: Path) -> Outputs:
    """Without any wish, the mask goes into the present folder."""
    if outputs.json or outputs.out or outputs.overlay or outputs.cutout:
        return outputs
    return replace(outputs, out=Path(f"{photo.stem}_mask.png"))


def _check(outputs: Outputs, photo: Path) -> None:
    """Finds what would fail after the work is done."""
    paths = {"--out": outputs.out, "--overlay": outputs.overlay, "--cutout": outputs.cutout}
    given = {option: path for option, path in paths.items() if path is not None}
    for option, path in given.items():
        if path.is_dir():
            raise ValueError(f"{option} {path}: is a folder, expected a file name")
        if not path.parent.is_dir():
            raise ValueError(f"{option} {path}: there is no folder {path.parent}")
        if path.resolve() == photo.resolve():
            raise ValueError(f"{option} {path}: is the photo itself; give another name")
        if option == "--out" and path.suffix.lower() != ".png":
            raise ValueError(f"{option} {path}: masks are saved as PNG, which keeps them exact; give a name that ends in .png")
        file_format = Image.registered_extensions().get(path.suffix.lower())
        if file_format not in Image.SAVE or (option == "--cutout" and file_format == "JPEG"):
            raise ValueError(f"{option} {path}: give a name that ends in .png, or in the ending of another format that fits")
    if len({path.resolve() for path in given.values()}) < len(given):
        raise ValueError(f"{', '.join(given)}: name the same file twice; give each a name of its own")


def _report(session: Session, seconds: float) -> dict[str, Any]:
    return {
        "area": int(np.count_nonzero(session.mask)),
        "box": _edges(session.mask),
        "passes": session.scene.num_passes,
        "encodes": session.scene.num_encodes,
        "seconds": round(seconds, 4),
        "protocol": in_words(session.predictor),
    }


def _edges(mask: Mask) -> list[int] | None:
    """[top, left, bottom, right], half-open; None of an empty mask."""
    if not mask.any():
        return None
    box = Box.around(mask)
    return [box.top, box.left, box.bottom, box.right]


def _write(outputs: Outputs, image: Rgb, session: Session) -> None:
    if outputs.out is not None:
        write_mask(outputs.out, session.mask)
    if outputs.overlay is not None:
        write_image(outputs.overlay, overlay(image, session.mask, session.clicks))
    if outputs.cutout is not None:
        write_image(outputs.cutout, cutout(image, session.mask))


def _told(report: dict[str, Any], outputs: Outputs, image: Rgb) -> str:
    """The report for people, in one line."""
    written = [str(path) for path in (outputs.out, outputs.overlay, outputs.cutout) if path is not None]
    if report["box"] is None:
        found = "found no object"
    else:
        top, left, bottom, right = report["box"]
        share = report["area"] / (image.shape[0] * image.shape[1])
        found = f"{report['area']} pixels ({share:.1%}) in x {left} to {right}, y {top} to {bottom}"
    effort = f"{_counted(report['passes'], 'pass', 'passes')}, {_counted(report['encodes'], 'encode', 'encodes')}"
    return f"{found}; {effort}, {report['seconds']:.2f} s; {report['protocol']}; wrote {', '.join(written)}"


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
