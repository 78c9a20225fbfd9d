"""Options that say which library: ``--store`` and ``--files``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from pipeline.store_place import StorePlace

_FILES = "levelstride.files"


def _keep_files(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    ctx.meta[f"{_FILES}.{param.name}"] = value


def place_from(
    ctx: click.Context, param: click.Parameter, store: str | None, files: str | None
) -> StorePlace | None:
    """The library that two options name; None when neither is given.

    Raises:
        BadParameter: a file stands where the folder should be.
        StoreError: a URL that cannot be read, or a database without a place for files.
    """
    if store is None and files is None:
        return None
    if store is not None and "://" not in store and Path(store).is_file():
        raise click.BadParameter(f"{store!r} is a file, not a folder.", ctx, param)
    from pipeline.store_place import StorePlace  # SQLAlchemy takes a second

    return StorePlace.named(store, files)


def _place(ctx: click.Context, param: click.Parameter, value: str | None) -> StorePlace | None:
    return place_from(ctx, param, value, ctx.meta.get(f"{_FILES}.files_url"))


def store_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add both; the command gets ``store_folder``, a ``StorePlace`` or None for the default."""
    files = click.option(
        "--files",
        "files_url",
        metavar="FOLDER|URL",
        is_eager=True,
        expose_value=False,
        callback=_keep_files,
        help="Where files of sessions lie, if not in the library's folder: a folder, or a URL such "
        "as s3://bucket/prefix; default with a database: LEVELSTRIDE_FILES.",
    )
    store = click.option(
        "--store",
        "store_folder",
        metavar="FOLDER|URL",
        callback=_place,
        help="The library: a folder, or postgresql://USER@HOST/DATABASE together with --files; "
        "default: LEVELSTRIDE_STORE, or the user's data folder.",
    )
    return store(files(command))
