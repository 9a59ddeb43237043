"""``clickcut annotate``: opens a folder or images in the browser, served to this machine alone unless a host and a token say otherwise."""

from __future__ import annotations

import shutil
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from clickcut.cli.demo import EXAMPLES, photo_path
from clickcut.cli.options import PredictorOptions, Serving
from clickcut.model.machine import use_machine
from clickcut.predict.opening import open_predictor

SAMPLES_FOLDER = Path("clickcut-samples")


def run(paths: Sequence[Path], wanted: Serving, options: PredictorOptions) -> None:
    """Serves until the process is told to stop; what can be wrong is found before the model is loaded."""
    try:
        from clickcut.web.http.security import Access
        from clickcut.web.http.serving import Where, run_server, served_folder
    except ModuleNotFoundError as error:
        raise ValueError(f"the annotator needs {error.name}, which is not installed: pip install 'clickcut[web]'") from error
    options.check()
    if wanted.port is not None and not 0 <= wanted.port <= 65535:
        raise ValueError(f"--port: expected 0 to 65535, got {wanted.port}")
    where = Where(Access(wanted.host, wanted.token), wanted.port)
    paths = with_samples(paths) if wanted.samples else paths or [Path()]
    use_machine(options.device, options.threads)
    predictor = open_predictor(options.weights, options.device, precision=options.precision, **options.overrides)
    with served_folder(paths, predictor, network_name(options)) as served:

        def ready(address: str) -> None:
            what = f"{served.workspace.root} ({len(served.workspace.images)} images)"
            print(f"clickcut annotates {what} at {address} - Ctrl+C ends it", flush=True)
            if wanted.browser and not webbrowser.open(address):
                print("no browser could be opened here; open the address yourself", file=sys.stderr, flush=True)

        run_server(served, where, ready=ready)


def network_name(options: PredictorOptions) -> str:
    """What tells this network's answers from another one's: the weights, and the precision that they compute in."""
    name = "clickcut-s" if options.weights is None else options.weights.name
    return name if options.precision == "fp32" else f"{name} {options.precision}"


def with_samples(paths: Sequence[Path]) -> list[Path]:
    """Puts the sample photos into the one folder that is named, made if need be, and gives it."""
    if len(paths) > 1:
        raise ValueError(f"--samples: expected one folder for the photos, got {len(paths)}")
    folder = paths[0] if paths else SAMPLES_FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for example in EXAMPLES:
        if not (folder / example.photo).exists():
            shutil.copyfile(photo_path(example.photo), folder / example.photo)
    return [folder]
