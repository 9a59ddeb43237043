"""Pairs of ONNX files for tests: a tiny network of ours exported as SAM's own export does, and hand-made graphs that can be read."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import onnx
import torch
from onnx import TensorProto, helper
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from clickcut.model.late import SamLineage
from clickcut.model.network import ClickBatch

SIDE, GRID, MASK = 32, 2, 8
"""Of the hand-made pair: input, features, masks."""
PROMPTS = ("point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size")


class Encoder(nn.Module):
    """From normalised pixels on, as SAM exports it."""

    def __init__(self, network: SamLineage) -> None:
        super().__init__()
        self.image_encoder = network.image_encoder

    def forward(self, image: Tensor) -> Tensor:
        return cast(Tensor, self.image_encoder(image))


class Decoder(nn.Module):
    """SAM's decoder by its export's names: all masks, or with ``num_masks`` 1 the single-mask answer alone."""

    def __init__(self, network: SamLineage, num_masks: int) -> None:
        super().__init__()
        self.network = network
        self.num_masks = num_masks

    def forward(
        self,
        image_embeddings: Tensor,
        point_coords: Tensor,
        point_labels: Tensor,
        mask_input: Tensor,
        has_mask_input: Tensor,
        orig_im_size: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        side = self.network.config.input_side
        prompts = self.network.prompt_encoder
        grid = (image_embeddings.shape[-2], image_embeddings.shape[-1])
        dense = has_mask_input * prompts.dense(mask_input, grid) + (1 - has_mask_input) * prompts.dense(None, grid)
        # The exported decoder is given the last padding point, which ours adds itself.
        clicks = ClickBatch(point_coords[:, :-1].flip(-1), point_labels[:, :-1].long())
        masks, iou = self.network.mask_decoder(
            image_embeddings + dense, prompts.pe_layer.grid(grid), prompts.tokens(clicks, side), num_masks=self.num_masks
        )
        full = nn.functional.interpolate(masks, (side, side), mode="bilinear", align_corners=False) + 0 * orig_im_size.sum()
        return full, iou[:, : self.num_masks], masks


def exported(network: SamLineage, folder: Path, num_masks: int) -> tuple[Path, Path]:
    """The two files of a network, with an open number of clicks."""
    side = network.config.input_side
    encoder, decoder = folder / "encoder.onnx", folder / f"decoder{num_masks}.onnx"
    grid = side // 16
    prompts = (
        torch.zeros(1, network.config.embed_dim, grid, grid),
        torch.zeros(1, 4, 2),
        torch.ones(1, 4),
        torch.zeros(1, 1, 4 * grid, 4 * grid),
        torch.ones(1),
        torch.tensor([30.0, 40.0]),
    )
    names = ["image_embeddings", *PROMPTS]
    points = {1: "num_points"}
    if not encoder.exists():
        _export(Encoder(network), (torch.zeros(1, 3, side, side),), encoder, ["image"], ["image_embeddings"], {})
    outputs = ["masks", "iou_predictions", "low_res_masks"]
    _export(Decoder(network, num_masks), prompts, decoder, names, outputs, {"point_coords": points, "point_labels": points})
    return encoder, decoder


def _export(
    module: nn.Module, given: tuple[Tensor, ...], path: Path, inputs: list[str], outputs: list[str], axes: dict[str, dict[int, str]]
) -> None:
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    # The exporter tells of its own deprecations; and it takes attention apart, so tracing must see the layout of those parts.
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), sdpa_kernel(SDPBackend.MATH):
        warnings.simplefilter("ignore")
        torch.onnx.export(module.eval(), given, path, input_names=inputs, output_names=outputs, dynamic_axes=axes, dynamo=False)


def plain_encoder(path: Path, shape: Sequence[int | str] = (1, 3, SIDE, SIDE), kind: int = TensorProto.FLOAT) -> Path:
    """Its features are its input as it is given, as floats: tests see what it was."""
    nodes = [helper.make_node("Cast", ["image"], ["image_embeddings"], to=TensorProto.FLOAT)]
    return _saved(path, nodes, [("image", kind, shape)], [("image_embeddings", TensorProto.FLOAT, list(shape))])


def plain_decoder(
    path: Path,
    ious: Sequence[float],
    *,
    shape: Sequence[int | str] = (1, 3, SIDE, SIDE),
    feature: str = "image_embeddings",
    leave_out: Sequence[str] = (),
) -> Path:
    """Mask m is its own index plus the previous mask where there is one; the predicted IoUs are these."""
    num = len(ious)
    nodes = [
        helper.make_node("Mul", ["mask_input", "has_mask_input"], ["prev"]),
        helper.make_node("Add", ["prev", "indices"], ["low_res_masks"]),
        helper.make_node("Identity", ["low_res_masks"], ["masks"]),
        helper.make_node("Identity", ["ious"], ["iou_predictions"]),
    ]
    constants = [
        helper.make_tensor("indices", TensorProto.FLOAT, (1, num, 1, 1), [float(index) for index in range(num)]),
        helper.make_tensor("ious", TensorProto.FLOAT, (1, num), list(ious)),
    ]
    inputs = [
        (feature, TensorProto.FLOAT, shape),
        ("point_coords", TensorProto.FLOAT, (1, "n", 2)),
        ("point_labels", TensorProto.FLOAT, (1, "n")),
        ("mask_input", TensorProto.FLOAT, (1, 1, MASK, MASK)),
        ("has_mask_input", TensorProto.FLOAT, (1,)),
        ("orig_im_size", TensorProto.FLOAT, (2,)),
    ]
    outputs = [("masks", (1, num, MASK, MASK)), ("iou_predictions", (1, num)), ("low_res_masks", (1, num, MASK, MASK))]
    kept = [(name, TensorProto.FLOAT, each) for name, each in outputs if name not in leave_out]
    return _saved(path, nodes, [one for one in inputs if one[0] not in leave_out], kept, constants)


def _saved(path: Path, nodes: list[Any], inputs: Sequence[Any], outputs: Sequence[Any], constants: Sequence[Any] = ()) -> Path:
    taken, given = ([helper.make_tensor_value_info(name, kind, list(shape)) for name, kind, shape in each] for each in (inputs, outputs))
    graph = helper.make_graph(nodes, "plain", taken, given, initializer=list(constants))
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path
