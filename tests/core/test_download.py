"""Downloads from a server on loopback that breaks, lies and changes its mind: what is in its place at the end is whole, or not there."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from clickcut import __version__
from clickcut.core.download import Patience, fetch
from clickcut.core.files import WrongContentError
from clickcut.core.http_get import _check_scheme
from clickcut.core.locks import alone
from tests.core.files_server import FilesServer, files_server

CONTENT = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CUT = 200_000


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FilesServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with files_server() as files:
        yield files


class Rests:
    """Waits for nobody, and remembers how long it should have."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @property
    def patience(self) -> Patience:
        return Patience(tries=4, timeout=5, sleep=self.seconds.append)


@pytest.fixture
def rests() -> Rests:
    return Rests()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "file.bin"


def _leave_a_part(server: FilesServer, target: Path) -> None:
    """A download that broke for good after CUT bytes, as another process would have left it."""
    served = server.files["/file"]
    served.drops_after, served.statuses = [CUT], []
    with pytest.raises(ConnectionError):
        fetch(f"{server.address}/file", target, patience=Patience(tries=1))
    server.requests.clear()


def test_a_file_arrives_whole_and_alone(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT)
    told: list[tuple[int, int | None]] = []

    path = fetch(
        f"{server.address}/file",
        target,
        size=len(CONTENT),
        sha256=SHA256.upper(),
        on_progress=lambda done, total: told.append((done, total)),
    )

    assert path == target
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    assert (told[0], told[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))
    assert server.requests[0].agent == f"clickcut/{__version__}"


def test_dropped_connections_are_gone_on_with(server: FilesServer, target: Path, rests: Rests) -> None:
    server.serve("/file", CONTENT, drops_after=[CUT, 7])

    fetch(f"{server.address}/file", target, patience=rests.patience)

    assert target.read_bytes() == CONTENT
    assert [request.range for request in server.requests] == [None, f"bytes={CUT}-", f"bytes={CUT + 7}-"]
    assert [request.if_range for request in server.requests] == [None, '"1"', '"1"']
    assert rests.seconds == [1.0, 2.0]


def test_tries_end_when_nothing_more_comes_and_the_next_run_goes_on(server: FilesServer, target: Path, rests: Rests) -> None:
    served = server.serve("/file", CONTENT, drops_after=[CUT, 0, 0, 0])

    with pytest.raises(ConnectionError, match=rf"4 tries: .*expected {len(CONTENT)} bytes, got {CUT}; {CUT} bytes are kept .* to go on"):
        fetch(f"{server.address}/file", target, patience=rests.patience)
    assert not target.exists()
    assert rests.seconds == [1.0, 2.0, 4.0]

    server.requests.clear()
    served.drops_after = []
    fetch(f"{server.address}/file", target, sha256=SHA256)

    assert target.read_bytes() == CONTENT
    assert [request.range for request in server.requests] == [f"bytes={CUT}-"]


def test_tries_that_bring_much_are_not_counted(server: FilesServer, target: Path, rests: Rests) -> None:
    content = CONTENT * 20
    server.serve("/file", content, drops_after=[1_500_000] * 6)

    fetch(f"{server.address}/file", target, patience=rests.patience)

    assert target.read_bytes() == content
    assert rests.seconds == [1.0] * 6


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again(server: FilesServer, target: Path, rests: Rests, status: int) -> None:
    server.serve("/file", CONTENT, statuses=[status, status])

    fetch(f"{server.address}/file", target, patience=rests.patience)

    assert target.read_bytes() == CONTENT


def test_an_interrupted_download_is_kept_and_gone_on_with(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT)

    def interrupt(done: int, total: int | None) -> None:
        if done >= CUT:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(f"{server.address}/file", target, on_progress=interrupt)
    kept = target.with_name("file.bin.part").stat().st_size
    fetch(f"{server.address}/file", target)

    assert kept >= CUT
    assert server.requests[-1].range == f"bytes={kept}-"
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"2"', None),  # a strong tag: the server sees by If-Range that the part is of another file
        ('W/"2"', None),  # a weak one may not be sent, but is compared when the answer comes
        (None, "Wed, 11 Nov 2026 11:11:11 GMT"),
    ],
)
def test_a_file_that_changed_meanwhile_is_started_over(
    server: FilesServer, target: Path, rests: Rests, etag: str | None, modified: str | None
) -> None:
    weak = etag is not None and etag.startswith("W/")
    served = server.serve(
        "/file", CONTENT[::-1], etag='W/"1"' if weak else '"1"' if etag else None, modified=modified and modified + " old"
    )
    _leave_a_part(server, target)

    served.content, served.etag, served.modified = CONTENT, etag, modified
    fetch(f"{server.address}/file", target, patience=rests.patience)

    assert target.read_bytes() == CONTENT


