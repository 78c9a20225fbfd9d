"""Times other projects' methods on samples in a file; prints one JSON object a line.

Started by ``peers.py``, in an environment of its own: it imports nothing of levelstride, and
levelstride nothing of it. Methods whose package is not there are left out.

Run: ``python peers_timed.py SAMPLES.npz SECONDS``. The file has, of a pelvis and a shank sensor,
``<place>_time_s``, ``<place>_acc`` (m/s²), ``<place>_gyr`` (rad/s), and ``rate_hz``.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import numpy as np

Method = tuple[str, str, str, Callable[[], Any]]
"""Package, its method, what it gives, and the work."""


def orientation(acc: Any, gyr: Any, rate_hz: float) -> Iterator[Method]:
    """Methods that orient one sensor."""
    gives = "orientation"
    if find_spec("vqf"):
        from vqf import VQF, offlineVQF

        yield "vqf", "VQF, all at once", gives, lambda: VQF(1.0 / rate_hz).updateBatch(gyr, acc)
        yield "vqf", "offlineVQF", gives, lambda: offlineVQF(gyr, acc, None, 1.0 / rate_hz)
    if find_spec("imufusion"):
        import imufusion

        rates, forces = np.degrees(gyr), acc / 9.80665

        def fusion() -> None:  # its interface takes one sample at a time
            filter_ = imufusion.Ahrs()
            filter_.set_sample_period(1.0 / rate_hz)
            for rate, force in zip(rates, forces, strict=True):
                filter_.update_no_magnetometer(rate, force)

        yield "imufusion", "Ahrs", gives, fusion
    if find_spec("ahrs"):
        from ahrs.filters import EKF, Madgwick, Mahony

        for filter_ in (Madgwick, Mahony, EKF):
            work = lambda f=filter_: f(gyr=gyr, acc=acc, frequency=rate_hz)  # noqa: E731
            yield "ahrs", filter_.__name__, gives, work
    if find_spec("skinematics"):
        from skinematics.imus import analytical

        yield (
            "scikit-kinematics",
            "analytical",
            "orientation by the gyroscope alone",
            lambda: analytical(
                omega=gyr, accMeasured=acc, rate=rate_hz, R_initialOrientation=np.eye(3)
            ),
        )
    if find_spec("gaitmap"):
        import pandas as pd
        from gaitmap.trajectory_reconstruction import MadgwickAHRS

        frame = pd.DataFrame(
            np.hstack([acc, np.degrees(gyr)]),
            columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"],
        )
        yield (
            "gaitmap",
            "MadgwickAHRS",
            gives,
            lambda: MadgwickAHRS().estimate(frame, sampling_rate_hz=rate_hz),
        )


def gait(pelvis_time_s: Any, pelvis_acc: Any, pelvis_gyr: Any, rate_hz: float) -> Iterator[Method]:
    """Methods that find steps."""
    if find_spec("skdh"):
        from skdh.gait import GaitLumbar

        whole = np.arange(len(pelvis_acc)) / rate_hz + pelvis_time_s[0]

        def lumbar() -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                GaitLumbar().predict(
                    time=whole,
                    accel=pelvis_acc / 9.80665,
                    gyro=pelvis_gyr,
                    fs=rate_hz,
                    height=1.75,
                    gait_pred=True,
                )

        yield "scikit-digital-health", "GaitLumbar", "foot contacts, no angles", lumbar


def main() -> None:
    samples = np.load(sys.argv[1])
    seconds = float(sys.argv[2])
    rate_hz = float(samples["rate_hz"])
    count = round(seconds * rate_hz)
    acc, gyr = (
        np.ascontiguousarray(samples[f"shank_{kind}"][:count], np.float64)
        for kind in ("acc", "gyr")
    )
    pelvis = [samples[f"pelvis_{kind}"][:count] for kind in ("time_s", "acc", "gyr")]
    for package, method, gives, work in (
        *orientation(acc, gyr, rate_hz),
        *gait(pelvis[0], pelvis[1], pelvis[2], rate_hz),
    ):
        said: dict[str, str | float] = {"package": package, "method": method, "gives": gives}
        try:
            work()  # once before, for what is compiled on the way
            times = []
            for _ in range(3):
                start = time.process_time()
                work()
                times.append(time.process_time() - start)
        except Exception as error:  # noqa: BLE001 - whatever a peer does wrong, the others go on
            said["error"] = f"{type(error).__name__}: {error}"[:200]
        else:
            said["us_per_sample"] = min(times) / count * 1e6
        print(json.dumps({**said, "version": version(package)}), flush=True)


if __name__ == "__main__":
    main()
