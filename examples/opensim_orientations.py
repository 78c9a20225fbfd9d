"""Orientations for OpenSim's OpenSense: a trial, and the pose that places the sensors.

In OpenSim (Python or the application), with a model that has bodies pelvis, tibia_l and tibia_r:

    placer = osim.IMUPlacer()
    placer.set_orientation_file_for_calibration("run_pose.sto")
    placer.set_sensor_to_opensim_rotations(osim.Vec3(-1.570796, 0, 0))

and then the tool IMU Inverse Kinematics on run.sto with the same rotation.
"""

import sys
from pathlib import Path

import levelstride as ls

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "example-output")
folder.mkdir(parents=True, exist_ok=True)

run = ls.simulate(folder / "opensim.mcap", seconds=45, seed=5)
trial, pose = ls.export(run, folder / "run.sto", rate_hz=100, force=True)
for path in (trial, pose):
    lines = path.read_text().splitlines()
    print(f"{path.name}: {len(lines) - 6} row(s)")
    print("  " + lines[5].replace("\t", " | "))
    assert lines[1] == "DataType=Quaternion"
