"""Activities of watches for tests: FIT, GPX and TCX of a run of which everything is known."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)
_FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
_CRC = (0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401)
_CRC += (0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)


@dataclass
class Run:
    """One reading a second: 3 m/s to the north, 4 % uphill, heart rate rising, cadence as given."""

    seconds: int = 300
    cadence_of_one_foot: list[float] = field(default_factory=list)
    start: datetime = START

    def rows(self) -> list[tuple[datetime, float, float, float, int, float]]:
        """Time, latitude, altitude, distance, heart rate, cadence of one foot."""
        cadence = self.cadence_of_one_foot or [80.0] * self.seconds
        return [
            (
                self.start + timedelta(seconds=n),
                52.0 + np.degrees(3.0 * n / 6_371_000.0),
                30.0 + 0.12 * n,
                3.0 * n,
                120 + n // 10,
                cadence[n],
            )
            for n in range(self.seconds)
        ]


def _zulu(when: datetime) -> str:
    return when.isoformat().replace("+00:00", "Z")


def write_gpx(
    path: Path, run: Run | None = None, stamp: Callable[[datetime, int], str] | None = None
) -> Path:
    """With Garmin's extension; ``stamp`` writes the times in another way."""
    write = stamp or (lambda when, _n: _zulu(when))
    points = "".join(
        f'<trkpt lat="{lat:.7f}" lon="13.0"><ele>{ele:.2f}</ele><time>{write(when, n)}</time>'
        f"<extensions><g:TrackPointExtension><g:hr>{hr}</g:hr><g:cad>{cad:.0f}</g:cad>"
        "</g:TrackPointExtension></extensions></trkpt>\n"
        for n, (when, lat, ele, _, hr, cad) in enumerate((run or Run()).rows())
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="test" '
        'xmlns="http://www.topografix.com/GPX/1/1" '
        'xmlns:g="http://www.garmin.com/xmlschemas/TrackPointExtension/v1">'
        f"<metadata><time>2020-01-01T00:00:00Z</time></metadata><trk><trkseg>{points}"
        "</trkseg></trk></gpx>"
    )
    return path


def write_tcx(path: Path, run: Run | None = None) -> Path:
    """With Garmin's extension for speed and cadence."""
    points = "".join(
        f"<Trackpoint><Time>{_zulu(when)}</Time><AltitudeMeters>{ele:.2f}</AltitudeMeters>"
        f"<DistanceMeters>{far:.2f}</DistanceMeters><HeartRateBpm><Value>{hr}</Value>"
        "</HeartRateBpm><Extensions><ns3:TPX><ns3:Speed>3.0</ns3:Speed>"
        f"<ns3:RunCadence>{cad:.0f}</ns3:RunCadence></ns3:TPX></Extensions></Trackpoint>\n"
        for when, _, ele, far, hr, cad in (run or Run()).rows()
    )
    path.write_text(
        '<?xml version="1.0"?><TrainingCenterDatabase '
        'xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2" '
        'xmlns:ns3="http://www.garmin.com/xmlschemas/ActivityExtension/v2"><Activities><Activity>'
        f"<Id>x</Id><Lap><MaximumHeartRateBpm><Value>199</Value></MaximumHeartRateBpm><Track>"
        f"{points}</Track></Lap></Activity></Activities></TrainingCenterDatabase>"
    )
    return path


def _crc(data: bytes) -> int:
    crc = 0
    for byte in data:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) ^ _CRC[crc & 0xF] ^ _CRC[nibble]
    return crc


def write_fit(path: Path, run: Run | None = None) -> Path:
    """File id and records: time, latitude, altitude, distance, speed, heart rate, cadence."""
    body = bytearray()
    body += struct.pack("<BBBHB3B", 0x40, 0, 0, 0, 1, 0, 1, 0) + bytes([0, 4])
    fields = [(253, 4, 0x86), (0, 4, 0x85), (2, 2, 0x84), (5, 4, 0x86), (6, 2, 0x84)]
    fields += [(3, 1, 0x02), (4, 1, 0x02)]
    body += struct.pack("<BBBHB", 0x41, 0, 0, 20, len(fields))
    body += b"".join(bytes(each) for each in fields)
    for when, lat, ele, far, hr, cad in (run or Run()).rows():
        body += struct.pack(
            "<BIiHIHBB",
            1,
            int((when - _FIT_EPOCH).total_seconds()),
            round(lat * 2**31 / 180.0),
            round((ele + 500.0) * 5.0),
            round(far * 100.0),
            3000,
            hr,
            round(cad),
        )
    head = struct.pack("<BBHI4s", 14, 0x10, 2132, len(body), b".FIT")
    head += struct.pack("<H", _crc(head))
    data = head + bytes(body)
    path.write_bytes(data + struct.pack("<H", _crc(data)))
    return path
