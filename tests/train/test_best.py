"""The best weights are kept, and a worse step leaves them alone."""

from __future__ import annotations

from pathlib import Path

import torch

from clickcut.model.header import Header
from clickcut.model.weights import load_network, read_header
from clickcut.train.best import Best
from clickcut.train.noc import Figures
from tests.model.tiny_sam import TINY_SAM, tiny_sam

HEADER = Header(TINY_SAM, {"name": "tiny"}, {"zoom": None})


def figures(noc90: float, noc85: float = 2.0, miou1: float = 0.5) -> Figures:
    return {"NoC@85": noc85, "NoC@90": noc90, "mIoU@1": miou1}


def test_fewer_clicks_are_better_then_fewer_to_85_then_a_better_first(tmp_path: Path) -> None:
    best, network = Best(tmp_path / "best.safetensors"), tiny_sam()
    offers = [figures(5.0), figures(5.0), figures(5.5, 1.0, 0.9), figures(5.0, 1.9), figures(5.0, 1.9, 0.6), figures(4.9, 3.0, 0.1)]

    assert best.figures is None
    assert [best.offer(network, HEADER, one) for one in offers] == [True, False, False, True, True, True]
    assert best.figures == offers[-1]


def test_what_is_kept_is_a_model_file_of_the_weights_as_they_were(tmp_path: Path) -> None:
    best, network = Best(tmp_path / "best.safetensors"), tiny_sam()
    best.offer(network, HEADER, figures(5.0))
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.no_grad():
        next(network.parameters()).add_(1.0)

    best.offer(network, HEADER, figures(6.0))

    kept, _ = load_network(best.path)
    assert all(torch.equal(tensor, before[name].half().float()) for name, tensor in kept.state_dict().items())
    assert read_header(best.path).card == {"name": "tiny", "measured in training": figures(5.0)}
    assert read_header(best.path).inference == {"zoom": None}
