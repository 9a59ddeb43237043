"""How much memory a training step needs: parameters counted, and what the backward pass keeps, tensor by tensor.

    python tools/training_memory.py [--batch N] [--passes N] [--check]

ViTs are built of fake tensors (shapes without memory) and run; HRNets, which ask for numbers on the way, are run on this CPU. For
every rank, in bytes:

    state       = parameters * (4 weights + 4 gradients + 8 Adam's two moments + 4 average [+ 4 start, in recipes with a pull])
    activations = batch * passes * what one graded pass of one object keeps for the backward pass, weights and shared storage counted once

Sharding over N ranks divides the state by N (but for one block at a time). Not counted: the gradients' temporary tensors, what cuDNN and
the allocator keep for themselves, and passes without a gradient; a tenth on top is usual. ``--check`` compares a small network's count with
how much the process really grows.
"""

from __future__ import annotations

import argparse
import ctypes
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from clickcut.core.clicks import Click
from clickcut.model.build import AnyNetwork, build_network
from clickcut.model.config import HrnetConfig
from clickcut.model.network import ClickBatch
from clickcut.model.presets import preset
from clickcut.train.engine import Engine, Rolling, prepared
from clickcut.train.recipes import clickcut_s

NETWORKS = ("vit-xt", "vit-b", "vit-l", "vit-h", "hrnet18s", "hrnet18", "hrnet32")
BYTES_A_PARAMETER = 4 + 4 + 8 + 4
GIB = 1 << 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=8, help="objects a rank computes at once")
    parser.add_argument("--passes", type=int, default=1, help="graded passes, whose activations live at the same time")
    parser.add_argument("--check", action="store_true", help="compare a count with real memory, on this CPU")
    given = parser.parse_args()
    if given.check:
        counted, grown = checked()
        print(f"vit-xt, 8 objects: counted {counted / GIB:.3f} GiB kept, the process grew by {grown / GIB:.3f} GiB")
        return
    print(f"GiB a rank, batch {given.batch}, {given.passes} graded pass(es)")
    print("| network | parameters | state | activations fp32 | bf16 | recomputed fp32 | recomputed bf16 |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in NETWORKS:
        print(row(name, given.batch * given.passes))


def row(name: str, num_passes: int) -> str:
    is_vit = name.startswith("vit")
    num_parameters, kept = 0, []
    for recomputed in (False, True) if is_vit else (False,):
        for half in (False, True) if is_vit else (False,):  # CPUs convolve bf16 at a crawl, and HRNets keep half as much then
            with FakeTensorMode() if is_vit else nullcontext():
                network = build_network(preset(name)).train()
                num_parameters = sum(parameter.numel() for parameter in network.parameters())
                # What three objects keep beyond two (BatchNorm wants two): weights cast to half precision do not grow with the batch.
                two, three = (kept_bytes(network, batch, recomputed=recomputed and batch == 2, half=half) for batch in (2, 3))
                kept.append(two + (three - two) * (num_passes - 2))
    cells = [f"{size / GIB:.1f}" for size in kept] + ["-"] * (4 - len(kept))
    return f"| {name} | {num_parameters / 1e6:.1f} M | {num_parameters * BYTES_A_PARAMETER / GIB:.1f} | {' | '.join(cells)} |"


def kept_bytes(network: AnyNetwork, batch: int, *, recomputed: bool = False, half: bool = False) -> int:
    """What one graded pass keeps for the backward pass, but for the parameters; ``recomputed`` changes the network for good."""
    if recomputed:
        prepared(Rolling(network, clickcut_s().rollout, clickcut_s().losses), Engine(recomputed=True))
    own = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
    kept: dict[int, tuple[int, Tensor]] = {}

    def pack(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in own:
            kept[storage._cdata] = (storage.nbytes(), tensor)  # held, so that no other storage gets its name
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        answer(network, batch, half=half)
    return sum(size for size, _ in kept.values())


def answer(network: AnyNetwork, batch: int, *, half: bool) -> Tensor:
    side_hw = (320, 480) if isinstance(network.config, HrnetConfig) else network.fitting.fit((480, 640)).frame_hw
    clicks = ClickBatch.of([(Click(10, 10, True), Click(20, 20, False))] * batch)
    with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
        return network.decode(network.encode(torch.rand(batch, 3, *side_hw)), torch.rand(batch, 1, *side_hw), clicks)


def checked() -> tuple[int, int]:
    """Bytes counted for a small ViT, and by how much this process grew while it kept them."""
    network = build_network(preset("vit-xt")).train()
    counted = kept_bytes(network, 8)
    answer(network, 8, half=False)  # libraries take memory of their own the first time
    ctypes.CDLL(None).malloc_trim(0)  # what was freed goes back to the system, or it would be used again unseen
    before = resident()
    kept = answer(network, 8, half=False)
    grown = resident() - before
    assert kept.requires_grad
    return counted, grown


def resident() -> int:
    """Bytes of this process in memory (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


if __name__ == "__main__":
    main()
