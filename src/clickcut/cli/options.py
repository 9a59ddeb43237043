"""What commands are told, grouped by what it is about. Read before any torch is loaded, so nothing here computes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from clickcut.predict.brs import brs_of

if TYPE_CHECKING:
    from clickcut.predict.options import Overrides

LARGEST_SIZE = 8192
"""An input beyond it takes hundreds of gigabytes, and is a slip of the finger."""

FormatName = Literal["label-map", "masks", "cutouts", "coco-rle", "coco-polygons", "voc", "yolo", "labelme", "labelme-masks"]
"""The names in ``clickcut.data.exchange.formats``, which takes long to import."""

Device = Annotated[str, Parameter(help="where to compute: cpu, cuda, cuda:1 or mps")]
Threads = Annotated[int | None, Parameter(help="how many CPU threads to compute with (PyTorch's own choice if not given)")]


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class PredictorOptions:
    """Which network answers, where it runs, and what it is told in place of what its weights file's header says."""

    weights: Annotated[
        Path | None,
        Parameter(
            help="a weights file, onnx:ENCODER.onnx,DECODER.onnx, published weights by name, or clickcut-xs, which is faster "
            "(clickcut-s if not given)"
        ),
    ] = None
    cascade: Annotated[int | None, Parameter(help="passes that refine the mask after a click's first pass, 0 for none")] = None
    adaptive: Annotated[bool | None, Parameter(help="stop refining when a pass changes next to nothing")] = None
    cascade_clicks: Annotated[int | None, Parameter(help="refine only after the first so many clicks")] = None
    protocol: Annotated[
        Literal["ritm", "simpleclick"] | None,
        Parameter(help="show crops as the field does when it measures: ritm 400 on the longest side, simpleclick squashed to 448 x 448"),
    ] = None
    size: Annotated[int | None, Parameter(help="side of the network's input in pixels, the longest where crops keep their shape")] = None
    flip: Annotated[bool | None, Parameter(help="average with the answer for the mirror image: twice the time")] = None
    zoom: Annotated[bool | None, Parameter(help="look closer at the object once it is known where it is")] = None
    threshold: Annotated[float | None, Parameter(help="probability above which a pixel belongs to the object")] = None
    brs: Annotated[
        str | None,
        Parameter(help="refine by backpropagation until the clicks come out right: RGB-BRS, DistMap-BRS, f-BRS-A, f-BRS-B or f-BRS-C"),
    ] = None
    brs_clicks: Annotated[int | None, Parameter(help="with --brs, the network itself sees only the first so many clicks")] = None
    precision: Annotated[Literal["fp32", "bf16", "fp16"], Parameter(help="compute in it: half of the bits, half of the memory")] = "fp32"
    device: Device = "cpu"
    threads: Threads = None

    @property
    def overrides(self) -> Overrides:
        """What was said in place of the header; None where nothing was."""
        return {
            "protocol": self.protocol,
            "size": self.size,
            "flip": self.flip,
            "zoom": self.zoom,
            "cascade": self.cascade,
            "adaptive": self.adaptive,
            "cascade_clicks": self.cascade_clicks,
            "threshold": self.threshold,
            "brs": self.brs,
            "brs_clicks": self.brs_clicks,
        }

    def check(self) -> None:
        """Refuses, before anything is loaded, what no network can do."""
        if self.size is not None and not 1 <= self.size <= LARGEST_SIZE:
            raise ValueError(f"--size: expected a side of 1 to {LARGEST_SIZE} pixels, got {self.size}")
        for option, value in (("--cascade", self.cascade), ("--cascade-clicks", self.cascade_clicks)):
            if value is not None and value < 0:
                raise ValueError(f"{option}: expected 0 or more, got {value}")
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise ValueError(f"--threshold: expected a probability between 0 and 1, got {self.threshold}")
        if self.brs_clicks is not None and self.brs_clicks < 1:
            raise ValueError(f"--brs-clicks: expected 1 or more, got {self.brs_clicks}")
        try:
            brs_of(self.brs, self.brs_clicks)
        except ValueError as error:
            raise ValueError(f"--brs: {error}") from error


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Outputs:
    """What ``predict`` writes and prints."""

    out: Annotated[Path | None, Parameter(help="write the mask, a grey PNG: 255 on the object, 0 elsewhere")] = None
    overlay: Annotated[Path | None, Parameter(help="write the photo with the object tinted and the clicks drawn")] = None
    cutout: Annotated[Path | None, Parameter(help="write the object on a transparent ground")] = None
    json: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="print area, box [top, left, bottom, right], passes, encodes, seconds and protocol as JSON",
        ),
    ] = False


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class Serving:
    """Where ``annotate`` listens, and what it does first."""

    host: Annotated[str, Parameter(help="the address to listen on; any but this machine's own needs a token")] = "127.0.0.1"
    port: Annotated[int | None, Parameter(help="the port (the first free one from 8765 on if not given)")] = None
    token: Annotated[str | None, Parameter(help="a secret that whoever opens the page must know, 8 characters or more")] = None
    browser: Annotated[bool, Parameter(help="open the page in a browser")] = True
    samples: Annotated[bool, Parameter(negative="", show_default=False, help="put three sample photos into the folder first")] = False


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class ProtocolOptions:
    """How ``evaluate`` clicks, and on which objects."""

    max_clicks: Annotated[int, Parameter(help="clicks on an object at most")] = 20
    target: Annotated[float, Parameter(help="IoU at which an object needs no more clicks")] = 0.95
    limit: Annotated[int | None, Parameter(help="only the first N objects")] = None
    every: Annotated[int, Parameter(help="only every K-th object")] = 1
    clicks: Annotated[
        Literal["centre", "random", "jittered", "border", "human"],
        Parameter(
            help="where the largest error is clicked: its centre, as in the field, anywhere, about the centre, or near its border; "
            "human measures by all of these, with several seeds, and tells the spread"
        ),
    ] = "centre"
    seed: Annotated[int, Parameter(help="of what is left to chance: all clicks but those at the centre, perturbed starting masks")] = 0
    seeds: Annotated[int | None, Parameter(help="of --clicks human, runs for each way to click (3 if not given)")] = None
    start_mask: Annotated[
        Literal["given", "perturbed"] | None,
        Parameter(help="begin objects with the masks that come with the benchmark, or with the true ones after some damage"),
    ] = None
    start_iou: Annotated[str | None, Parameter(help="LOW,HIGH: the IoU of perturbed starting masks (0.75,0.85 if not given)")] = None


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What ``evaluate`` makes of results beside its table."""

    html: Annotated[Path | None, Parameter(help="write one page for the browser: curves, histograms, the table and a gallery")] = None
    gallery: Annotated[int | None, Parameter(help="with --html, how many objects of each set are shown click by click (8)")] = None
    compare: Annotated[
        tuple[Path, Path] | None,
        Parameter(negative="", help="measure nothing: put two runs side by side, each a folder of results or a results.json"),
    ] = None
    photos: Annotated[
        tuple[Path, ...],
        Parameter(
            negative="", help="with --compare and --html, the sets' folders, or one that holds them: shows the largest wins and losses"
        ),
    ] = ()

    def check(self) -> None:
        """Refuses what would have no effect."""
        if self.html is None and self.gallery is not None:
            raise ValueError("--gallery: has no effect without --html FILE")
        if self.photos and (self.html is None or self.compare is None):
            raise ValueError("--photos: has no effect without --compare A B and --html FILE")


@Parameter(name="*")
@dataclass(frozen=True, slots=True)
class SetOptions:
    """Where the sets lie that ``evaluate`` is given by name."""

    root: Annotated[Path | None, Parameter(help="folder that holds the sets known by name (datasets if not given)")] = None
    config: Annotated[Path | None, Parameter(help="a config.yml of the field, which says where sets lie, in place of --root")] = None
    split: Annotated[Literal["train", "val"] | None, Parameter(help="which part of a set known by name (its own if not given)")] = None
