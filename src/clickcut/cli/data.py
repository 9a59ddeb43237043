"""``clickcut data``: what each of its commands may be told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

data = App(name="data", help="Sets of labelled photos that the field trains and measures on.")


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
