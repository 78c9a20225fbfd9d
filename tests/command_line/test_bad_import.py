"""Files that cannot be used: one line from import and from analyze, and nothing in a library."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from pipeline.errors import InputError
from pipeline.import_session import import_session
from pipeline.store import Store
from tests.command_line.conftest import Command
from tests.command_line.test_bad_input import refused
from tests.pipeline.sample_table import make_samples


def table() -> pd.DataFrame:
    return make_samples(seconds=9.0, rate_hz=100.0)


def text(frame: pd.DataFrame, **options: object) -> bytes:
    return frame.to_csv(index=False, **options).encode()  # type: ignore[call-overload,no-any-return]


def packed(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    parquet.write_table(pa.Table.from_pandas(frame, preserve_index=False), stream)
    return stream.getvalue()


def huge_number() -> pd.DataFrame:
    frame = table()
    frame.loc[500, "acc_x"] = 1e300
    return frame


def block_of_nan() -> pd.DataFrame:
    frame = table()
    frame.loc[600:900, ["gyr_x", "gyr_y", "gyr_z"]] = np.nan
    return frame


def iso_times() -> pd.DataFrame:
    stamps = pd.to_datetime(table()["time_s"] + 1.7e9, unit="s", utc=True)
    return table().assign(time_s=stamps.dt.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00"))


CASES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.csv", lambda: b"", "empty"),
    "header only": ("a.csv", lambda: text(table().iloc[:0]), "no samples"),
    "one row": ("a.csv", lambda: text(table().iloc[:1]), "1 sample"),
    "block of NaN": ("a.csv", lambda: text(block_of_nan()), "line 602"),
    "rows twice": ("a.csv", lambda: text(pd.concat([table(), table()])), "goes back"),
    "each row twice": ("a.csv", lambda: text(table().loc[lambda t: t.index.repeat(2)]), "twice"),
    "backwards": ("a.csv", lambda: text(table().iloc[::-1]), "goes back"),
    "a million columns": (
        "a.csv",
        lambda: (",".join(f"c{n}" for n in range(1_000_000)) + "\n").encode(),
        "a.csv",
    ),
    "nul bytes": ("a.csv", lambda: text(table()).replace(b"9.8", b"9\0008", 40), "a.csv"),
    "utf-16": ("a.csv", lambda: text(table()).decode().encode("utf-16"), "UTF-16"),
    "semicolons and decimal commas": (
        "a.csv",
        lambda: text(table(), sep=";", decimal=","),
        "semicolons",
    ),
    "half a Parquet file": ("a.parquet", lambda: packed(table())[:9000], "a.parquet"),
    "Parquet of text": ("a.parquet", lambda: packed(table().astype(str)), "time_s"),
    "Parquet of truth values": (
        "a.parquet",
        lambda: packed(table().assign(acc_x=True)),
        "acc_x",
    ),
    "a huge number": ("a.csv", lambda: text(huge_number()), "far too large"),
    "microseconds": (
        "a.csv",
        lambda: text(table().assign(time_s=lambda t: t["time_s"] * 1e6)),
        "microseconds",
    ),
    "times in words": ("a.csv", lambda: text(iso_times()), "time_s"),
    "placement and time exchanged": (
        "a.csv",
        lambda: text(table().rename(columns={"time_s": "placement", "placement": "time_s"})),
        "a.csv, line 2",
    ),
    "gravity below": (
        "a.csv",
        lambda: text(table().assign(acc_x=0.0, acc_y=0.0, acc_z=0.0)),
        "m/s²",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_one_line_from_import_and_analyze_and_nothing_in_the_library(
    case: str, tmp_path: Path, command: Command
) -> None:
    name, content, word = CASES[case]
    path = tmp_path / name
    path.write_bytes(content())
    refused(command("import", path, "--out", tmp_path / "out.mcap"), name, word)
    refused(command("analyze", path, "--out", tmp_path / "strides.csv"), name, word)
    assert list(tmp_path.iterdir()) == [path]
    with Store.open(tmp_path / "library") as store:
        with pytest.raises(InputError) as caught:
            import_session(store, [path])
        assert "\n" not in str(caught.value)
        assert store.sessions() == []
        assert not list(store.folder.glob(".import-*"))
