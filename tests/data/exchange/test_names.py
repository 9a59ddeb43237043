"""Finding the image that labels mean, by as much of its name as there is."""

from __future__ import annotations

import pytest

from clickcut.data.exchange.names import ImageNames

NAMES = ImageNames(
    ["a.jpg", "cats/b.jpg", "dogs/b.png", "cats/c.v2.tif", "cats/d.jpg", "cats/d.png", "e.jpg", "cats/e.jpg"], lambda _: (1, 1)
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("a.jpg", "a.jpg"),
        ("a", "a.jpg"),
        ("./a.jpg", "a.jpg"),
        ("/data/set/a.jpg", "a.jpg"),
        ("D:\\data\\cats\\b.jpg", "cats/b.jpg"),
        ("masks/dogs/b", "dogs/b.png"),
        ("b.png", "dogs/b.png"),  # the folder is not said, and there is one only
        ("c.v2", "cats/c.v2.tif"),
        ("masks/c.v2.tif", "cats/c.v2.tif"),
        ("cats/d.png", "cats/d.png"),
        ("e", "e.jpg"),  # the one in the folder itself is called just so
    ],
)
def test_an_image_is_found(name: str, found: str) -> None:
    assert NAMES.find(name) == found
    assert NAMES.knows(name)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("b", r"b: could be any of cats/b\.jpg, dogs/b\.png"),
        ("cats/d", r"could be any of cats/d\.jpg, cats/d\.png"),
        ("x.jpg", r"x\.jpg: no image of that name in the folder"),
        ("a.png", "no image of that name"),
        ("", "no image of that name"),
        ("../", "no image of that name"),
    ],
)
def test_what_is_unknown_or_could_be_several_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        NAMES.find(name)
