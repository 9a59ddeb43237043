"""Published weights onto this machine: fetched, unpacked where they are an archive, and taken only if they look right."""

from __future__ import annotations

from pathlib import Path

from clickcut.core.archives import seven_zip, unpack
from clickcut.core.download import Watch, fetch, unwatched
from clickcut.core.files import WrongContentError
from clickcut.core.fingerprints import hint, kept_sha256
from clickcut.core.http_get import NotServedError
from clickcut.core.locks import alone
from clickcut.core.members import DamagedArchiveError
from clickcut.model.catalogue import Published, how_by_hand
from clickcut.model.fingerprints import check_kept


def download(one: Published, folder: Path, watch: Watch = unwatched) -> Path:
    """The file of published weights in ``folder``, which is made, downloaded unless it is there already.

    ValueError where a person has to fetch it, where the server does not have it and where it is not what was downloaded the last time;
    else what ``fetch`` and ``unpack`` raise. An interrupted download is gone on with by the next call.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / one.file
    if path.is_file():
        return check_kept(path, one.sizes)
    if one.by_hand:
        raise ValueError(how_by_hand(one, path))
    if one.is_archive:
        _unpacked(one, path, watch)
    else:
        _fetched(one, one.addresses[0], path, watch, sha256=kept_sha256(path))
    try:
        return check_kept(path, one.sizes)
    except WrongContentError:
        path.unlink()
        raise


def _unpacked(one: Published, path: Path, watch: Watch) -> None:
    reader = seven_zip()  # before gigabytes arrive that nothing here could unpack
    parts = [path.with_name(address.rpartition("/")[2]) for address in one.addresses]
    for address, part in zip(one.addresses, parts, strict=True):
        if not part.is_file():
            _fetched(one, address, part, watch)
    with alone(path.with_name(f"{path.name}.lock")), watch(f"unpacking {path.name}") as on_progress:
        try:
            unpack(parts, path, limit=one.sizes.stop, on_progress=on_progress, reader=reader)
        except DamagedArchiveError as error:
            _remove(parts)
            raise DamagedArchiveError(f"{error}; its parts are removed, run the same again to fetch them anew") from error
        _remove(parts)


def _fetched(one: Published, address: str, target: Path, watch: Watch, *, sha256: str | None = None) -> None:
    with watch(target.name) as on_progress:
        try:
            fetch(address, target, sha256=sha256, on_progress=on_progress)
        except WrongContentError as error:
            raise WrongContentError(f"{error}; {hint(target)}") from error
        except NotServedError as error:
            raise NotServedError(f"{error}; if {one.page} tells of another place, put the file from there at {target}") from error


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
