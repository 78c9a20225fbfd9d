"""OpenSim reads a trial and its pose, and finds the angles of a model with them.

Run as a program of its own: OpenSim's wrapper warns when it is imported, and a crash in it would
end the tests. Prints one JSON object.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import opensim as osim

BODIES = ("pelvis", "tibia_l", "tibia_r")
TO_Y_UP = (-math.pi / 2.0, 0.0, 0.0)


def table(path: Path) -> dict[str, object]:
    """What OpenSim's reader of quaternion tables finds."""
    read = osim.TimeSeriesTableQuaternion(str(path))
    row = read.getRowAtIndex(0)
    return {
        "rows": read.getNumRows(),
        "labels": list(read.getColumnLabels()),
        "rate": read.getTableMetaDataAsString("DataRate"),
        "time_s": list(read.getIndependentColumn()),
        "first": [[row.getElt(0, k).get(n) for n in range(4)] for k in range(row.ncol())],
    }


def angles(trial: Path, pose: Path, folder: Path, first_s: float, last_s: float) -> str:
    """OpenSense from end to end on three free bodies: place the sensors, then find the angles."""
    model = osim.Model()
    model.setName("segments")
    zero = osim.Vec3(0)
    for name in BODIES:
        body = osim.Body(name, 1.0, zero, osim.Inertia(1, 1, 1))
        model.addBody(body)
        model.addJoint(
            osim.BallJoint(f"{name}_joint", model.getGround(), zero, zero, body, zero, zero)
        )
    model.finalizeConnections()
    model.printToXML(str(folder / "segments.osim"))
    placer = osim.IMUPlacer()
    placer.set_model_file(str(folder / "segments.osim"))
    placer.set_orientation_file_for_calibration(str(pose))
    placer.set_sensor_to_opensim_rotations(osim.Vec3(*TO_Y_UP))
    placer.set_output_model_file(str(folder / "placed.osim"))
    placer.run(False)
    solver = osim.IMUInverseKinematicsTool()
    solver.set_model_file(str(folder / "placed.osim"))
    solver.set_orientations_file(str(trial))
    solver.set_sensor_to_opensim_rotations(osim.Vec3(*TO_Y_UP))
    solver.set_results_directory(str(folder))
    solver.set_time_range(0, first_s)
    solver.set_time_range(1, last_s)
    solver.run(False)
    return str(folder / f"ik_{trial.stem}.mot")


if __name__ == "__main__":
    osim.Logger.setLevelString("Error")
    trial, pose, folder = (Path(argument) for argument in sys.argv[1:4])
    found = {"trial": table(trial), "pose": table(pose)}
    found["angles"] = angles(trial, pose, folder, *map(float, sys.argv[4:6]))
    print(json.dumps(found))
