"""Which objects two evaluations clicked alike; where they did not, how near to a tie the first differing click was.

    python -m tools.compare_clicks A B [--photos DIR] [--weights FILE] [--within PIXELS]

A and B are results folders or results.json files, of --batch 1 and of --batch 8 for instance. With the benchmark's folder in --photos each
difference is traced: the clicks before it are made again, and the distances that decide between the two clicks are told. The exit status is
1 where fewer than 99 % of the objects were clicked alike, or a traced gap is more than --within (1 pixel if not given).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from clickcut.core.clicks import Click
from clickcut.evaluate.agreement import Difference, Tie, differences, traced
from clickcut.evaluate.benchmark import benchmark_objects
from clickcut.evaluate.entry import RESULTS
from clickcut.evaluate.reopening import reopened
from clickcut.evaluate.results import Results, read_results
from clickcut.model.catalogue import find_weights
from clickcut.model.weights import shipped_weights

ALIKE = 0.99


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs=2, type=Path, metavar=("A", "B"), help="results.json, or the folder that holds it")
    parser.add_argument("--photos", type=Path, help="the benchmark's folder: trace every difference")
    parser.add_argument("--weights", type=Path, help="what the results were made with (clickcut-s if not given)")
    parser.add_argument("--within", type=float, default=1.0, help="pixels between two depths that are a near-tie")
    given = parser.parse_args(arguments)
    first, second = (read_results(path / RESULTS if path.is_dir() else path) for path in given.results)
    found = differences(first, second)
    share = 1 - len(found) / len(first.objects)
    print(f"{len(first.objects) - len(found)} of {len(first.objects)} objects were clicked alike ({share:.2%})")
    ties = [] if given.photos is None else _traced(found, first, given.photos, given.weights)
    for line in map(_told, ties) if ties else map(_named, found):
        print(line)
    far = [tie for tie in ties if _is_far(tie, given.within)]
    if far:
        print(f"{len(far)} of them are no near-ties")
    return int(share < ALIKE or bool(far))


def _traced(found: Sequence[Difference], results: Results, photos: Path, weights: Path | None) -> list[Tie]:
    path = shipped_weights() if weights is None else find_weights(weights)
    predictor = reopened(results.settings, path)
    if predictor is None:
        stated = results.settings["weights"]
        raise ValueError(f"{path}: expected the weights that the results were made with, {stated['file']} of {stated['sha256']}")
    objects = {one.key: one for one in benchmark_objects(photos, results.protocol)}
    clicks = {one.key: one.clicks for one in results.objects}
    return [traced(one, clicks[one.key][: one.number], predictor, objects[one.key], results.protocol) for one in found]


def _is_far(tie: Tie, within: float) -> bool:
    """Of an object on which one evaluation stopped, IoUs more than a point apart are no rounding."""
    return tie.gap > (0.01 if None in tie.depths else within)


def _named(one: Difference) -> str:
    image, object_id = one.key
    before = "" if not one.number else f", after IoU {one.iou_before[0]:.4f} and {one.iou_before[1]:.4f}"
    return f"{image}, object {object_id}, click {one.number + 1}: {_click(one.first)} and {_click(one.second)}{before}"


def _told(tie: Tie) -> str:
    depths = " and ".join("none" if depth is None else f"{depth:.3f}" for depth in tie.depths)
    return f"{_named(tie.difference)}; depths {depths} pixels in a mask of IoU {tie.iou:.4f}: a gap of {tie.gap:.4f}"


def _click(click: Click | None) -> str:
    return "stopped" if click is None else f"{'+' if click.positive else '-'}(x={click.x:g}, y={click.y:g})"


if __name__ == "__main__":
    raise SystemExit(main())
