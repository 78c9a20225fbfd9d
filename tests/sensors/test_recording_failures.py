"""Disks that fill up, go read-only or go away: it is said, and what can be kept is kept."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sensors import recording_writer
from sensors.errors import RecordingError
from sensors.notification import Notification
from sensors.recording_file import Entry, RecordingFile
from sensors.recording_reader import open_recording
from sensors.recording_segments import open_session, segments_of
from sensors.recording_space import space_notice
from sensors.recording_writer import RecordingWriter
from sensors.session_info import SessionInfo
from tests.sensors.open_gait_builder import DATA, sensor_info

pytestmark = pytest.mark.real_time

ROOT_ONLY = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounting a file system needs root"
)
SESSION = SessionInfo(runner="R", source="live")


def payload(number: int) -> bytes:
    """Bytes that do not compress, with a number in front."""
    return number.to_bytes(8, "little") + os.urandom(1000)


def feed(
    writer: RecordingWriter, seconds: float, first: int = 0, until: Callable[[], bool] | None = None
) -> int:
    """Hand in 300 notifications a second in real time, until told to stop; the next number."""
    number = first
    end = time.monotonic() + seconds
    while time.monotonic() < end and not (until is not None and until()):
        for _ in range(3):
            at_ns = number * 1_000_000
            writer.notification(Notification("S0", DATA, payload(number), at_ns))
            number += 1
        time.sleep(0.01)
    return number


def numbers_in(messages: Iterator[Notification]) -> list[int]:
    return [int.from_bytes(each.payload[:8], "little") for each in messages]


def open_descriptor(path: Path) -> int:
    """Number of this process's descriptor of a file."""
    for each in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # the one of this listing
            if each.readlink() == path:
                return int(each.name)
    raise AssertionError("the file is not open")


