"""``levelstride demo``."""

from __future__ import annotations

import threading

import click

from levelstride.commands.options import browser_option, port_option, seed_option
from levelstride.example_library import ExampleMaker
from levelstride.exit_codes import DONE, DOUBTFUL
from levelstride.live_recording import LibraryRecorder
from levelstride.pages import serve_pages
from levelstride.radio_name import RadioName
from levelstride.radios import radio_source
from levelstride.simulated_recording import SIMULATED
from levelstride.simulation_errors import simulation_errors
from levelstride.store_option import store_option
from levelstride.virtual_runner import VirtualRunner
from pipeline.live_session import LiveSession
from pipeline.store import Store, StorePlace
from pipeline.stride import SIDES

RUNNER = "Virtual runner"


@click.command(short_help="A virtual runner over a virtual radio, on the live page.")
@port_option
@browser_option
@click.option(
    "--seconds",
    type=click.FloatRange(20.0, 86_400.0),
    help="End after so many seconds of streaming; default: until Ctrl-C.",
)
@store_option
@seed_option
@click.option("--scenario", metavar="NAME|FILE.json", help="What is done; see `simulate --list`.")
@click.option("--examples/--no-examples", default=True, help="Add example sessions to the library.")
def demo(
    port: int,
    browser: bool,
    seconds: float | None,
    store_folder: StorePlace | None,
    seed: int,
    scenario: str | None,
    examples: bool,
) -> int:
    """Watch a virtual runner: virtual sensors, real Bluetooth stack, pipeline, live page.

    The runner stands, does squats, walks and runs. The session is stored in the library under
    "Virtual runner", beside a few example sessions.
    """
    with simulation_errors():
        who = VirtualRunner(seed, scenario)
        radio = radio_source(RadioName("sim"), runner=who, seconds=seconds or 60.0)
    with Store.open(store_folder) as store:
        recorder = LibraryRecorder(
            store, SIMULATED, runner=RUNNER, conditions={"task": "demo", "seed": str(seed)}
        )
        session = LiveSession(
            radio,
            recorder.make_session,
            recorder.finished,
            seconds=seconds,
        )
        maker = ExampleMaker(store.place) if examples else None
        stop = threading.Event()

        def begin(_address: str) -> None:
            session.start(RUNNER)
            if maker is not None:
                maker.start()
            if seconds is not None:
                threading.Thread(target=end_with_session, daemon=True).start()

        def end_with_session() -> None:
            session.wait()
            stop.set()

        try:
            serve_pages(store, session, port=port, browser=browser, stop=stop, ready=begin)
        finally:
            session.stop()
            session.wait()
            if maker is not None:
                maker.finish(cancel=seconds is None)
    if session.error is not None:
        raise session.error
    result = recorder.last
    if result is None:
        return DONE
    counts = " and ".join(f"{len(result.valid_strides(side))} {side}" for side in SIDES)
    click.echo(f"Stored {counts} valid strides as session {result.session_id}.", err=True)
    return DOUBTFUL if result.problems else DONE
