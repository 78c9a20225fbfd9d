"""How fast the fast path makes packets: seconds of session per second of wall clock.

``python benchmarks/simulate_speed.py [SECONDS] [FAULTS]``
"""

from __future__ import annotations

import sys
import time

from firmware_sim import SimulatedSession, air_packets


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600.0
    levels = sys.argv[2:] or ["none", "field", "harsh"]
    for level in levels:
        session = SimulatedSession(seconds, seed=1, faults=level)  # type: ignore[arg-type]
        wall, cpu = time.perf_counter(), time.process_time()
        packets = sum(1 for _ in air_packets(session))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        print(
            f"{level}: {packets} packets of three sensors, {seconds:g} s of session in {wall:.1f} s: "
            f"{seconds / wall:.0f} x real time ({seconds / cpu:.0f} x per second of processor time)"
        )


if __name__ == "__main__":
    main()
