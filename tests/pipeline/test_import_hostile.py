"""Files made to do harm, or broken: one clear line, nothing written."""

from __future__ import annotations

import contextlib
import gzip
import io
import random
import shutil
import stat
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from levelstride import cli
from pipeline.errors import InputError
from pipeline.importers.activity_alignment import read_activity
from pipeline.importers.read_files import read_files
from tests.pipeline.activity_files import write_fit, write_gpx, write_tcx
from tests.pipeline.sample_table import ACC, GYR, make_samples, write_csv
from tests.pipeline.vendor_files import motion, write_dot, write_metawear, write_mvnx, write_x_imu3

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]><{root}>&i;</{root}>"
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE {root} [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<{root}>&x;</{root}>"
)


def refused(paths: list[Path], capsys: pytest.CaptureFixture[str]) -> str:
    """Import over the command line; the one line it says. Nothing may be left beside the input."""
    folder = paths[0].parent
    before = sorted(folder.rglob("*"))
    out = folder / "out.mcap"
    code = cli.run(["import", *map(str, paths), "--out", str(out)])
    said = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert code == 2, said
    assert len(said) == 1, said
    assert said[0].startswith("levelstride: ")
    assert len(said[0]) < 600
    assert sorted(folder.rglob("*")) == before
    return said[0]


def table(**changes: object) -> pd.DataFrame:
    return make_samples(seconds=9.0, rate_hz=100.0).assign(**changes)


def swapped(one: str, two: str) -> pd.DataFrame:
    frame = make_samples(seconds=12.0, rate_hz=100.0)
    return frame.rename(columns={one: two, two: one})


BROKEN_TABLES = {
    "1 Hz": (make_samples(seconds=600.0, rate_hz=1.0), "1 Hz"),
    "2 kHz": (make_samples(seconds=4.0, rate_hz=2000.0), "2000 Hz"),
    "milliseconds": (table(time_s=table()["time_s"] * 1e3), "milliseconds"),
    "g": (table(**{c: table()[c] / 9.80665 for c in ACC}), "looks like g"),
    "degrees": (table(**{c: np.degrees(table()[c]) for c in GYR}), "°/s"),
    "acceleration and rate": (
        make_samples().rename(columns=dict(zip(ACC + GYR, GYR + ACC, strict=True))),
        "exchanged",
    ),
    "one of each": (swapped("acc_y", "gyr_x"), "exchanged|gravity"),
    "time": (swapped("time_s", "acc_y"), "time of"),
    "zones": (
        table(time_s=[f"2026-03-04T10:00:{n % 60:02d}+0{n % 3}:00" for n in range(2700)]),
        "not a number",
    ),
}


@pytest.mark.parametrize("name", BROKEN_TABLES)
def test_a_table_that_cannot_be_right_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    frame, match = BROKEN_TABLES[name]
    said = refused([write_csv(frame, tmp_path / "a.csv")], capsys)
    assert any(each in said for each in match.split("|")), said


@pytest.mark.parametrize(
    "cell", ["None", " ", "1,5", "\N{ARABIC-INDIC DIGIT ONE}", "1.5 g", "#N/A"]
)
def test_a_cell_that_is_no_number_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    lines = table().to_csv(index=False).splitlines()
    cells = lines[41].split(",")
    cells[3] = f'"{cell}"' if "," in cell else cell
    lines[41] = ",".join(cells)
    (tmp_path / "a.csv").write_text("\n".join(lines))
    said = refused([tmp_path / "a.csv"], capsys)
    assert "line 42, column acc_y" in said
    assert ("decimal comma" in said) == (cell == "1,5")


def test_decimal_commas_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text(table().to_csv(index=False, decimal=",").replace('"', ""))
    assert "decimal" in refused([tmp_path / "a.csv"], capsys)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "cp500"])
def test_text_in_other_encodings_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], encoding: str
) -> None:
    (tmp_path / "a.csv").write_bytes(table().to_csv(index=False).encode(encoding))
    refused([tmp_path / "a.csv"], capsys)


def test_latin_letters_where_they_do_not_matter_are_read(tmp_path: Path) -> None:
    path = write_dot(tmp_path, motion())[1]
    path.write_bytes(path.read_bytes().replace("\N{COPYRIGHT SIGN}".encode(), b"\xa9"))
    assert len(read_files([path]).sensors) == 1


