"""Seconds per click of a plain ViT of the field with flip, beside the same network written plainly, on this machine.

    python -m benchmarks.plain_vit [--model vit-b] [--device cpu] [--precision fp32] [--threads N] [--repeats R] [--json FILE]

The plain version has the same weights and gives the same masks: attention as matrices that are written out, norms and activations as
elementary operations, queries, keys and values by layers of their own, one look after the other, and each crop embedded anew at every
click. Both go through a session, in one process and in turn; figures are medians. Weights are random, for they change no time.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.timing import medians
from clickcut.model.config import PlainVitConfig
from clickcut.model.early import EarlyFusion
from clickcut.model.fit import Fitting
from clickcut.model.memory import keep_freed_memory
from clickcut.model.network import ClickBatch, Features, Network
from clickcut.model.plain_vit import Attention, Block, Mlp
from clickcut.model.precision import PRECISIONS, Precision
from clickcut.model.presets import preset
from clickcut.predict.options import predictor_for
from clickcut.predict.scene import Scene
from clickcut.predict.session import Session

PHOTO_HW = (600, 800)
SIMPLECLICK = {"flip": True, "zoom": {"skip_clicks": -1}}


class PlainAttention(nn.Module):
    """Attention whose weights are written out as a matrix."""

    def __init__(self, attention: Attention) -> None:
        super().__init__()
        self.num_heads, self.proj = attention.num_heads, attention.proj
        self.weights = nn.ParameterList(attention.qkv.weight.detach().chunk(3))
        self.biases = nn.ParameterList(attention.qkv.bias.detach().chunk(3))

    def forward(self, x_BTD: Tensor) -> Tensor:
        batch, num_tokens, dim = x_BTD.shape
        parts = [x_BTD @ weight.T + bias for weight, bias in zip(self.weights, self.biases, strict=True)]
        q, k, v = (part.view(batch, num_tokens, self.num_heads, -1).transpose(1, 2) for part in parts)
        scores = (q @ k.transpose(-1, -2)) / math.sqrt(dim / self.num_heads)
        scores = (scores - scores.amax(dim=-1, keepdim=True)).exp()
        mixed = (scores / scores.sum(dim=-1, keepdim=True)) @ v
        attended: Tensor = self.proj(mixed.transpose(1, 2).reshape(batch, num_tokens, dim))
        return attended


class PlainNorm(nn.Module):
    """Layer norm as elementary operations."""

    def __init__(self, norm: nn.LayerNorm) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(dim=-1, keepdim=True)
        return centred / (centred.square().mean(dim=-1, keepdim=True) + self.eps).sqrt() * self.weight + self.bias


class PlainMlp(nn.Module):
    """The MLP with its activation as elementary operations."""

    def __init__(self, mlp: Mlp) -> None:
        super().__init__()
        self.fc1, self.fc2 = mlp.fc1, mlp.fc2

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(x)
        activated: Tensor = self.fc2(x * 0.5 * (1 + torch.erf(x / math.sqrt(2))))
        return activated


class PlainNetwork:
    """The same network written plainly: it hands pixels on as features, and answers one look after the other."""

    def __init__(self, network: EarlyFusion) -> None:
        self.network = copy.deepcopy(network)
        for block in self.network.backbone.blocks:
            assert isinstance(block, Block)
            block.attn, block.mlp = PlainAttention(block.attn), PlainMlp(block.mlp)  # type: ignore[assignment]
            block.norm1, block.norm2 = PlainNorm(block.norm1), PlainNorm(block.norm2)  # type: ignore[assignment]

    @property
    def fitting(self) -> Fitting:
        return self.network.fitting

    @property
    def device(self) -> torch.device:
        return self.network.device

    def encode(self, pixels_B3HW: Tensor) -> Features:
        return (pixels_B3HW,)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        (pixels_B3HW,) = features
        answers = []
        for row in range(len(pixels_B3HW)):
            one = slice(row, row + 1)
            prev = None if prev_B1HW is None else prev_B1HW[one]
            clicked = ClickBatch(clicks.yx_BK2[one], clicks.kind_BK[one])
            answers.append(self.network.decode(self.network.encode(pixels_B3HW[one]), prev, clicked))
        return torch.cat(answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="vit-b")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", choices=list(PRECISIONS), default="fp32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    keep_freed_memory()
    ours, plain = medians(*clicks(given.model, given.device, given.precision), repeats=given.repeats)
    figures = {
        "model": given.model, "device": _device_name(given.device), "precision": given.precision, "threads": given.threads,
        "clickcut": ours, "plain": plain, "ratio": plain / ours, "torch": torch.__version__,
    }  # fmt: skip
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n")
    told = f"{ours:.3f} s a click, written plainly {plain:.3f} s: {plain / ours:.2f} times as long"
    print(f"{given.model} on {figures['device']}, {given.precision}: {told}")


def clicks(model: str, device: str, precision: Precision) -> tuple[Callable[[], object], Callable[[], object]]:
    """A third click by our network and by the plain one, after a look that both see the same in it."""
    config = preset(model)
    if not isinstance(config, PlainVitConfig):
        raise SystemExit(f"--model: expected a plain ViT, got {model}")
    torch.manual_seed(0)
    network = EarlyFusion(config).eval().to(device, PRECISIONS[precision])
    ours, plain = _session(network), _session(PlainNetwork(network))
    _click(ours)
    _click(plain)
    difference = float(np.abs(ours.probs - plain.probs).max())
    if precision == "fp32" and difference > 1e-3:
        raise SystemExit(f"the two answer differently, by {difference}")
    for session in (ours, plain):
        session.undo()
    return lambda: _again(ours), lambda: _again(plain)


def _session(network: Network) -> Session:
    image = np.random.default_rng(0).integers(0, 256, (*PHOTO_HW, 3), dtype=np.uint8)
    session = Session(predictor_for(network, SIMPLECLICK), Scene(image))
    session.click(y=300, x=400)
    session.click(y=100, x=200, positive=False)
    return session


def _click(session: Session) -> None:
    session.click(y=350, x=420)


def _again(session: Session) -> None:
    _click(session)
    session.undo()


def _device_name(device: str) -> str:
    return torch.cuda.get_device_name() if device.startswith("cuda") else device


if __name__ == "__main__":
    main()
