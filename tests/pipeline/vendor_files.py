"""Small exports of sensor makers, written as their apps write them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from sensors.placement import Placement
from tests.pipeline.sample_table import ACC, GYR, make_samples

GRAVITY = 9.80665
TAGS = {"pelvis": "Pelvis", "shank_left": "LTibia", "shank_right": "RTibia"}
SIDES = {"pelvis": "pelvis", "shank_left": "Left Lower Leg", "shank_right": "Right Lower Leg"}


QUAT = ["quat_x", "quat_y", "quat_z", "quat_w"]


@cache
def motion(seconds: float = 9.0, rate_hz: float = 100.0) -> pd.DataFrame:
    """Neutral samples of three sensors, see ``make_samples``, with the integrated orientation."""
    frame = make_samples(seconds=seconds, rate_hz=rate_hz)
    parts = []
    for _, part in frame.groupby("placement"):
        turned = [Rotation.identity()]
        for step in Rotation.from_rotvec(np.array(part[GYR])[:-1] / rate_hz):
            turned.append(turned[-1] * step)
        parts.append(
            part.assign(**dict(zip(QUAT, Rotation.concatenate(turned).as_quat().T, strict=True)))
        )
    return pd.concat(parts).sort_index()


def orientation_of(part: pd.DataFrame) -> Rotation:
    """Orientation of one sensor."""
    return Rotation.from_quat(np.array(part[QUAT]))


def of(frame: pd.DataFrame, placement: str) -> pd.DataFrame:
    """The samples of one sensor."""
    return frame[frame["placement"] == placement].reset_index(drop=True)


def write_dot(
    folder: Path,
    frame: pd.DataFrame,
    *,
    names: str = "PacketCounter,SampleTimeFine,Acc_X,Acc_Y,Acc_Z,Gyr_X,Gyr_Y,Gyr_Z",
    zone: str = "CET",
    synced: str = "Synced",
    head: bool = True,
    ends: str = "",
    delimiter: str = ",",
) -> list[Path]:
    """Movella DOT app files with the columns of a payload; orientation is integrated."""
    paths = []
    for placement, tag in TAGS.items():
        part = of(frame, placement)
        time_s = part["time_s"].to_numpy()
        acc, gyr = np.array(part[ACC]), np.array(part[GYR])
        step_s = float(np.median(np.diff(time_s)))
        orientation = orientation_of(part)
        free = orientation.apply(acc) - [0, 0, GRAVITY]
        quat = orientation.as_quat(scalar_first=True)
        euler = orientation.as_euler("ZYX", degrees=True)[:, ::-1]
        turns = Rotation.from_rotvec(gyr * step_s).as_quat(scalar_first=True)
        columns = {
            "PacketCounter": np.arange(1, len(part) + 1),
            "SampleTimeFine": (np.round(time_s * 1e6).astype(np.int64) + 2**32 - 5_000_000) % 2**32,
            **{f"Acc_{a}": acc[:, n] for n, a in enumerate("XYZ")},
            **{f"Gyr_{a}": np.degrees(gyr[:, n]) for n, a in enumerate("XYZ")},
            **{f"Quat_{a}": quat[:, n] for n, a in enumerate("WXYZ")},
            **{f"Euler_{a}": euler[:, n] for n, a in enumerate("XYZ")},
            **{f"FreeAcc_{a}": free[:, n] for n, a in enumerate("XYZ")},
            **{f"dq_{a}": turns[:, n] for n, a in enumerate("WXYZ")},
            **{f"dv[{n + 1}]": acc[:, n] * step_s for n in range(3)},
            **{f"Mag_{a}": 0.5 for a in "XYZ"},
            "Status": 0,
        }
        table = pd.DataFrame(columns)[names.split(",")]
        text = table.to_csv(index=False, float_format="%.9f", sep=delimiter)
        if ends:
            text = text.replace("\n", ends + "\n")
        lines = (
            f"sep={delimiter}\nDeviceTag:,{tag}\nFirmwareVersion:,3.0.0\nAppVersion:,2023.6.0\n"
            f"SyncStatus:,{synced}\nOutputRate:,100Hz\nMeasurement Mode:,Test\n"
            f"StartTime: ,2024-12-09_17:31:07_886 {zone}\n"
            "\N{COPYRIGHT SIGN} Movella Technologies B. V. 2005-2024\n\n"
        )
        path = folder / f"{tag}_20241209_173107_886.csv"
        path.write_bytes(((lines if head else "") + text).replace("\n", "\r\n").encode())
        paths.append(path)
    return paths


def write_metawear(
    folder: Path, frame: pd.DataFrame, *, zones: tuple[str, str] = ("+0100", "+0100")
) -> list[Path]:
    """MetaBase files: accelerometer and gyroscope apart, 3 ms after one another."""
    paths = []
    for number, placement in enumerate(SIDES):
        part = of(frame, placement)
        for kind, unit, values, late_s, zone in (
            ("Accelerometer", "g", part[ACC].to_numpy() / GRAVITY, 0.0, zones[0]),
            ("Gyroscope", "deg/s", np.degrees(part[GYR].to_numpy()), 0.003, zones[1]),
        ):
            offset_s = 3600.0 * int(zone) / 100.0
            epoch = np.round((1_700_000_000.0 + part["time_s"] + late_s) * 1e3).astype(np.int64)
            stamp = pd.to_datetime(epoch + int(1e3 * offset_s), unit="ms")
            table = pd.DataFrame(
                {
                    "epoc (ms)": epoch,
                    f"timestamp ({zone})": stamp.dt.strftime("%Y-%m-%dT%H.%M.%S.%f").str[:-3],
                    "elapsed (s)": (part["time_s"] - part["time_s"][0]).round(3),
                    **{f"{a}-axis ({unit})": values[:, n] for n, a in enumerate("xyz")},
                }
            )
            path = folder / (
                f"{placement}_MetaWear_2023-11-14T22.13.20.000_C42732BE255{number}_{kind}"
                "_100.000Hz_1.5.0.csv"
            )
            table.to_csv(path, index=False, float_format="%.6f")
            paths.append(path)
    return paths


def write_x_imu3(folder: Path, frame: pd.DataFrame) -> list[Path]:
    """x-IMU3 folders, with a file that is not needed in each."""
    paths = []
    for number, (placement, name) in enumerate(SIDES.items()):
        part = of(frame, placement)
        home = folder / f"{name} 64F61CB{number} (UDP)"
        home.mkdir(parents=True)
        columns = {"Timestamp (us)": np.round(917e6 + part["time_s"] * 1e6).astype(np.int64)}
        for n, axis in enumerate("XYZ"):
            columns[f"Gyroscope {axis} (deg/s)"] = np.degrees(part[GYR[n]])
        for n, axis in enumerate("XYZ"):
            columns[f"Accelerometer {axis} (g)"] = part[ACC[n]] / GRAVITY
        pd.DataFrame(columns).to_csv(home / "Inertial.csv", index=False, float_format="%.9f")
        (home / "Temperature.csv").write_text("Timestamp (us),Temperature (degC)\n917000000,30\n")
        (home / "Command.json").write_text(
            f'[{{"ping":{{"interface":"UDP","name":"{name}","sn":"64F61CB{number}"}}}}]'
        )
        paths.append(home)
    return paths


def write_mvnx(path: Path, frame: pd.DataFrame, *, old: bool = False, doctype: str = "") -> Path:
    """An MVN export of pelvis, shanks and a head; ``old`` with measured sensor data."""
    labels = ["Pelvis", "Head", "RightLowerLeg", "LeftLowerLeg"]
    parts = [of(frame, p) for p in ("pelvis", "pelvis", "shank_right", "shank_left")]
    step_s = float(np.median(np.diff(parts[0]["time_s"])))
    turned, free = [], []
    for part in parts:
        orientation = orientation_of(part)
        turned.append(orientation.as_quat(scalar_first=True))
        free.append(orientation.apply(np.array(part[ACC])) - [0, 0, GRAVITY])
    acc_of, gyr_of = ([np.array(part[columns]) for part in parts] for columns in (ACC, GYR))
    frames = []
    for row in range(len(parts[0])):
        quat = " ".join(f"{v:.9f}" for each in turned for v in each[row])
        if old:
            acc = " ".join(f"{v:.9f}" for each in acc_of for v in each[row])
            gyr = " ".join(f"{v:.9f}" for each in gyr_of for v in each[row])
            body = (
                f"<sensorAcceleration>{acc}</sensorAcceleration>"
                f"<sensorAngularVelocity>{gyr}</sensorAngularVelocity>"
            )
        else:
            acc = " ".join(f"{v:.9f}" for each in free for v in each[row])
            body = f"<sensorFreeAcceleration>{acc}</sensorFreeAcceleration>"
        frames.append(
            f'<frame time="{row * 10}" index="{row}" ms="{1_700_000_000_000 + row * 10}" '
            f'type="normal"><orientation>1 0 0 0</orientation>{body}'
            f"<sensorOrientation>{quat}</sensorOrientation></frame>"
        )
    sensors = "".join(f'<sensor label="{label}"/>' for label in labels)
    path.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}'
        '<mvnx xmlns="http://www.xsens.com/mvn/mvnx" version="4">'
        f'<subject frameRate="{1 / step_s:.0f}"><segments><segment label="Pelvis" id="1"/>'
        f"</segments><sensors>{sensors}</sensors><frames>"
        '<frame time="0" type="tpose"><orientation>1 0 0 0</orientation></frame>'
        + "".join(frames)
        + "</frames></subject></mvnx>"
    )
    return path


ALL = set(Placement)
