"""Encoder and decoder together: a network like any other.

Shape suffixes: B batch, H W pixels of the input square, h w pixels of a mask.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import torch
from torch import Tensor

from clickcut.core.files import sha256_of
from clickcut.model.fit import Letterbox
from clickcut.model.network import PADDING, ClickBatch, Features
from clickcut.model.onnx_pair.decoder import OnnxDecoder
from clickcut.model.onnx_pair.encoder import OnnxEncoder, PixelForm
from clickcut.model.onnx_pair.graph import open_graph

PREFIX: Final = "onnx:"
PREV_LIMIT: Final = 10.0
"""The largest logit of a previous mask that the decoder is given, as with our own networks of this lineage."""

_FORM: Final = f"{PREFIX}ENCODER.onnx,DECODER.onnx, with a third part, {', '.join(get_args(PixelForm))}, where pixels are wanted otherwise"


@dataclass(frozen=True, slots=True)
class PairFiles:
    """The two files that make a pair, and what the encoder's pixels are if its input does not tell."""

    encoder: Path
    decoder: Path
    pixels: PixelForm | None = None

    @classmethod
    def of(cls, text: str | Path) -> PairFiles | None:
        """What ``onnx:ENCODER.onnx,DECODER.onnx[,PIXELS]`` names; None where the text begins otherwise."""
        if not str(text).startswith(PREFIX):
            return None
        match str(text).removeprefix(PREFIX).split(","):
            case [encoder, decoder] if encoder and decoder:
                return cls(Path(encoder), Path(decoder))
            case [encoder, decoder, ("normalised" | "raw" | "unit") as pixels] if encoder and decoder:
                return cls(Path(encoder), Path(decoder), pixels)
        raise ValueError(f"{text}: expected {_FORM}")

    @property
    def name(self) -> str:
        """What results call the pair; no path is in it."""
        return f"{self.encoder.stem}+{self.decoder.name}"

    @property
    def sha256(self) -> str:
        """One fingerprint of all that decides an answer: the files, weights that lie in files of their own, and what pixels are."""
        parts = [part for file in (self.encoder, self.decoder) for part in (file, file.with_name(f"{file.name}.data")) if part.is_file()]
        return hashlib.sha256(" ".join([*map(sha256_of, parts), self.pixels or ""]).encode()).hexdigest()


@dataclass(frozen=True, slots=True, eq=False)
class OnnxPair:
    """A SAM-style pair as a ``Network``, on the CPU. Several threads may ask it.

    The previous mask enters as our own SAM lineage takes it: the probabilities that a session keeps, as logits on the mask's grid, within
    ``PREV_LIMIT``. It is not the decoder's very answer, which went through the image's size, and may have been cropped, mirrored or given
    by a user in between.
    """

    encoder: OnnxEncoder
    decoder: OnnxDecoder

    @property
    def fitting(self) -> Letterbox:
        return Letterbox(self.encoder.side, self.decoder.prev_side, PREV_LIMIT)

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def encode(self, pixels_B3HW: Tensor) -> Features:
        """All that the encoder gives, in the order of its outputs; ValueError for another input than its own square."""
        if tuple(pixels_B3HW.shape[-2:]) != (self.encoder.side, self.encoder.side):
            height, width = pixels_B3HW.shape[-2:]
            raise ValueError(f"{self.encoder.graph.path}: takes {self.encoder.side} x {self.encoder.side} pixels, got {height} x {width}")
        return self.encoder.features(pixels_B3HW)

    def decode(self, features: Features, prev_B1HW: Tensor | None, clicks: ClickBatch) -> Tensor:
        """Logits (B, 1, h, w) over the padded square; one run an image, whose clicks come without the padding of a batch."""
        prev_logits = None if prev_B1HW is None else torch.logit(prev_B1HW).clamp(-PREV_LIMIT, PREV_LIMIT)
        answers = []
        for row in range(len(clicks.kind_BK)):
            real = clicks.kind_BK[row] != PADDING
            real[0] = True  # without any click it is asked with padding alone
            answers.append(
                self.decoder.logits(
                    tuple(one[row : row + 1].numpy() for one in features),
                    None if prev_logits is None else prev_logits[row, 0].numpy(),
                    (clicks.yx_BK2[row][real].numpy(), clicks.kind_BK[row][real].numpy()),
                )
            )
        return torch.stack([torch.from_numpy(answer)[None] for answer in answers])


def open_pair(files: PairFiles) -> OnnxPair:
    """The network of two files; ValueError says what of them is not as SAM's export has it."""
    encoder = OnnxEncoder.of(open_graph(files.encoder), files.pixels)
    return OnnxPair(encoder, OnnxDecoder.of(open_graph(files.decoder), encoder.graph, encoder.side))
