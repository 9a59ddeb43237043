"""Builds the wheel, installs it into a clean environment and cuts an object with the installed command.

``.venv/bin/python tools/check_wheel.py``; exit status 0 when the mask is right. Standard library, and ``build`` as a command.
"""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import tempfile
import venv
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIDE, CENTRE, RADIUS = 320, (150, 190), 70
LEAST_IOU = 0.9


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="clickcut-wheel-") as name:
        folder = Path(name)
        wheel = build_wheel(folder)
        binaries = install(wheel, folder / "env")
        write_photo(folder / "photo.png")
        click = f"{CENTRE[1]},{CENTRE[0]}"
        run([binaries / "clickcut", "predict", folder / "photo.png", "--click", click, "--out", folder / "mask.png"], folder)
        measured = run([binaries / "python", "-c", MEASURE, folder / "mask.png"], folder)
    iou = float(measured)
    print(f"check_wheel: {wheel.name} cuts the disk with IoU {iou:.3f} (at least {LEAST_IOU})")
    return 0 if iou >= LEAST_IOU else 1


def build_wheel(folder: Path) -> Path:
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT], folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def install(wheel: Path, environment: Path) -> Path:
    """Makes the clean environment and gives the folder of its commands."""
    venv.create(environment, with_pip=True)
    binaries = environment / ("Scripts" if os.name == "nt" else "bin")
    run([binaries / "python", "-m", "pip", "install", "--quiet", "--no-compile", "-c", ROOT / "constraints.txt", wheel], environment)
    return binaries


def write_photo(path: Path) -> None:
    """An orange disk with a little shading on a blue-grey ground, as an 8-bit RGB PNG."""
    rows = bytearray()
    for y in range(SIDE):
        rows.append(0)
        for x in range(SIDE):
            shade = (y + x) * 40 // (2 * SIDE)
            on_disk = (y - CENTRE[0]) ** 2 + (x - CENTRE[1]) ** 2 <= RADIUS**2
            rows += bytes((190 + shade, 110 + shade, 30) if on_disk else (60, 80 + shade, 100 + shade))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows))), (b"IEND", b""))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


MEASURE = f"""
import sys
import numpy as np
from PIL import Image
mask = np.asarray(Image.open(sys.argv[1])) > 0
y, x = np.ogrid[:{SIDE}, :{SIDE}]
disk = (y - {CENTRE[0]}) ** 2 + (x - {CENTRE[1]}) ** 2 <= {RADIUS} ** 2
assert mask.shape == disk.shape, f"the mask has shape {{mask.shape}}, expected {{disk.shape}}"
print((mask & disk).sum() / (mask | disk).sum())
"""
"""Run by the clean environment's Python, which has numpy and Pillow; prints the IoU of the mask and the disk."""


def run(command: list[str | Path], folder: Path) -> str:
    """Runs a command in ``folder``, so that nothing of the source tree is imported by accident, and gives what it printed."""
    print("check_wheel: " + " ".join(str(part) if "\n" not in str(part) else "..." for part in command), flush=True)
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
