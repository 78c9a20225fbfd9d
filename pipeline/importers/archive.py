"""ZIP archives of exports, unpacked with distrust into a folder that is gone afterwards."""

from __future__ import annotations

import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from pipeline.errors import InputError
from pipeline.importers.text_table import unreadable

MAX_FILES = 2000
MAX_BYTES = 4 << 30
MAX_RATIO = 100
"""Text of samples is packed to between a third and a tenth."""
FREE_BYTES = 16 << 20
"""Up to here the ratio does not matter."""

_DATA_ENDINGS = (
    ".csv",
    ".txt",
    ".tsv",
    ".json",
    ".xml",
    ".mvnx",
    ".parquet",
    ".gz",
    ".fit",
    ".gpx",
    ".tcx",
)
_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 0x1


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Unpack the data files of an archive; errors inside name the archive and the file in it.

    Raises:
        InputError: it is damaged, encrypted or no archive of data, a name points outside, or it
            would fill the disk.
    """
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        root = Path(folder).resolve()
        try:
            with zipfile.ZipFile(path) as archive:
                _unpack(archive, path, root)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as err:
            raise InputError(
                f"the ZIP archive is damaged or of an unusual kind ({str(err)[:80]})",
                path=path,
                remedy="Copy or pack it again",
            ) from err
        except (OSError, ValueError) as error:
            raise unreadable(path, OSError(str(error))) from error
        try:
            yield root
        except InputError as error:
            raise _renamed(error, root, path) from error


def _unpack(archive: zipfile.ZipFile, path: Path, root: Path) -> None:
    members = archive.infolist()
    if any(member.filename == "[Content_Types].xml" for member in members):
        raise InputError("this is an Excel or Word file", path=path, remedy="Save the table as CSV")
    if len(members) > MAX_FILES:
        raise InputError(
            f"the archive holds more than {MAX_FILES} files", path=path, remedy="Give the files"
        )
    for member in members:
        _check_name(member, path)
    wanted = [member for member in members if _is_data(member)]
    if not wanted:
        raise InputError(
            "the archive holds no data files", path=path, remedy="Pack the exported files"
        )
    packed = path.stat().st_size
    written = 0
    for member in wanted:
        if member.flag_bits & _ENCRYPTED:
            raise InputError(
                f"{member.filename[:80]} is encrypted", path=path, remedy="Unpack it yourself"
            )
        target = root.joinpath(*PurePosixPath(member.filename).parts)
        if target.exists():
            raise InputError(
                f"{member.filename[:80]} is in it twice", path=path, remedy="Pack it again"
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, target.open("xb") as copy:
            while chunk := source.read(_CHUNK_BYTES):
                written += len(chunk)
                if written > min(MAX_BYTES, FREE_BYTES + MAX_RATIO * packed):
                    raise InputError(
                        f"unpacked it would be more than {written >> 20} MB from {packed >> 10} kB",
                        path=path,
                        remedy="Such an archive may be made to do harm; give the files themselves",
                    )
                copy.write(chunk)


def _check_name(member: zipfile.ZipInfo, path: Path) -> None:
    name = member.filename
    parts = PurePosixPath(name).parts
    outside = (
        name.startswith("/")
        or "\\" in name
        or ":" in name
        or "\0" in name
        or ".." in parts
        or stat.S_ISLNK(member.external_attr >> 16)
        or any(len(part) > 200 for part in parts)
    )
    if outside:
        raise InputError(
            f"its entry {name[:80]!r} points outside of the archive",
            path=path,
            remedy="Such an archive may be made to do harm; give the files themselves",
        )


def _is_data(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    if member.is_dir() or not parts or any(p.startswith((".", "__MACOSX")) for p in parts):
        return False
    return parts[-1].casefold().endswith(_DATA_ENDINGS)


def _renamed(error: InputError, root: Path, archive: Path) -> InputError:
    """The error with the place in the archive instead of a folder that will be gone."""
    try:
        inside = error.path.resolve().relative_to(root)
    except ValueError:
        return error
    place = archive if inside == Path() else archive / inside
    return type(error)(
        error.what.replace(str(root), str(archive)),
        path=place,
        line=error.line,
        column=error.column,
        remedy=error.remedy.replace(str(root), str(archive)),
    )
