"""How much a pass on a crop that is encoded already costs, beside a whole pass (encode and decode), on this machine.

    python -m benchmarks.cascade_step [--json] [--threads N] [--repeats R]

Both run through a session, with previous mask and clicks, in one process and in turn; figures are medians. Weights are random, for
they change no time.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.timing import medians
from clickcut.model.config import SamConfig
from clickcut.model.late import SamLineage
from clickcut.model.memory import keep_freed_memory
from clickcut.predict.predictor import Predictor
from clickcut.predict.scene import Scene
from clickcut.predict.session import Session

PHOTO_HW = (768, 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=9)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    kept = keep_freed_memory()
    whole, step = medians(*passes(), repeats=given.repeats)
    figures = {"ratio": step / whole, "plain_pass": whole, "cascade_step": step, "threads": given.threads, "kept_freed_memory": kept}
    if given.json:
        print(json.dumps(figures))
    else:
        print(f"a cascade step takes {step:.3f} s, a whole pass {whole:.3f} s: {step / whole:.2f} of it, on {given.threads} threads")


def passes() -> tuple[Callable[[], object], Callable[[], object]]:
    """A pass on a crop that nothing was made of yet, and one on a crop whose features are kept; both for a second click."""
    predictor = Predictor(SamLineage(SamConfig()).eval())
    image = np.random.default_rng(0).integers(0, 256, (*PHOTO_HW, 3), dtype=np.uint8)
    session = Session(predictor, image)
    session.click(y=300, x=400)

    def again(scene: Scene) -> None:
        session.scene = scene
        session.click(y=500, x=600, positive=False)
        session.undo()

    encoded = session.scene
    return lambda: again(Scene(image)), lambda: again(encoded)


if __name__ == "__main__":
    main()
