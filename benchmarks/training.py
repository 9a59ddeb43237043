"""Whether loading keeps a step busy on this machine: images a second of the loader alone, of the step alone, and of both together.

    python benchmarks/training.py [--json] [--workers N] [--steps N] [--threads N] [--device D] [--network NAME] [--batch N] [--photo H W]

All three run in one process, on photos that it writes to a folder of its own: the loader decodes each once for every worker, cuts views and
fits them. Together can be no faster than the slower of the two; the ratio says how near it comes. Weights are random: they change no time.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from clickcut.core.images import write_image, write_label_map
from clickcut.data.mixture import Mixture, Part
from clickcut.data.views import ViewStyle
from clickcut.model.build import build_network
from clickcut.model.config import HrnetConfig
from clickcut.model.machine import use_machine
from clickcut.model.presets import preset
from clickcut.train.batches import DrawnSource, TargetStyle
from clickcut.train.engine import Engine
from clickcut.train.loader import Loader
from clickcut.train.recipes import clickcut_s
from clickcut.train.training import Training

NUM_PHOTOS = 24


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--network", default="vit-xt")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--photo", type=int, nargs=2, default=(480, 640), metavar=("H", "W"))
    given = parser.parse_args()
    use_machine(given.device, given.threads)
    with tempfile.TemporaryDirectory() as folder:
        write_photos(Path(folder) / "set", (given.photo[0], given.photo[1]))
        rates = measured(Path(folder), given)
    slower = min(rates["loader"], rates["step"])
    figures = {**rates, "ratio": rates["together"] / slower, "workers": given.workers, "threads": given.threads, "device": given.device}
    if given.json:
        print(json.dumps(figures))
    else:
        print(
            f"images/s: loader alone {rates['loader']:.1f} with {given.workers} workers, step alone {rates['step']:.1f}, "
            f"together {rates['together']:.1f}: {figures['ratio']:.2f} of the slower one"
        )


def measured(folder: Path, given: argparse.Namespace) -> dict[str, float]:
    """Images a second, each after a first batch that warms up."""
    config = preset(given.network)
    if isinstance(config, HrnetConfig):
        raise SystemExit("this benchmark squashes views to the input size of a ViT or SAM: name one of those")
    base = clickcut_s()
    recipe = replace(base, encoder="learning", batch_size=given.batch, rollout=replace(base.rollout, graded=(1, 1), warmup=(1, 1)))
    network = build_network(config).to(given.device).train()
    training = Training(network, recipe, folder, Engine())
    mixture = Mixture.open(folder, (Part("set", 1.0),), hold_out_every=10_000)
    source = DrawnSource(mixture, ViewStyle(), network.fitting, TargetStyle(recipe.supervision_side, recipe.min_object_share))

    def rate(num_steps: int, *, loads: bool, steps: bool) -> float:
        loader = Loader(source, 0, range(num_steps + 1), (range(given.batch),), given.workers, pinned=given.device != "cpu")
        batches = iter(loader)
        (first,) = next(batches)
        if steps:
            training.step([first.batch], 0)
        began = time.monotonic()
        for step in range(1, num_steps + 1):
            batch = next(batches)[0].batch if loads else first.batch
            if steps:
                training.step([batch], step)
        return float(num_steps * given.batch / (time.monotonic() - began))

    return {
        # Many more, for some batches lie ready before the clock starts.
        "loader": rate(20 * given.workers + 10 * given.steps, loads=True, steps=False),
        "step": rate(given.steps, loads=False, steps=True),
        "together": rate(given.steps, loads=True, steps=True),
    }


def write_photos(folder: Path, hw: tuple[int, int]) -> None:
    """Smooth noise with two objects each, which a JPEG decoder works at as it does at a photo."""
    rng = np.random.default_rng(0)
    for below in ("images", "masks"):
        (folder / below).mkdir(parents=True)
    y, x = np.ogrid[: hw[0], : hw[1]]
    for index in range(NUM_PHOTOS):
        coarse = rng.integers(0, 256, (hw[0] // 8, hw[1] // 8, 3), dtype=np.uint8)
        labels = np.zeros(hw, np.uint8)
        for label in (1, 2):
            centre = rng.uniform(0.25, 0.75, size=2) * hw
            labels[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < (min(hw) / 5) ** 2] = label
        write_image(folder / "images" / f"{index}.jpg", coarse.repeat(8, axis=0).repeat(8, axis=1))
        write_label_map(folder / "masks" / f"{index}.png", labels)


if __name__ == "__main__":
    main()
