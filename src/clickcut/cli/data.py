"""``clickcut data``: what each of its commands may be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

data = App(name="data", help="List, download, check and build the field's sets.")

Root = Annotated[Path | None, Parameter(help="the folder of all sets ($CLICKCUT_DATA, else datasets, if not given)")]


@data.command(name="list")
def list_data(*, root: Root = None) -> None:
    """List the field's sets: what they are, their size and licence, and whether they are here."""
    from clickcut.cli import data_fetch as command

    command.print_list(root)


@data.command(name="download")
def download_data(
    *names: Annotated[str, Parameter(help="names that clickcut data list shows")],
    root: Root = None,
    accept_licence: Annotated[bool, Parameter(negative="", show_default=False, help="you have read the licence and accept it")] = False,
    keep: Annotated[bool, Parameter(negative="", show_default=False, help="leave the archives in the root's folder archives")] = False,
) -> None:
    """Download sets and unpack them into the layout of the field; interrupted, the same command goes on where it was.

    On a terminal it asks whether you accept the licence of their makers; elsewhere --accept-licence says so. An archive that you have
    already is taken from the root's folder archives.
    """
    from clickcut.cli import data_fetch as command

    command.get(names, root, accepted=accept_licence, keeps_archives=keep)


@data.command(name="check")
def check_data(
    *names: Annotated[str, Parameter(help="sets, such as GrabCut, DAVIS, SBD, PascalVOC, COCO+LVIS, DAVIS-585; or Folder for any folder")],
    root: Annotated[Path | None, Parameter(help="a folder of sets, or of one set its own folder")] = None,
    config: Annotated[Path | None, Parameter(help="instead of --root: the field's config.yml, or a training script that has one")] = None,
    split: Annotated[Literal["train", "val"] | None, Parameter(help="which split (the one that the set is known for if not given)")] = None,
    sheet: Annotated[Path | None, Parameter(help="write a picture of twenty photos with their objects")] = None,
    broken: Annotated[Path, Parameter(help="where all that is broken is listed, if anything is")] = Path("broken.txt"),
) -> int:
    """Read every photo of sets in their official layout, and compare the numbers with the published ones.

    Prints a line a set, such as "GrabCut  photos 50 of 50, objects 50 of 50". The exit status is 1 where numbers differ or something is
    broken.
    """
    from clickcut.cli import data_check as command

    return command.run(names, command.Places(root, config), split, command.Written(sheet, broken))


build = App(name="build", help="Make annotations out of others, as the field does before it trains.")
data.command(build)


@build.command
def cocolvis(
    *,
    root: Root = None,
    split: Annotated[tuple[Literal["train", "val"], ...], Parameter(negative="", consume_multiple=True, help="which splits")] = (
        "train",
        "val",
    ),
    jobs: Annotated[int | None, Parameter(help="processes that work at once (one a processor if not given)")] = None,
) -> None:
    """Combine COCO's panoptic annotation and LVIS v1 into COCO+LVIS: hannotation.pickle and masks/ in LVIS/train and LVIS/val.

    clickcut data download COCO LVIS gets what it reads. Interrupted, the same command goes on where it was.
    """
    from clickcut.cli import data_build as command

    command.build_cocolvis(root, split, jobs)
