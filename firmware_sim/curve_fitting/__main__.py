"""Write the table of curves: ``python -m firmware_sim.curve_fitting RUNNING_FOLDER WALKING_FOLDER OUT``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from firmware_sim.curve_fitting.running import running_rows
from firmware_sim.curve_fitting.walking import walking_rows

ATTRIBUTION = {
    "run": (
        "Harmonics of the mean strides of runner 001 at 2.5, 3.5 and 4.5 m/s of the Running Biomechanics "
        "Data Set; Fukuchi, Fukuchi, Duarte 2017, PeerJ 5:e3298, figshare 4543435, CC BY 4.0; changed: "
        "reduced to harmonics"
    ),
    "walk": (
        "Harmonics of the mean walking strides P01 and P03 of the BioMAC-Sim-Toolbox (mad-lab-fau), "
        "Apache-2.0; changed: integrated and reduced to harmonics"
    ),
}
CONVENTION = (
    "value = c0 + sum 2 Re(c_k exp(2 pi i k phase)); pelvis phase 0 at right foot strike, shank phase 0 at "
    "own foot strike; shanks in the order right, left, left mirrored into right-leg signs"
)


def curve_table(running: Path, walking: Path) -> dict[str, object]:
    """The whole table."""
    return {
        "attribution": ATTRIBUTION,
        "convention": CONVENTION,
        "run": running_rows(running),
        "walk": walking_rows(walking),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Fit the mean stride curves of the simulator.")
    parser.add_argument("running", type=Path, help="folder with r001_T25, r001_T35, r001_T45")
    parser.add_argument("walking", type=Path, help="folder with P01_walk.parquet, P03_walk.parquet")
    parser.add_argument("out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    text = json.dumps(curve_table(arguments.running, arguments.walking), separators=(",", ":"))
    lines = text.replace("},{", "},\n{").replace(',"', ',\n"')
    arguments.out.write_text(lines + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