def test_a_file_that_became_shorter_than_what_arrived_is_started_over(server: FilesServer, target: Path, rests: Rests) -> None:
    served = server.serve("/file", CONTENT, etag=None)
    _leave_a_part(server, target)

    served.content = CONTENT[:1000]
    fetch(f"{server.address}/file", target, patience=rests.patience)

    assert server.requests[0].range == f"bytes={CUT}-"
    assert target.read_bytes() == CONTENT[:1000]


def test_a_server_without_ranges_is_started_over_with(server: FilesServer, target: Path, rests: Rests) -> None:
    server.serve("/file", CONTENT, ranges=False, drops_after=[CUT])

    fetch(f"{server.address}/file", target, patience=rests.patience)

    assert target.read_bytes() == CONTENT


def test_a_part_of_another_address_is_started_over(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT[::-1])
    _leave_a_part(server, target)
    server.serve("/other", CONTENT)

    fetch(f"{server.address}/other", target)

    assert server.requests[0].range is None
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"address": 1}', None])
def test_a_part_that_nothing_sound_is_known_of_is_started_over(server: FilesServer, target: Path, note: str | None) -> None:
    server.serve("/file", CONTENT)
    target.with_name("file.bin.part").write_bytes(b"what is this")
    if note is not None:
        target.with_name("file.bin.part.json").write_text(note)

    fetch(f"{server.address}/file", target)

    assert target.read_bytes() == CONTENT


