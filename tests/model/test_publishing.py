"""Published weights from a server on loopback into the cache."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clickcut.core import archives
from clickcut.core.download import OnBytes
from clickcut.core.files import WrongContentError
from clickcut.core.members import DamagedArchiveError
from clickcut.model.catalogue import find_weights, published
from clickcut.model.publishing import download
from tests.model.published_weights import ARCHIVED, BY_HAND, CONTENT, PLAIN, Shop


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", [PLAIN, ARCHIVED])
def test_a_download_is_found_by_its_name(shop: Shop, name: str) -> None:
    path = download(published(name), shop.folder)

    assert path == find_weights(name) == shop.path(name)
    assert path.read_bytes() == CONTENT
    assert _names(shop.folder) == [f"{name}.pth", f"{name}.pth.sha256"]


def test_every_step_is_told_with_its_bytes(shop: Shop) -> None:
    steps: list[str] = []
    last: dict[str, tuple[int, int | None]] = {}

    @contextmanager
    def watch(step: str) -> Iterator[OnBytes]:
        steps.append(step)
        yield lambda done, total: last.update({step: (done, total)})

    download(published(ARCHIVED), shop.folder, watch)

    assert steps == [*(f"{ARCHIVED}.pth.7z.00{number}" for number in (1, 2, 3)), f"unpacking {ARCHIVED}.pth"]
    assert all(done == total for done, total in last.values())
    assert last[steps[-1]] == (len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("name", [PLAIN, ARCHIVED])
def test_what_is_here_is_not_fetched_again(shop: Shop, name: str) -> None:
    download(published(name), shop.folder)
    shop.server.requests.clear()

    download(published(name), shop.folder)

    assert shop.server.requests == []


def test_an_interrupted_archive_goes_on_where_it_was(shop: Shop) -> None:
    size = len(shop.server.files[f"/{ARCHIVED}.pth.7z.002"].content)
    shop.server.files[f"/{ARCHIVED}.pth.7z.002"].drops_after = [size // 2, 0, 0, 0, 0, 0]
    with pytest.raises(ConnectionError, match="run the same again to go on"):
        download(published(ARCHIVED), shop.folder)
    shop.server.requests.clear()

    download(published(ARCHIVED), shop.folder)

    assert [request.range for request in shop.server.requests] == [f"bytes={size // 2}-", None]
    assert shop.path(ARCHIVED).read_bytes() == CONTENT


@pytest.mark.parametrize("name", [PLAIN, ARCHIVED])
def test_a_later_download_of_something_else_is_refused(shop: Shop, name: str) -> None:
    download(published(name), shop.folder).unlink()
    other = CONTENT[:-1] + b"!"
    shop.server.serve(f"/{PLAIN}.pth", other, etag='"2"')
    shop.serve_archive({f"{ARCHIVED}.pth": other})

    with pytest.raises(WrongContentError, match=rf"expected sha256 .*published it anew, remove .*{name}\.pth and {name}\.pth\.sha256"):
        download(published(name), shop.folder)

    assert _names(shop.folder) == [f"{name}.pth.sha256"]


def test_a_web_page_in_place_of_the_file_is_not_kept(shop: Shop) -> None:
    shop.server.serve(f"/{PLAIN}.pth", b"<html>Please log in</html>")

    with pytest.raises(WrongContentError, match=r"expected weights that torch\.save wrote"):
        download(published(PLAIN), shop.folder)

    assert _names(shop.folder) == []


def test_a_damaged_archive_is_removed_so_that_the_next_call_fetches_it_anew(shop: Shop) -> None:
    part = shop.server.files[f"/{ARCHIVED}.pth.7z.002"]
    good = part.content
    part.content = good[:-1] + bytes([good[-1] ^ 1])
    with pytest.raises(DamagedArchiveError, match="its parts are removed, run the same again"):
        download(published(ARCHIVED), shop.folder)
    assert _names(shop.folder) == []

    part.content = good
    download(published(ARCHIVED), shop.folder)

    assert shop.path(ARCHIVED).read_bytes() == CONTENT


def test_without_anything_to_unpack_with_nothing_is_fetched(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "find_spec", lambda _: None)
    monkeypatch.setattr(archives, "seven_zip_command", lambda: None)

    with pytest.raises(ValueError, match="py7zr"):
        download(published(ARCHIVED), shop.folder)

    assert shop.server.requests == []


def test_a_file_that_is_gone_names_the_page_and_where_to_put_it(shop: Shop) -> None:
    del shop.server.files[f"/{PLAIN}.pth"]

    with pytest.raises(
        ValueError, match=r"404 .*if https://example\.org/weights tells of another place, put the file from there at .*plain_vit"
    ):
        download(published(PLAIN), shop.folder)


def test_what_only_a_person_can_fetch_says_so_and_is_found_once_it_is_there(shop: Shop) -> None:
    with pytest.raises(ValueError, match="no program can fetch this file") as told:
        download(published(BY_HAND), shop.folder)
    assert str(shop.path(BY_HAND)) in str(told.value)

    shop.path(BY_HAND).write_bytes(CONTENT)

    assert download(published(BY_HAND), shop.folder) == find_weights(BY_HAND) == shop.path(BY_HAND)
    assert shop.server.requests == []
