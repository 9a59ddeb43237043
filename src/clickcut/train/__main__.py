"""``python -m clickcut.train``: the command ``clickcut train`` for machines without the command-line library."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from clickcut.model.ranks import ALONE
from clickcut.train.engine import Engine
from clickcut.train.loop import Stopped
from clickcut.train.recipes import RECIPES
from clickcut.train.run import RunFiles, RunOptions, check, train


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m clickcut.train", description="Train a recipe on your own photos, or on the sets it is made for."
    )
    parser.add_argument("recipe", help=f"one of: {', '.join(RECIPES)}")
    parser.add_argument("--data", type=Path, required=True, help="your photos in any known form, or the folder of the recipe's own sets")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--val", type=Path, help="photos to measure NoC on while training; the best weights are kept")
    parser.add_argument("--val-every", type=int, metavar="K", help="steps between measurements (default: six times a run)")
    parser.add_argument("--check-only", action="store_true", help="tell what --data holds, and train nothing")
    parser.add_argument("--start", type=Path, help="weights to begin with, a file or a published name (default: the shipped model)")
    parser.add_argument("--cache", type=Path, help="where encoded views are kept (default: views/ in the run's folder; 2 MB a view)")
    parser.add_argument("--scores", type=Path, help="of a field recipe: .json, .csv or .pkl, how well each photo is known")
    parser.add_argument("--steps", type=int, help="steps to make, instead of the recipe's")
    parser.add_argument("--checkpoint-every", type=int, default=100, metavar="K")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint in --out")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--workers", type=int, default=0, help="processes that draw batches ahead of the steps, for each rank")
    parser.add_argument(
        "--accumulate", type=int, default=1, help="micro-batches that make up a rank's part of a batch, to need less memory"
    )
    parser.add_argument("--precision", choices=("fp32", "bf16", "fp16"), help="instead of the recipe's; the last two need a GPU")
    parser.add_argument("--fsdp", action="store_true", help="spread weights, gradients and the optimiser's state over the ranks")
    parser.add_argument("--checkpointing", action="store_true", help="compute ViT blocks again for the backward pass, to need less memory")
    parser.add_argument("--compile", action="store_true", help="compile the network's blocks first, which takes minutes and pays on GPUs")
    given = parser.parse_args(arguments)
    files = RunFiles(given.data, given.out, given.start, given.cache, given.scores, given.val)
    try:
        engine = Engine(ALONE, given.workers, given.accumulate, given.fsdp, given.checkpointing, given.compile)
        options = RunOptions(
            given.resume, given.steps, given.checkpoint_every, given.device, given.threads, engine, given.precision, given.val_every
        )
        path = check(given.recipe, files, tell=_tell) if given.check_only else train(given.recipe, files, options, tell=_tell)
    except (ValueError, OSError) as error:
        _tell(f"error: {error}")
        return 2
    except Stopped as stopped:
        _tell(str(stopped))
        return 1
    _tell(f"wrote {path}")
    return 0


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
