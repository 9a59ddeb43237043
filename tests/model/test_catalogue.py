"""The catalogue: what it says is complete and points to https only, and names lead to files that are what they were."""

from __future__ import annotations

import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clickcut.core.files import WrongContentError, sha256_of
from clickcut.model.catalogue import PUBLISHED, Published, find_weights, published, weights_folder
from tests.model.published_weights import BY_HAND, CONTENT, PLAIN, Shop


def test_names_are_those_of_the_files_that_the_field_publishes() -> None:
    sizes = ("xtiny", "base", "large", "huge")

    assert set(PUBLISHED) == {
        "cocolvis_icl_vit_huge",
        *(f"{data}_vit_{size}" for data in ("cocolvis", "sbd") for size in sizes),
        "sbd_h18_itermask",
        *(f"coco_lvis_{kind}" for kind in ("h18s_itermask", "h18_itermask", "h18_baseline", "h32_itermask")),
        *(f"mae_pretrain_vit_{size}" for size in sizes[1:]),
        *(f"dinov2_vit{size}14_pretrain" for size in "sbl"),
    }
    assert all(name == one.name for name, one in PUBLISHED.items())


@pytest.mark.parametrize("one", PUBLISHED.values(), ids=lambda one: one.name)
def test_every_address_is_https_and_nobody_is_asked_about_it(one: Published, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def contacted(*_: object) -> None:
        raise AssertionError("a test must not leave this machine")

    monkeypatch.setattr(socket, "getaddrinfo", contacted)
    monkeypatch.setenv("CLICKCUT_HOME", str(tmp_path))

    with pytest.raises(ValueError, match=one.name):
        find_weights(one.name)

    assert all(urlsplit(address).scheme == "https" for address in (*one.addresses, one.page))
    assert all(one.file in address.rpartition("/")[2] for address in one.addresses)
    assert one.what
    assert one.licence


def test_what_is_from_memory_says_so() -> None:
    unverified = {name for name, one in PUBLISHED.items() if "unverified" in one.what}

    assert unverified == {name for name in PUBLISHED if name.startswith("dinov2")}
    assert all("unverified" in one.licence for name, one in PUBLISHED.items() if name.startswith(("dinov2", "mae")))


def test_a_size_allows_half_to_twice() -> None:
    sizes = PUBLISHED["cocolvis_icl_vit_huge"].sizes

    assert 1263 << 20 in sizes
    assert (5052 << 20) in sizes
    assert (1263 << 20) - 1 not in sizes
    assert (5052 << 20) + 1 not in sizes


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [("cocolvis_icl_vit_hug", "cocolvis_icl_vit_huge"), ("h32", "coco_lvis_h32_itermask"), ("mae", "mae_pretrain_vit_base")],
)
def test_a_typo_gets_the_nearest_name(typo: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"did you mean '{nearest}'"):
        published(typo)


def test_an_existing_path_is_what_is_meant_even_if_it_has_a_published_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sbd_vit_base").write_bytes(b"")

    assert find_weights("sbd_vit_base") == Path("sbd_vit_base")
    assert find_weights(tmp_path / "sbd_vit_base") == tmp_path / "sbd_vit_base"


def test_a_name_is_the_file_in_the_cache_and_its_fingerprint_is_kept(shop: Shop) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(CONTENT)

    assert find_weights(PLAIN) == find_weights(Path(PLAIN)) == shop.path(PLAIN)
    assert weights_folder() == shop.folder
    assert (shop.folder / "plain_vit.pth.sha256").read_text() == f"{sha256_of(shop.path(PLAIN))}  plain_vit.pth\n"


def test_a_file_that_is_no_longer_what_it_was_is_refused(shop: Shop) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(CONTENT)
    find_weights(PLAIN)

    shop.path(PLAIN).write_bytes(CONTENT + b"!")

    with pytest.raises(WrongContentError, match=r"expected sha256 .*, got .*remove .*plain_vit\.pth and plain_vit\.pth\.sha256"):
        find_weights(PLAIN)


@pytest.mark.parametrize(("content", "told"), [(b"<!DOCTYPE html>", "begins with b'<!DOCTY"), (b"", "begins with b''")])
def test_what_is_no_weights_file_is_not_learned(shop: Shop, content: bytes, told: str) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(BY_HAND).write_bytes(content)

    with pytest.raises(WrongContentError, match=told):
        find_weights(BY_HAND)

    assert list(shop.folder.iterdir()) == [shop.path(BY_HAND)]


def test_a_file_of_an_unlikely_size_is_not_learned(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PUBLISHED, PLAIN, Published(PLAIN, "large", "click", ("https://example.org/a",), "https://example.org", "MIT", 4))
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(CONTENT)

    with pytest.raises(WrongContentError, match=r"expected a file of 2\.0 MiB to 8\.0 MiB, got 125\.0 KiB; is it cut off"):
        find_weights(PLAIN)


def test_a_broken_fingerprint_says_what_to_remove(shop: Shop) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(CONTENT)
    (shop.folder / "plain_vit.pth.sha256").write_text("")

    with pytest.raises(ValueError, match=r"plain_vit\.pth\.sha256: expected a line as sha256sum writes it; remove"):
        find_weights(PLAIN)


def test_a_folder_that_cannot_be_written_to_keeps_nothing_and_is_used(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.folder.mkdir(parents=True)
    shop.path(PLAIN).write_bytes(CONTENT)

    def read_only(_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr("clickcut.core.fingerprints.replacing", read_only)

    assert find_weights(PLAIN) == shop.path(PLAIN)


def test_a_name_that_is_not_here_says_how_to_get_it(shop: Shop) -> None:
    with pytest.raises(ValueError, match="not here yet: clickcut weights download plain_vit"):
        find_weights(PLAIN)
    with pytest.raises(
        ValueError, match=r"by_hand_vit: no program can fetch .*open https://example\.org/weights .*by_hand_vit\.pth and put it"
    ):
        find_weights(BY_HAND)

    assert shop.server.requests == []


@pytest.mark.parametrize(("text", "hint"), [("plain_vitt", "plain_vit"), ("plain_vit.pth", "plain_vit"), ("runs/other.safetensors", None)])
def test_neither_a_file_nor_a_name_is_an_error_that_names_the_nearest(shop: Shop, text: str, hint: str | None) -> None:
    with pytest.raises(ValueError, match=f"{text}: cannot read it: there is no such file") as told:
        find_weights(Path(text))

    assert ("did you mean" in str(told.value)) == (hint is not None)
    assert hint is None or f"'{hint}'" in str(told.value)
