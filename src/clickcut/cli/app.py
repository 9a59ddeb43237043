"""The command line: what each command may be told. A command's work, and torch with it, is imported when the command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from clickcut import __version__
from clickcut.cli.data import data as data_commands
from clickcut.cli.errors import status_of
from clickcut.cli.options import (
    Device,
    FormatName,
    Outputs,
    PredictorOptions,
    ProtocolOptions,
    ReportOptions,
    Serving,
    SetOptions,
    Threads,
)  # fmt: skip

# The plain formatter answers in half the time of the boxed one, and its lines can be searched and copied.
app = App(
    name="clickcut",
    version=__version__,
    help="Cut an object out of an image with a few clicks.",
    help_formatter="plain",
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)


def main() -> None:
    """The process ``clickcut``."""
    raise SystemExit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status."""
    return status_of(lambda: app(list(arguments), exit_on_error=False, print_error=False, result_action="return_value"))


@app.command
def predict(
    image: Annotated[Path, Parameter(help="the photo")],
    /,
    *,
    click: Annotated[
        list[str],
        Parameter(negative="", allow_leading_hyphen=True, help="X,Y in image pixels, or X,Y,- where the object is not; repeat it"),
    ],
    start_mask: Annotated[Path | None, Parameter(help="begin with this mask: not 0 where the object is")] = None,
    outputs: Outputs = Outputs(),  # noqa: B008 - frozen
    options: PredictorOptions = PredictorOptions(),  # noqa: B008 - frozen
) -> None:
    """Cut the object that is clicked on out of a photo.

    Without --out, --overlay, --cutout or --json the mask is written into the present folder. What is not given comes from the weights
    file's header.
    """
    from clickcut.cli import predict as command

    command.run(image, click, start_mask, outputs, options)


@app.command
def evaluate(
    *benchmarks: Annotated[
        str,
        Parameter(
            help="folders with images/ and masks/ of equal names (masks are label maps), other labelled photos, or known sets by name"
        ),
    ],
    out: Annotated[
        Path | None,
        Parameter(
            help="folder for results.json and the plot; of several benchmarks, one folder in it for each "
            "(in results/, named by weights and settings, if not given)"
        ),
    ] = None,
    batch: Annotated[
        int, Parameter(help="objects measured at a time, sharing encodes of a photo and calls of the network; 1 shares nothing")
    ] = 1,
    intervals: Annotated[
        bool, Parameter(negative="", show_default=False, help="print 95 % intervals; results.json has them anyway")
    ] = False,
    protocol: ProtocolOptions = ProtocolOptions(),  # noqa: B008 - frozen
    sets: SetOptions = SetOptions(),  # noqa: B008 - frozen
    options: PredictorOptions = PredictorOptions(),  # noqa: B008 - frozen
    reports: ReportOptions = ReportOptions(),  # noqa: B008 - frozen
) -> None:
    """Measure how many simulated clicks the objects of a benchmark take.

    Prints NoC@80/85/90/95, failures, mIoU@1/3/5, boundary IoU and seconds per click. Interrupted, the same command goes on where it was.
    "torchrun --nproc-per-node 2 -m clickcut evaluate ..." shares the objects over processes (machines too, if all see --out).
    --weights opencv-grabcut, random-walker or watershed measures a method without weights, driven by the same clicks, and
    onnx:ENCODER.onnx,DECODER.onnx a SAM-style pair of ONNX files.
    --compare A B measures nothing and compares two runs.
    """
    reports.check()
    if reports.compare is not None:
        from clickcut.cli import compare

        compare.run(reports, benchmarks, out, protocol, options)
        return
    from clickcut.cli import evaluate as command

    command.run(benchmarks, command.Wanted(protocol, options, sets, reports, batch, intervals), out)


