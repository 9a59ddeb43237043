"""Checking a set: what is there in figures, and every broken file by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clickcut.core.images import write_image, write_label_map
from clickcut.data.check import Findings, checked
from clickcut.data.opening import open_labelled
from clickcut.data.sets.known import known_set
from tests.data.photos import ellipses, ramp, write_folder, write_photo
from tests.data.sets.official import INNER, LEFT, RIGHT, write_coco_lvis


def check(folder: Path, **options: int) -> Findings:
    return checked(open_labelled(folder), advance=lambda done, total, note: None, **options)


def test_a_report_counts_photos_objects_and_sizes(tmp_path: Path) -> None:
    write_folder(tmp_path, 3)  # two objects each, 48, 49 and 50 rows of 64
    tiny = np.zeros((100, 200), np.uint8)
    tiny[:5, :5] = 1
    tiny[50:, 100:] = 2
    tiny[40] = 255
    tiny[60:90, 10:30] = 7
    write_photo(tmp_path, "tiny", ramp((100, 200)), tiny)
    write_photo(tmp_path, "empty", ramp((100, 200)), np.zeros((100, 200), np.uint8))

    assert check(tmp_path).lines() == [
        f"{tmp_path}: label maps (images/ + masks/)",
        "  5 photos, 9 objects, 0 to 3 a photo, 2 in the middle",
        "  sizes: 4 different ones, from 64 x 48 to 200 x 100",
        "  objects: 1 tiny ones (under 0.5% of their photo, 11% of all), 1 photo without any",
    ]


def test_photos_with_as_many_objects_as_there_are_labels_are_told(tmp_path: Path) -> None:
    labels = np.arange(300 * 4, dtype=np.int64).reshape(60, 20) // 4
    write_photo(tmp_path, "many", ramp((60, 20)), np.where(labels < 254, labels + 1, 255).astype(np.uint8))

    assert "1 photo with 254, the most there are labels for: what is smaller there is ignored" in check(tmp_path).lines()[-1]


def spoiled_image(folder: Path) -> None:
    (folder / "images" / "photo1.png").write_bytes(b"not an image")


def cut_off_image(folder: Path) -> None:
    path = folder / "images" / "photo1.png"
    path.write_bytes(path.read_bytes()[:200])


def other_size(folder: Path) -> None:
    write_label_map(folder / "masks" / "photo1.png", ellipses((20, 20)))


def missing_mask(folder: Path) -> None:
    (folder / "masks" / "photo1.png").unlink()


def coloured_mask(folder: Path) -> None:
    write_image(folder / "masks" / "photo1.png", ramp((49, 64)))


def ids_out_of_range(folder: Path) -> None:
    Image.fromarray(np.full((49, 64), 300, np.uint16)).save(folder / "masks" / "photo1.png")


def lossy_labels(folder: Path) -> None:
    (folder / "masks" / "photo1.png").unlink()
    write_image(folder / "masks" / "photo1.jpg", ellipses((49, 64)))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (spoiled_image, "photo1.png is not an image that can be read"),
        (cut_off_image, "photo1.png, it looks damaged"),
        (other_size, "photo1.png is 20 wide and 20 high, but its photo"),
        (missing_mask, "photo1.png has no mask"),
        (coloured_mask, "photo1.png is coloured"),
        (ids_out_of_range, "photo1.png holds values from 300 to 300"),
        (lossy_labels, "photo1.jpg is a JPEG, which blurs labels"),
    ],
)
def test_a_broken_photo_is_named_and_the_others_are_checked_all_the_same(tmp_path: Path, spoil: Callable[[Path], None], told: str) -> None:
    write_folder(tmp_path, 4)
    spoil(tmp_path)

    findings = check(tmp_path)

    (problem,) = findings.problems
    assert told in str(problem)
    assert "\n" not in str(problem)
    assert findings.num_objects == 6
    assert "1 broken" in findings.lines()[1]


def test_progress_counts_every_photo_and_what_is_broken(tmp_path: Path) -> None:
    write_folder(tmp_path, 9)
    spoiled_image(tmp_path)
    told: list[tuple[int, int, str]] = []

    checked(open_labelled(tmp_path), advance=lambda *words: told.append(words), num_threads=3)

    assert [done for done, _, _ in told] == list(range(10))
    assert {total for _, total, _ in told} == {9}
    assert told[-1][2] == "1 broken"


def test_findings_do_not_depend_on_which_thread_was_first(tmp_path: Path) -> None:
    write_folder(tmp_path, 9)

    one, many = (check(tmp_path, num_threads=threads) for threads in (1, 4))

    assert one.seen == many.seen
    assert list(many.seen) == list(range(9))
    assert one.fingerprint == many.fingerprint


@pytest.mark.parametrize("where", ["images", "masks"])
def test_a_changed_pixel_changes_the_fingerprint(tmp_path: Path, where: str) -> None:
    write_folder(tmp_path, 2)
    before = check(tmp_path).fingerprint
    path = tmp_path / where / "photo1.png"
    pixels = np.array(Image.open(path))
    pixels[3, 3] ^= 1
    write_image(path, pixels)

    assert check(tmp_path).fingerprint != before


def test_stopping_midway_ends_the_check(tmp_path: Path) -> None:
    write_folder(tmp_path, 30)

    def interrupted(done: int, total: int, note: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked(open_labelled(tmp_path), advance=interrupted, num_threads=2)


def test_objects_that_others_hide_are_counted_and_stuff_is_not(tmp_path: Path) -> None:
    labelled = known_set("COCO+LVIS").open(write_coco_lvis(tmp_path), "train")

    findings = checked(labelled, advance=lambda done, total, note: None)

    assert findings.seen[0].areas == (LEFT.sum(), RIGHT.sum(), INNER.sum())
    assert findings.num_photos == 1
