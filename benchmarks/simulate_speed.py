"""How fast the fast path makes packets: seconds of session per second of wall clock.

``python benchmarks/simulate_speed.py [SECONDS] [FAULTS]``
"""

from __future__ import annotations

import argparse
import time

from firmware_sim import SimulatedSession, air_packets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=600.0)
    parser.add_argument("faults", nargs="*", default=["none", "field", "harsh"])
    arguments = parser.parse_args()
    seconds = arguments.seconds
    for level in arguments.faults:
        session = SimulatedSession(seconds, seed=1, faults=level)
        wall, cpu = time.perf_counter(), time.process_time()
        packets = sum(1 for _ in air_packets(session))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"{level}: {packets} packets of three sensors, {seconds:g} s of session in {wall:.1f} s: "
            f"{seconds / wall:.0f} x real time ({seconds / cpu:.0f} x per second of processor time)"
        )


if __name__ == "__main__":
    main()