@app.command
def train(
    recipe: Annotated[str, Parameter(help="the recipe's name, clickcut-s for the model that ships")],
    /,
    *,
    data: Annotated[
        Path,
        Parameter(
            help="your photos: images/ and masks/ (label maps, or a mask an object), COCO or LVIS JSON, YOLO polygons, labelme, "
            "the folder of the recipe's own sets, or NAME=DIR, a known set such as SBD=DIR or COCO+LVIS=DIR"
        ),
    ],
    out: Annotated[Path, Parameter(help="the run's folder")],
    start: Annotated[
        Path | None, Parameter(help="weights to begin with, a file or a published name (the shipped model if not given)")
    ] = None,
    val: Annotated[Path | None, Parameter(help="photos to measure NoC on while training, in any of these forms; the best is kept")] = None,
    val_every: Annotated[int | None, Parameter(help="with --val, steps between measurements (six times a run if not given)")] = None,
    check_only: Annotated[bool, Parameter(negative="", show_default=False, help="tell what --data holds, and train nothing")] = False,
    cache: Annotated[Path | None, Parameter(help="where encoded views are kept, 2 MB each (views/ in --out if not given)")] = None,
    scores: Annotated[Path | None, Parameter(help="of a field recipe: .json, .csv or .pkl, how well each photo is known")] = None,
    steps: Annotated[int | None, Parameter(help="steps to make, instead of the recipe's")] = None,
    checkpoint_every: Annotated[int, Parameter(help="steps between checkpoints")] = 100,
    resume: Annotated[bool, Parameter(negative="", show_default=False, help="go on from the last checkpoint in --out")] = False,
    workers: Annotated[int, Parameter(help="processes that draw batches ahead of the steps, for each rank")] = 0,
    accumulate: Annotated[int, Parameter(help="micro-batches that make up a rank's part of a batch, to need less memory")] = 1,
    precision: Annotated[Literal["fp32", "bf16", "fp16"] | None, Parameter(help="instead of the recipe's; the last two need a GPU")] = None,
    fsdp: Annotated[
        bool, Parameter(negative="", show_default=False, help="spread weights, gradients and the optimiser's state over the ranks")
    ] = False,
    checkpointing: Annotated[
        bool, Parameter(negative="", show_default=False, help="compute ViT blocks again for the backward pass, to need less memory")
    ] = False,
    compile: Annotated[  # noqa: A002 - the flag's name
        bool, Parameter(negative="", show_default=False, help="compile the network's blocks first, which takes minutes and pays on GPUs")
    ] = False,
    device: Device = "cpu",
    threads: Threads = None,
) -> int:
    """Train a recipe on your own photos, or on the sets it is made for.

    Reads every file first: tells what it found, draws masks over photos into data.jpg in --out, and refuses with a list of what is broken.
    On several GPUs or machines it is started by torchrun.
    """
    from clickcut.cli import train as command
    from clickcut.model.ranks import ALONE
    from clickcut.train.engine import Engine
    from clickcut.train.run import RunFiles, RunOptions

    engine = Engine(ALONE, workers, accumulate, fsdp, checkpointing, compile)
    options = RunOptions(resume, steps, checkpoint_every, device, threads, engine, precision, val_every)
    return command.run(recipe, RunFiles(data, out, start, cache, scores, val), options, check_only=check_only)


@app.command
def convert(
    source: Annotated[Path, Parameter(help="a .pth of RITM, SimpleClick, CFR-ICL, MAE, DINO, DINOv2 or DeiT, or safetensors")],
    out: Annotated[Path, Parameter(help="the file to write: .safetensors, or .pth with --to reference")],
    /,
    *,
    to: Annotated[Literal["clickcut", "reference"], Parameter(help="whose code is to read it: ours, or the field's")] = "clickcut",
    precision: Annotated[
        Literal["fp32", "bf16", "fp16"] | None, Parameter(help="store floats so (as they are in the source if not given)")
    ] = None,
    size: Annotated[int | None, Parameter(help="of a pretrained ViT: side of the input to begin with (448 if not given)")] = None,
) -> None:
    """Turn a weights file of the field into one of clickcut's, or back.

    No code in a file is ever run: tensors and plain values are read, anything else is refused by name.
    """
    from clickcut.cli import convert as command

    command.run(source, out, to, precision, size)


@app.command
def average(
    *sources: Annotated[str, Parameter(help="weights files of one network, or names of weights: clickcut-s is the model that ships")],
    out: Annotated[Path, Parameter(help="the file to write, .safetensors")],
    share: Annotated[list[float], Parameter(negative="", help="of each file, in their order; repeat it (all alike if not given)")] = [],  # noqa: B006 - never changed
) -> None:
    """Average the weights of runs that began with the same weights.

    The result is one network, as fast as each; often it clicks better than all of them, and a model trained on few photos keeps more of
    what it knew before when it is averaged with what it began with.
    """
    from clickcut.cli import average as command

    command.run(sources, out, share)