def mount(folder: Path, size: str) -> Path:
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(["mount", *options], capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    return folder


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte."""
    folder = mount(tmp_path / "disk", "512k")
    yield folder
    unmount(folder)


LIMITED = """
import resource, sys
from pathlib import Path
from sensors.errors import RecordingError
from sensors.recording_writer import RecordingWriter
from tests.sensors.test_recording_failures import SESSION, feed
from tests.sensors.open_gait_builder import sensor_info

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
writer = RecordingWriter(Path(sys.argv[1]), session=SESSION, sensors=[sensor_info("S0")])
try:
    feed(writer, 60.0)
except RecordingError as error:
    print(error)
try:
    writer.close()
except RecordingError as error:
    print(error)
"""


def test_a_file_that_may_not_grow_is_said_at_once_and_what_is_in_it_is_kept(tmp_path: Path) -> None:
    """A limit on the file's size, in a process of its own; 200 kB are 0.7 s, and not a minute."""
    path = tmp_path / "run.mcap"
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    said, at_close = done.stdout.splitlines()
    assert "cannot be written: File too large" in said
    assert "could not be written to its end" in at_close
    with open_recording(path) as reader:
        kept = numbers_in(reader.notifications())
        assert kept == list(range(len(kept)))
        assert len(kept) > 100
        assert not reader.health.complete


@ROOT_ONLY
def test_full_disk_ends_a_recording_without_fallback_with_a_sentence(small_disk: Path) -> None:
    writer = RecordingWriter(small_disk / "run.mcap", session=SESSION, sensors=[sensor_info("S0")])
    assert "room for" in writer.notice, "half a megabyte is less than half an hour"
    with pytest.raises(RecordingError, match="No space left on device"):
        feed(writer, 60.0)
    with pytest.raises(RecordingError, match="to its end: No space"):
        writer.close()
    with open_recording(small_disk / "run.mcap") as reader:
        kept = numbers_in(reader.notifications())
    assert kept == list(range(len(kept)))
    assert len(kept) > 200


@ROOT_ONLY
def test_full_disk_with_a_fallback_costs_nothing(small_disk: Path, tmp_path: Path) -> None:
    """The recording goes on elsewhere, and both files read as one have everything once."""
    elsewhere = tmp_path / "elsewhere"
    with RecordingWriter(
        small_disk / "run.mcap",
        session=SESSION,
        sensors=[sensor_info("S0")],
        fallback=elsewhere,
    ) as writer:
        handed_in = feed(writer, 60.0, until=lambda: len(writer.paths) == 2)
        handed_in = feed(writer, 0.5, first=handed_in)
        writer.marker(5, "noted")
        assert "goes on in" in writer.notice
        assert len(writer.paths) == 2
    assert writer.path.parent == elsewhere
    assert segments_of(small_disk / "run.mcap", elsewhere) == writer.paths
    with open_session(writer.paths[::-1]) as reader:
        assert numbers_in(reader.notifications()) == list(range(handed_in))
        assert [marker.text for marker in reader.markers()] == ["noted"]
        assert [sensor.sensor_id for sensor in reader.sensors] == ["S0"]
        assert any("run.mcap: " in problem for problem in reader.health.problems)
    with open_recording(writer.path) as second:
        assert second.health.complete


@ROOT_ONLY
@pytest.mark.full
def test_drive_whose_writes_get_lost_later_costs_nothing_with_a_fallback(tmp_path: Path) -> None:
    """The system takes the bytes, the drive does not: only the sync says so (a drive taken out)."""
    under = mount(tmp_path / "under", "2m")
    image, drive = under / "image", tmp_path / "drive"
    drive.mkdir()
    try:
        with image.open("wb") as file:
            file.truncate(64 * 2**20)
        make = ["mkfs.ext4", "-q", "-F", "-O", "^has_journal", str(image)]
        try:
            subprocess.run(make, check=True, capture_output=True)
            subprocess.run(["mount", "-o", "loop", str(image), str(drive)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no loop device: {error}")
        try:
            with RecordingWriter(
                drive / "run.mcap",
                session=SESSION,
                sensors=[sensor_info("S0")],
                fallback=tmp_path / "elsewhere",
            ) as writer:
                handed_in = feed(writer, 14.0)
            assert len(writer.paths) == 2
            kept = open_session(writer.paths)
            with kept as reader:
                found = numbers_in(reader.notifications())
            missing = sorted(set(range(handed_in)) - set(found))
            assert found == sorted(set(found)), "something is there twice"
            assert not missing
        finally:
            unmount(drive)
    finally:
        unmount(under)


def test_descriptor_that_stops_working_is_survived(tmp_path: Path) -> None:
    """The open file becomes one that takes nothing (a full device) in the middle of the run."""
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    path = tmp_path / "run.mcap"
    with RecordingWriter(
        path, session=SESSION, sensors=[sensor_info("S0")], fallback=tmp_path / "elsewhere"
    ) as writer:
        middle = feed(writer, 1.0)
        full = os.open("/dev/full", os.O_WRONLY)
        mine = open_descriptor(path)
        os.dup2(full, mine)
        os.close(full)
        end = feed(writer, 60.0, first=middle, until=lambda: len(writer.paths) == 2)
        end = feed(writer, 0.5, first=end)
    assert len(writer.paths) == 2
    with open_session(writer.paths) as reader:
        assert numbers_in(reader.notifications()) == list(range(end))


def test_what_reaches_the_disk_while_going_elsewhere_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first file's last sync succeeds in the middle of copying to the second."""
    path = tmp_path / "run.mcap"
    syncing, copying, synced = threading.Event(), threading.Event(), threading.Event()

    class Disk(RecordingFile):
        def sync(self) -> None:
            if self.path == path:
                syncing.set()
                copying.wait(100.0)
            super().sync()

        def commit(self) -> None:
            if self.path == path and syncing.is_set():
                raise OSError(28, "No space left on device")
            super().commit()

        def write(self, item: Entry) -> None:
            super().write(item)
            if self.path != path and not copying.is_set():
                copying.set()
                assert synced.wait(100.0)

    def look_at_space(_: RecordingWriter) -> None:
        if copying.is_set():
            synced.set()  # the thread that syncs looks when it is done

    monkeypatch.setattr(recording_writer, "RecordingFile", Disk)
    monkeypatch.setattr(recording_writer, "SYNC_S", 0.1)
    monkeypatch.setattr(recording_writer, "SPACE_S", 0.0)
    monkeypatch.setattr(RecordingWriter, "_look_at_space", look_at_space)
    with RecordingWriter(
        path, session=SESSION, sensors=[sensor_info("S0")], fallback=tmp_path / "elsewhere"
    ) as writer:
        end = feed(writer, 0.05)
        assert syncing.wait(100.0)
        end = feed(writer, 0.1, first=end)
    with open_session(writer.paths) as reader:
        assert numbers_in(reader.notifications()) == list(range(end))


def test_folder_that_cannot_be_written_is_said_before_anything_starts(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if os.geteuid() == 0:
        folder = Path("/proc/self")  # takes no files, not even of root
    else:
        folder.chmod(0o555)
    with pytest.raises(RecordingError, match="cannot be made") as caught:
        RecordingWriter(folder / "run.mcap", session=SESSION)
    assert "rights to write" in str(caught.value)


def test_fallback_that_cannot_be_used_leaves_the_first_error(tmp_path: Path) -> None:
    """No folder can be made below a file."""
    (tmp_path / "file").write_text("x")
    code = LIMITED.replace(
        'sensors=[sensor_info("S0")]', 'sensors=[sensor_info("S0")], fallback=sys.argv[2]'
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run.mcap"), str(tmp_path / "file" / "x")],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    assert "File too large" in done.stdout


def test_space_notice_counts_the_minutes_left(tmp_path: Path) -> None:
    assert space_notice(tmp_path / "missing") == ""
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    assert "more minutes" in space_notice(tmp_path, written_bytes=free, elapsed_s=100.0)
    assert space_notice(tmp_path, written_bytes=1, elapsed_s=100.0) == ""


# Length


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("hours", [1.0, pytest.param(12.0, marks=pytest.mark.full)])
def test_memory_does_not_grow_with_the_length_of_a_recording(tmp_path: Path, hours: float) -> None:
    """Three sensors at 20 packets a second, written as fast as it goes; the file is whole."""
    packets = round(hours * 3600 * 20)
    seen: list[float] = []
    payloads = [os.urandom(136) for _ in range(16)]
    with RecordingWriter(
        tmp_path / "run.mcap",
        session=SESSION,
        sensors=[sensor_info(f"S{k}") for k in range(3)],
        paced=False,
    ) as writer:
        for k in range(packets):
            for sensor in ("S0", "S1", "S2"):
                writer.notification(Notification(sensor, DATA, payloads[k % 16], k * 50_000_000))
            if k % (packets // 10) == packets // 20:
                seen.append(memory_mb())
    after_mb = memory_mb()
    print(f"{hours:g} h: {seen[0]:.1f} MB early, {seen[-1]:.1f} late, {after_mb:.1f} closed")
    assert seen[-1] - seen[1] < 3.0
    assert after_mb - seen[1] < 6.0
    with open_recording(tmp_path / "run.mcap") as reader:
        assert reader.end_s == pytest.approx(hours * 3600, abs=1.0)
        assert reader.health.complete
        assert reader.health.messages == 3 * packets + 4