def zip_of(path: Path, entries: dict[str, bytes], *, link: bool = False) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            if link:
                info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    "name", ["../a.csv", "/tmp/a.csv", "x/../../a.csv", "..\\a.csv", "C:\\a.csv"]
)
def test_an_archive_that_points_outside_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    good = table().to_csv(index=False).encode()
    path = zip_of(tmp_path / "a.zip", {"good.csv": good, name: good})
    assert "outside" in refused([path], capsys)


def test_a_link_in_an_archive_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = zip_of(tmp_path / "a.zip", {"a.csv": b"/etc/passwd"}, link=True)
    assert "outside" in refused([path], capsys)


@pytest.mark.parametrize("kind", ["zip", "gzip"])
def test_what_grows_without_bound_when_unpacked_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    head = ",".join(["time_s", "placement", *ACC, *GYR]).encode() + b"\n"
    huge = head + b"\n" * 80_000_000
    if kind == "zip":
        path = zip_of(tmp_path / "a.zip", {"a.csv": huge})
    else:
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(huge, 6))
    assert path.stat().st_size < 1_000_000
    assert "unpacked it would be" in refused([path], capsys)


def test_archives_that_are_damaged_encrypted_empty_or_office_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = zip_of(tmp_path / "a.zip", {"a.csv": table().to_csv(index=False).encode()})
    data = bytearray(whole.read_bytes())
    whole.write_bytes(data[: len(data) // 2])
    assert "damaged" in refused([whole], capsys)
    data[len(data) // 3] ^= 0xFF
    whole.write_bytes(data)
    assert "damaged" in refused([whole], capsys)
    zip_of(whole, {"a.exe": b"x", "b/": b""})
    assert "no data files" in refused([whole], capsys)
    zip_of(whole, {"[Content_Types].xml": b"<a/>", "xl/a.xml": b"<a/>"})
    assert "Excel" in refused([whole], capsys)
    inner = zip_of(tmp_path / "b.zip", {"a.csv": b"x"}).read_bytes()
    (tmp_path / "b.zip").unlink()
    zip_of(whole, {"b.zip": inner, "c.csv": b"no,table\n1,2\n"})
    assert "nothing in it can be read" in refused([whole], capsys)


@pytest.mark.parametrize("root", ["mvnx", "gpx", "TrainingCenterDatabase"])
@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE])
def test_xml_with_entities_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], root: str, text: str
) -> None:
    path = tmp_path / "a.xml"
    path.write_text(text.replace("{root}", root))
    files = [path]
    if root != "mvnx":
        files.insert(0, write_csv(make_samples(seconds=9.0, rate_hz=100.0), tmp_path / "run.csv"))
    assert "document type" in refused(files, capsys)


def test_xml_that_is_too_deep_or_holds_too_much_text_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.mvnx"
    path.write_text("<mvnx>" + "<a>" * 5000)
    assert "elements" in refused([path], capsys)
    path.write_text("<mvnx><frames><frame><orientation>" + "1 " * 900_000)
    assert "too much text" in refused([path], capsys)


def test_huge_lines_and_nul_bytes_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = table().to_csv(index=False).encode()
    for content in (
        b"a" * 3_000_000,
        good[:2000] + b"\0" * 500 + good[2000:],
        good + b"1," * 400_000,
    ):
        (tmp_path / "a.csv").write_bytes(content)
        refused([tmp_path / "a.csv"], capsys)


def test_two_kinds_or_an_activity_alone_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dot = write_dot(tmp_path, motion())[1]
    csv = write_csv(table(), tmp_path / "a.csv")
    assert "this is csv" in refused([dot, csv], capsys)
    gpx = write_gpx(tmp_path / "a.gpx")
    assert "no samples of motion" in refused([gpx], capsys)


