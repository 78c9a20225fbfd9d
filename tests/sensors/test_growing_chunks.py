"""Chunks that grow in the file: sound after every commit, for this reader and for the one of MCAP."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from mcap.reader import NonSeekingReader, make_reader

from sensors.mcap_records import chunk_content
from sensors.mcap_scan import Damage, walk
from sensors.mcap_writer import McapWriter

MESSAGE, COMMIT, CLOSE_CHUNK, METADATA = "message", "commit", "close chunk", "metadata"
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just(MESSAGE), st.integers(0, 600)),
        st.tuples(st.just(MESSAGE), st.sampled_from((60_000, 131_000, 200_000))),
        st.tuples(st.just(COMMIT), st.just(0)),
        st.tuples(st.sampled_from((CLOSE_CHUNK, METADATA)), st.just(0)),
    ),
    max_size=40,
)


def messages_in(path: Path) -> tuple[list[bytes], Damage]:
    damage = Damage()
    found = [
        content
        for record in walk(path.read_bytes(), damage)
        if record.opcode == 6
        for _, _, content in chunk_content(record.body).messages
    ]
    return found, damage


@settings(max_examples=40, deadline=None)
@given(ACTIONS)
def test_what_was_committed_is_read_at_every_moment(actions: list[tuple[str, int]]) -> None:
    """Whatever is written in whatever order, messages larger than a stored block too."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "a.mcap"
        sent: list[bytes] = []
        with path.open("wb") as file:
            writer = McapWriter(file, path.parent, profile="p", library="l")
            channel = writer.add_channel("/a", "raw", writer.add_schema("s", "text", b""))
            for number, (what, size) in enumerate(actions):
                if what == MESSAGE:
                    sent.append(bytes((number,)) * size)
                    writer.add_message(channel, 10 * number, sent[-1], number, number)
                elif what == COMMIT:
                    writer.commit()
                    found, damage = messages_in(path)
                    assert found == sent
                    assert damage.bytes_lost == damage.chunks == 0
                elif what == CLOSE_CHUNK:
                    writer.flush()
                else:
                    writer.add_metadata("levelstride.channel", {"id": str(number)})
            writer.finish()
            writer.close()
        found, damage = messages_in(path)
        assert found == sent
        assert damage.closed
        assert not damage.problems
        raw = path.read_bytes()
        for reader in (
            make_reader(io.BytesIO(raw), validate_crcs=True),
            NonSeekingReader(io.BytesIO(raw), validate_crcs=True),
        ):
            assert [message.data for *_, message in reader.iter_messages()] == sent


def test_a_chunk_that_grew_costs_no_more_than_one_that_did_not(tmp_path: Path) -> None:
    """Committing after each of the messages of a chunk adds the block's head, and nothing else."""
    sizes = []
    for each in (True, False):
        path = tmp_path / f"{each}.mcap"
        with path.open("wb") as file:
            writer = McapWriter(file, tmp_path, profile="p", library="l")
            channel = writer.add_channel("/a", "raw", writer.add_schema("s", "text", b""))
            for number in range(12):
                writer.add_message(channel, number, b"x", number, number)
                if each:
                    writer.commit()
            writer.commit()
            writer.finish()
            writer.close()
        sizes.append(path.stat().st_size)
    assert sizes[0] == sizes[1]
