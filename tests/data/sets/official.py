"""Small sets in the official layouts of the field, written for a test."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

from clickcut.core.images import read_label_map
from clickcut.core.masks import Mask
from tests.data.formats import HW, covered
from tests.data.photos import ramp

LEFT = covered(HW, 2, 2, 12, 10)
RIGHT = covered(HW, 4, 15, 18, 28)
INNER = covered(HW, 6, 18, 12, 24)
"""Within RIGHT."""


def write_photo(path: Path, hw: tuple[int, int] = HW) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(ramp(hw)).save(path)


def write_grey(path: Path, *places: tuple[Mask, int], hw: tuple[int, int] = HW) -> None:
    """A grey image with a value at each place, painted in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.zeros(hw, np.uint8)
    for mask, value in places:
        values[mask] = value
    Image.fromarray(values).save(path)


def write_colours(path: Path, colours: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(colours).save(path)


def write_sbd(root: Path, photos: Mapping[str, Sequence[Mask]], *, split: str = "val") -> Path:
    """Instance maps numbered from 1 on, in compressed MATLAB files as SBD's own."""
    (root / "inst").mkdir(parents=True, exist_ok=True)
    for name, masks in photos.items():
        write_photo(root / "img" / f"{name}.jpg")
        regions = np.zeros(HW, np.uint8)
        for number, mask in enumerate(masks, start=1):
            regions[mask] = number
        content = {"Segmentation": regions, "Boundaries": np.zeros((len(masks), 1), object), "Categories": np.ones((len(masks), 1))}
        savemat(root / "inst" / f"{name}.mat", {"GTinst": content}, do_compression=True)
    (root / f"{split}.txt").write_text("".join(f"{name}\n" for name in photos))
    return root


def voc_palette() -> list[int]:
    """Pascal VOC's colours: the bits of a place, taken in turn by red, green and blue from the highest bit down."""
    palette = []
    for place in range(256):
        colour, bits = [0, 0, 0], place
        for bit in range(7, -1, -1):
            for channel in range(3):
                colour[channel] |= ((bits >> channel) & 1) << bit
            bits >>= 3
        palette += colour
    return palette


def write_voc(root: Path, photos: Mapping[str, NDArray[np.uint8]], *, split: str = "val") -> Path:
    """Photos with palette images of these places."""
    (root / "SegmentationObject").mkdir(parents=True, exist_ok=True)
    (root / "ImageSets" / "Segmentation").mkdir(parents=True, exist_ok=True)
    for name, places in photos.items():
        write_photo(root / "JPEGImages" / f"{name}.jpg", (places.shape[0], places.shape[1]))
        image = Image.fromarray(places, "L")
        image.putpalette(voc_palette())
        image.save(root / "SegmentationObject" / f"{name}.png")
    (root / "ImageSets" / "Segmentation" / f"{split}.txt").write_text("\n".join(photos))
    return root


def write_pickle(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(value))


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


def png_array(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A PNG as OpenCV gives it: an array of bytes."""
    import cv2

    return np.asarray(cv2.imencode(".png", values)[1], np.uint8)


def write_coco_lvis(root: Path, *, split: str = "train") -> Path:
    """One photo: 0 LEFT, 1 RIGHT, 2 INNER, a part of RIGHT, and 3, stuff on the lowest two rows."""
    write_photo(root / split / "images" / "000000000009.jpg")
    first, second = np.zeros(HW, np.uint8), np.zeros(HW, np.uint8)
    first[RIGHT], first[LEFT], second[INNER] = 1, 2, 1
    second[-2:] = 2
    layers = ([png_array(first), png_array(second)], [(0, 2), (0, 1), (1, 1), (1, 2)])
    write_pickle(root / split / "masks" / "000000000009.pickle", layers)
    nodes = {
        0: None,
        1: {"children": [2], "parent": None, "node_level": 0},
        2: {"children": [], "parent": 1, "node_level": 1},
    }
    write_pickle(root / split / "hannotation.pickle", {"000000000009": {"num_instance_masks": 3, "hierarchy": nodes}})
    return root


def write_our_grabcut(shared: Path, root: Path) -> Path:
    """The GrabCut set of the data folder in its official layout: 255 on the object, 128 in the band that is ignored."""
    ours = shared / "data" / "eval" / "grabcut"
    (root / "data_GT").symlink_to(ours / "images")
    for path in (ours / "masks").iterdir():
        labels = read_label_map(path)
        write_grey(root / "boundary_GT" / f"{path.stem}.bmp", (labels == 1, 255), (labels == 255, 128), hw=labels.shape)
    return root
