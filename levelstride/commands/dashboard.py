"""``levelstride dashboard``."""

from __future__ import annotations

import click

from levelstride.commands.options import browser_option, port_option
from levelstride.exit_codes import DONE
from levelstride.pages import serve_pages
from levelstride.store_option import store_option
from pipeline.store import Store, StorePlace


@click.command(short_help="Review pages of the library.")
@click.option("--host", default="127.0.0.1", show_default=True, help="This computer only.")
@port_option
@browser_option
@store_option
def dashboard(host: str, port: int, browser: bool, store_folder: StorePlace | None) -> int:
    """Serve the review pages on this computer, until Ctrl-C."""
    with Store.open(store_folder) as store:
        serve_pages(store, None, host=host, port=port, browser=browser)
    return DONE
