"""Fixed views encoded once: what an encoder, or the frozen part of one, would compute again in every epoch lies on disk, memory-mapped.

Files of a cache: ``plan.json`` (what the views depend on), ``features.f16`` (one record a view), ``labels/*.png`` (label maps at the view's
own size) and ``views.jsonl`` (one line a finished view, written last, so that a killed build goes on where it was).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from clickcut.core.files import replacing
from clickcut.core.images import read_label_map, write_image, write_label_map
from clickcut.core.masks import LabelMap
from clickcut.data.decoded import BoundedCache
from clickcut.data.mixture import Mixture
from clickcut.data.views import View, ViewStyle, draw_view
from clickcut.model.late import STRIDE, SamLineage
from clickcut.train.checkpoint import fingerprint

Depth: TypeAlias = Literal["features", "trunk"]
"""How far views are encoded: to the end, or as far as the encoder's last stage, which then learns."""

_LABEL_BYTES = 256 << 20
"""As much memory goes to label maps that were decoded already."""


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """Which views a cache holds: view ``index`` depends on (seed, index), the mixture and the style alone."""

    num_views: int
    seed: int
    style: ViewStyle

    def __post_init__(self) -> None:
        if self.num_views < 1:
            raise ValueError(f"expected at least one view, got {self.num_views}")


@dataclass(frozen=True, slots=True)
class CachedView:
    """One encoded view: features, or what the trunk gave, (1, D, H, W) float32, its label map, and whether all labels are to be one object.

    ``photo`` is where its pixels lie, as a JPEG that only pictures need.
    """

    id: str
    features: Tensor
    labels: LabelMap
    is_union: bool
    photo: Path


class ViewCache:
    """The encoded views of a plan, in a folder that may be deleted at any time."""

    def __init__(self, folder: Path, num_views: int, feature_shape: tuple[int, ...], depth: Depth) -> None:
        self.folder = folder
        self.depth: Depth = depth
        self._lines = _finished_lines(folder)[:num_views]
        self._feature_shape = feature_shape
        self._labels: BoundedCache[int, LabelMap] = BoundedCache(_LABEL_BYTES, lambda labels: labels.nbytes)
        self._features: NDArray[np.float16] = np.memmap(
            folder / "features.f16", dtype=np.float16, mode="r", shape=(len(self._lines), *feature_shape)
        )

    def __len__(self) -> int:
        return len(self._lines)

    def __reduce__(self) -> tuple[type[ViewCache], tuple[Path, int, tuple[int, ...], Depth]]:
        """For worker processes: they open the folder anew, where a copy would carry every record along."""
        return ViewCache, (self.folder, len(self), self._feature_shape, self.depth)

    def __getitem__(self, index: int) -> CachedView:
        line = self._lines[index]
        features = torch.from_numpy(np.array(self._features[index], dtype=np.float32))[None]
        labels = self._labels.get(index, lambda: read_label_map(_labels_path(self.folder, index)))
        return CachedView(line["id"], features, labels, line["union"], _photo_path(self.folder, index))

    @classmethod
    def build(
        cls,
        folder: Path,
        plan: ViewPlan,
        mixture: Mixture,
        network: SamLineage,
        *,
        depth: Depth = "features",
        tell: Callable[[int], None],
    ) -> ViewCache:
        """Opens the cache of a plan, first encoding what it lacks; ``tell`` hears how many views are done."""
        for needed in ("labels", "photos"):
            (folder / needed).mkdir(parents=True, exist_ok=True)
        _check_plan(folder, _fingerprint(plan, mixture, network, depth))
        done = len(_finished_lines(folder))
        tell(min(done, plan.num_views))
        shape = _shape(network, depth)
        record = 2 * int(np.prod(shape))
        with (folder / "features.f16").open("ab") as features_file, (folder / "views.jsonl").open("a") as lines_file:
            features_file.truncate(done * record)
            for index in range(done, plan.num_views):
                rng = np.random.default_rng((plan.seed, index))
                part, photo = mixture.draw(rng)
                view = draw_view(photo.read(), plan.style, rng)
                features_file.write(_encoded(network, view, depth).tobytes())
                features_file.flush()
                write_label_map(_labels_path(folder, index), view.labels)
                write_image(_photo_path(folder, index), view.image)
                line = {"id": f"{part.folder}/{view.id}", "union": bool(rng.random() < part.union)}
                lines_file.write(json.dumps(line) + "\n")
                lines_file.flush()
                tell(index + 1)
        return cls(folder, plan.num_views, shape, depth)


def _labels_path(folder: Path, index: int) -> Path:
    return folder / "labels" / f"{index:06d}.png"


def _photo_path(folder: Path, index: int) -> Path:
    return folder / "photos" / f"{index:06d}.jpg"


def _shape(network: SamLineage, depth: Depth) -> tuple[int, ...]:
    """Of one view's record."""
    config = network.config
    side = config.input_side // STRIDE
    return config.embed_dim if depth == "features" else config.widths[-1], side, side


def _encoded(network: SamLineage, view: View, depth: Depth) -> NDArray[np.float16]:
    fit = network.fitting.fit((view.image.shape[0], view.image.shape[1]))
    pixels = fit.pixels(view.image).to(network.device)
    with torch.inference_mode():
        features = network.trunk(pixels) if depth == "trunk" else network.encode(pixels)[0]
    return features[0].half().cpu().contiguous().numpy()


def _finished_lines(folder: Path) -> list[dict[str, Any]]:
    path = folder / "views.jsonl"
    if not path.is_file():
        return []
    text = path.read_text()
    if not text.endswith("\n"):  # killed while writing a line: that view counts as not done
        text = text[: text.rfind("\n") + 1]
        with path.open("r+") as file:
            file.truncate(len(text))
    return [json.loads(line) for line in text.splitlines()]


def _fingerprint(plan: ViewPlan, mixture: Mixture, network: SamLineage, depth: Depth) -> str:
    """What a view depends on, but for how many there are: a plan may grow."""
    return json.dumps(
        {
            "seed": plan.seed,
            "style": asdict(plan.style),
            "parts": [asdict(part) for part in mixture.parts],
            "photos": [hashlib.sha256("\n".join(photo.id for photo in some).encode()).hexdigest() for some in mixture.photos],
            "encoder": fingerprint(network.image_encoder),
            "input_side": network.config.input_side,
            **({} if depth == "features" else {"depth": depth}),
        },
        indent=1,
    )


def _check_plan(folder: Path, fingerprint: str) -> None:
    path = folder / "plan.json"
    if not path.is_file():
        with replacing(path) as file:
            file.write(fingerprint.encode())
    elif path.read_text() != fingerprint:
        raise ValueError(
            f"{folder}: holds views of another data set, start or recipe; name another --cache folder, or delete this one "
            f"({sum(entry.stat().st_size for entry in os.scandir(folder) if entry.is_file()) >> 20} MB)"
        )