@pytest.fixture(scope="module")
def wholes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """A small sound import of every kind."""
    folder = tmp_path_factory.mktemp("wholes")
    frame = motion(6.0, 50.0)
    made: dict[str, list[Path]] = {}
    for name in ("dot", "metawear", "x-imu3"):
        (folder / name).mkdir()
    made["dot"] = write_dot(folder / "dot", frame)[1:2]
    made["metawear"] = write_metawear(folder / "metawear", frame)[2:4]
    made["x-imu3"] = [write_x_imu3(folder / "x-imu3", frame)[1] / "Inertial.csv"]
    made["mvnx"] = [write_mvnx(folder / "a.mvnx", frame)]
    made["csv"] = [write_csv(make_samples(6.0, 50.0), folder / "a.csv")]
    made["zip"] = [Path(shutil.make_archive(str(folder / "z"), "zip", folder / "dot"))]
    made["fit"] = [write_fit(folder / "a.fit")]
    made["gpx"] = [write_gpx(folder / "a.gpx")]
    made["tcx"] = [write_tcx(folder / "a.tcx")]
    return made


def read_any(paths: list[Path], kind: str) -> None:
    if kind in ("fit", "gpx", "tcx"):
        read_activity(paths[0], kind)
    else:
        read_files(paths)


@pytest.mark.parametrize(
    "kind", ["dot", "metawear", "x-imu3", "mvnx", "csv", "zip", "fit", "gpx", "tcx"]
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32 - 1))
def test_damaged_files_are_read_or_refused_in_words(
    wholes: dict[str, list[Path]], tmp_path: Path, kind: str, seed: int
) -> None:
    """Cut, with bytes changed, doubled or left out: never anything but an InputError."""
    draw = random.Random(seed)
    broken = []
    for path in wholes[kind]:
        data = bytearray(path.read_bytes())
        for _ in range(draw.randint(1, 6)):
            at = draw.randrange(len(data))
            match draw.randrange(5):
                case 0:
                    data[at] = draw.randrange(256)
                case 1:
                    del data[at : at + draw.randrange(1, 60)]
                case 2:
                    data[at:at] = bytes(draw.randrange(256) for _ in range(draw.randrange(1, 9)))
                case 3:
                    data[at:at] = data[max(0, at - draw.randrange(1, 400)) : at]
                case _:
                    word = draw.choice(
                        [b"nan", b"-1e300", b"99999999999999999999", b",", b"\n", b"<"]
                    )
                    data[at : at + len(word)] = word
            if draw.random() < 0.1:
                del data[draw.randrange(1, len(data)) :]
            data = data or bytearray(b"x")
        copy = tmp_path / path.name
        copy.write_bytes(data)
        broken.append(copy)
    with contextlib.suppress(InputError):
        read_any(broken, kind)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=400), head=st.sampled_from([b"", b"<gpx>", b"<mvnx>", b"PK\x03\x04", b"\x0e\x10\x00\x00\x00\x00\x00\x00.FIT", b"sep=,\n", b"epoc (ms),elapsed (s),x-axis (g),y-axis (g),z-axis (g)\n"]))  # fmt: skip
def test_anything_at_all_is_read_or_refused_in_words(
    tmp_path: Path, content: bytes, head: bytes
) -> None:
    path = tmp_path / "any"
    path.write_bytes(head + content)
    with contextlib.suppress(InputError):
        read_files([path])
    if head.startswith((b"<gpx", b"\x0e")):
        with contextlib.suppress(InputError):
            read_activity(path, "fit" if head[:1] == b"\x0e" else "gpx")


def test_a_recording_that_cannot_be_finished_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault in the middle of writing."""
    from pipeline.importers import to_recording
    from sensors.session_info import SessionInfo

    imported = read_files([write_csv(table(), tmp_path / "a.csv")])

    def stop(share: float) -> None:
        raise OSError(f"stopped at {share}")

    out = tmp_path / "out.mcap"
    with pytest.raises(OSError, match="stopped at"):
        to_recording.write_imported(imported, out, SessionInfo(source="imported"), stop)
    assert not out.exists()


def test_preview_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_csv(table(), tmp_path / "a.csv")
    assert cli.run(["import", str(path), "--preview"]) == 0
    said = capsys.readouterr().out
    assert "shank_left: sensor" in said
    assert "gravity 9." in said
    assert sorted(tmp_path.iterdir()) == [path]
    assert cli.run(["import", str(path)]) == 2
    assert isinstance(said, str)
    assert io.StringIO(said).readline().startswith("csv")
