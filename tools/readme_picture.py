"""Makes docs/images/demo.jpg, the README's picture, of what ``clickcut demo`` wrote: ``python tools/readme_picture.py``."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from clickcut.cli.demo import EXAMPLES
from clickcut.core.images import read_image, write_image

ROOT = Path(__file__).resolve().parent.parent
HEIGHT = 320


def main() -> None:
    overlays = [read_image(ROOT / "demo-out" / f"{example.subject}_overlay.png") for example in EXAMPLES]
    widths = [round(image.shape[1] * HEIGHT / image.shape[0]) for image in overlays]
    resized = [cv2.resize(image, (width, HEIGHT), interpolation=cv2.INTER_AREA) for image, width in zip(overlays, widths, strict=True)]
    path = ROOT / "docs" / "images" / "demo.jpg"
    path.parent.mkdir(exist_ok=True)
    write_image(path, np.ascontiguousarray(np.hstack(resized), dtype=np.uint8))
    print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