@app.command
def inspect(
    file: Annotated[Path, Parameter(help="a weights file of any kind that clickcut reads")],
    /,
    *,
    tensors: Annotated[bool, Parameter(negative="", show_default=False, help="list every tensor")] = False,
    json: Annotated[bool, Parameter(negative="", show_default=False, help="print one JSON object")] = False,
) -> None:
    """Tell what a weights file is: architecture, sizes, protocol, origin and card, without loading it."""
    from clickcut.cli import inspect as command

    command.run(file, tensors=tensors, as_json=json)


@app.command
def annotate(
    *paths: Annotated[Path, Parameter(help="a folder of images, or image files (the present folder if none is given)")],
    serving: Serving = Serving(),  # noqa: B008 - frozen
    options: PredictorOptions = PredictorOptions(),  # noqa: B008 - frozen
) -> None:
    """Cut objects out of a folder's images in the browser.

    All that is cut out is kept in FOLDER/.clickcut at once, and is there again when the folder is opened the next time. The page comes from
    this machine and needs no network; scripts use the same server, whose routes are at /docs.
    """
    from clickcut.cli import annotate as command

    command.run(paths, serving, options)


@app.command
def export_masks(
    folder: Annotated[Path, Parameter(help="a folder that was annotated")],
    /,
    *,
    format: Annotated[FormatName, Parameter(help="what to write")],  # noqa: A002 - the flag's name
    out: Annotated[Path, Parameter(help="folder to write into, new or empty")],
    done_only: Annotated[bool, Parameter(negative="", show_default=False, help="leave out images that are not marked done")] = False,
    images: Annotated[bool, Parameter(negative="", show_default=False, help="copy the image files beside the masks")] = False,
    tolerance: Annotated[
        float,
        Parameter(help="pixels by which polygons may leave the outline: 1 gives few corners, up to 0.25 changes no mask"),
    ] = 0.25,
    overwrite: Annotated[bool, Parameter(negative="", show_default=False, help="write over files of the same names")] = False,
) -> None:
    """Write what was cut out in a folder in the format of another tool.

    Masks belong to the images turned upright by their EXIF orientation. clickcut import-masks reads every one of these formats.
    """
    from clickcut.cli import masks as command

    command.run_export(folder, format, out, command.ExportOptions(tolerance, done_only, images, overwrite))


@app.command
def import_masks(
    folder: Annotated[Path, Parameter(help="a folder of images")],
    source: Annotated[Path, Parameter(help="the masks: a folder, a zip archive or a file")],
    /,
    *,
    format: Annotated[FormatName | None, Parameter(help="what they are (told by the files if not given)")] = None,  # noqa: A002 - as above
    image: Annotated[str | None, Parameter(help="the image that they belong to, where the files do not say so")] = None,
) -> None:
    """Add masks of other tools to a folder's objects, to go on with them in clickcut annotate.

    What cannot be read is told and left out.
    """
    from clickcut.cli import masks as command

    command.run_import(folder, source, format, image)


@app.command
def demo(*, out: Annotated[Path, Parameter(help="folder for the overlays and cut-outs")] = Path("demo-out")) -> None:
    """Cut objects out of three sample photos with the shipped model."""
    from clickcut.cli import demo as command
    from clickcut.model.machine import use_machine

    use_machine()
    command.run(out)


app.command(data_commands)

weights = App(name="weights", help="List and download weights that the field publishes.")
app.command(weights)


@weights.command(name="list")
def list_weights() -> None:
    """List the weights that can be had by name: what they are, their size and licence, and whether they are here."""
    from clickcut.cli import weights as command

    command.print_list()


@weights.command(name="download")
def download_weights(
    *names: Annotated[str, Parameter(help="names that clickcut weights list shows")],
    accept_licence: Annotated[bool, Parameter(negative="", show_default=False, help="you have read the licence and accept it")] = False,
    folder: Annotated[Path | None, Parameter(help="put the files there instead of into the cache, where their names are looked up")] = None,
) -> None:
    """Download published weights; interrupted, the same command goes on where it was.

    On a terminal it asks whether you accept the licence of their makers; elsewhere --accept-licence says so.
    """
    from clickcut.cli import weights as command

    command.get(names, folder, accepted=accept_licence)