def test_a_whole_part_is_put_in_its_place_without_a_request(server: FilesServer, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.serve("/file", CONTENT)
    with monkeypatch.context() as patched:
        patched.setattr("clickcut.core.part_file.PartFile.become_target", _killed)
        with pytest.raises(KeyboardInterrupt):
            fetch(f"{server.address}/file", target)
    server.requests.clear()

    fetch(f"{server.address}/file", target)

    assert server.requests == []
    assert target.read_bytes() == CONTENT


def _killed(_: object) -> None:
    raise KeyboardInterrupt


def test_a_length_that_is_too_long_is_an_error_with_both_numbers(server: FilesServer, target: Path, rests: Rests) -> None:
    server.serve("/file", CONTENT, says_length=len(CONTENT) + 5)

    with pytest.raises(ValueError, match=f"expected {len(CONTENT) + 5} bytes, .* got {len(CONTENT)}"):
        fetch(f"{server.address}/file", target, patience=rests.patience)

    assert list(target.parent.iterdir()) == []


def test_a_length_that_is_too_long_without_ranges_ends_after_some_tries(server: FilesServer, target: Path, rests: Rests) -> None:
    server.serve("/file", CONTENT, says_length=len(CONTENT) + 5, ranges=False)

    with pytest.raises(ConnectionError, match=f"expected {len(CONTENT) + 5} bytes, got {len(CONTENT)}"):
        fetch(f"{server.address}/file", target, patience=rests.patience)

    assert not target.exists()


def test_a_length_that_is_too_short_is_found_by_the_expected_size(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT, says_length=1000)

    with pytest.raises(ValueError, match=f"expected {len(CONTENT)} bytes, got a file of 1000"):
        fetch(f"{server.address}/file", target, size=len(CONTENT))

    assert list(target.parent.iterdir()) == []


def test_a_length_that_is_too_short_is_found_by_the_fingerprint(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT, says_length=1000)

    with pytest.raises(WrongContentError, match=f"expected sha256 {SHA256}, got "):
        fetch(f"{server.address}/file", target, sha256=SHA256)

    assert list(target.parent.iterdir()) == []


def test_a_server_that_says_no_length_is_believed_unless_a_size_is_expected(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT, keeps_length_to_itself=True)

    fetch(f"{server.address}/file", target, size=len(CONTENT))

    assert target.read_bytes() == CONTENT
    with pytest.raises(ValueError, match=f"expected 5 bytes, got {len(CONTENT)}; what arrived is removed"):
        fetch(f"{server.address}/file", target, size=5)
    assert target.read_bytes() == CONTENT


def test_a_file_that_is_not_there_is_told_at_once(server: FilesServer, target: Path, rests: Rests) -> None:
    with pytest.raises(ValueError, match=r"/none: the server answered 404 \(Not Found\)"):
        fetch(f"{server.address}/none", target, patience=rests.patience)

    assert len(server.requests) == 1
    assert list(target.parent.iterdir()) == []


def test_a_redirect_is_followed_and_gone_on_behind(server: FilesServer, target: Path, rests: Rests) -> None:
    server.serve("/file", CONTENT, drops_after=[CUT])
    server.serve("/here", b"", redirect="/file")

    fetch(f"{server.address}/here", target, patience=rests.patience)

    assert target.read_bytes() == CONTENT
    assert [request.range for request in server.requests] == [None, None, f"bytes={CUT}-", f"bytes={CUT}-"]


@pytest.mark.parametrize("elsewhere", ["file:///etc/hostname", "ftp://127.0.0.1/file", "data:,hello"])
def test_a_redirect_away_from_the_web_is_refused(server: FilesServer, target: Path, rests: Rests, elsewhere: str) -> None:
    server.serve("/here", b"", redirect=elsewhere)

    with pytest.raises(ValueError, match="http") as refused:
        fetch(f"{server.address}/here", target, patience=rests.patience)

    assert elsewhere in str(refused.value)
    assert list(target.parent.iterdir()) == []


def test_a_redirect_in_a_circle_ends(server: FilesServer, target: Path, rests: Rests) -> None:
    server.serve("/here", b"", redirect="/here")

    with pytest.raises(ValueError, match="302"):
        fetch(f"{server.address}/here", target, patience=rests.patience)


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://127.0.0.1/file", "/etc/hostname", "data:,hello"])
def test_only_addresses_of_the_web_are_fetched(target: Path, address: str) -> None:
    with pytest.raises(ValueError, match="expected an address of http or https"):
        fetch(address, target)

    assert list(target.parent.iterdir()) == []


def test_nobody_at_home_is_told_after_some_tries(target: Path, rests: Rests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with files_server() as gone:
        address = gone.address

    with pytest.raises(ConnectionError, match=r"gave up after 4 tries: .*refused.*run the same again later"):
        fetch(f"{address}/file", target, patience=rests.patience)


def test_too_little_room_is_told_before_anything_arrives(server: FilesServer, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.serve("/file", CONTENT)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100_000))

    with pytest.raises(OSError, match=r"expected room for 500\.0 KiB, got 97\.7 KiB; make room"):
        fetch(f"{server.address}/file", target)

    assert list(target.parent.iterdir()) == []


def test_room_is_needed_only_for_what_is_still_to_come(server: FilesServer, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.serve("/file", CONTENT)
    _leave_a_part(server, target)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=len(CONTENT) - CUT))

    fetch(f"{server.address}/file", target)

    assert target.read_bytes() == CONTENT


def test_a_download_that_another_process_makes_is_left_alone(server: FilesServer, target: Path) -> None:
    server.serve("/file", CONTENT)

    with alone(target.with_name("file.bin.part.lock")), pytest.raises(ValueError, match="another process is at work here"):
        fetch(f"{server.address}/file", target)

    assert server.requests == []
    fetch(f"{server.address}/file", target)
    assert target.read_bytes() == CONTENT


def test_a_second_run_replaces_the_file(server: FilesServer, target: Path) -> None:
    served = server.serve("/file", CONTENT[::-1])
    fetch(f"{server.address}/file", target)

    served.content = CONTENT
    fetch(f"{server.address}/file", target)

    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]


def test_an_encrypted_address_may_not_lead_to_an_open_one() -> None:
    with pytest.raises(ValueError, match="not encrypted; refused"):
        _check_scheme("http://example.org/file", "https://example.org/file")

    _check_scheme("https://example.org/file", "http://example.org/file")
