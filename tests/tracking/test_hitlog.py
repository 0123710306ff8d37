"""Which form of the log the settings name, and what both keep of a hit."""

import pytest

from backend import clock
from backend.settings import Settings
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.hitlog import open_sink, open_source, pack, unpack
from tests.hitlog import row_of

HITS = (
    ("the least", RawHit(clock.new_id(), "a" * 32, Kind.OPEN, clock.now())),
    (
        "the most",
        RawHit(
            clock.new_id(),
            "b" * 32,
            Kind.UNSUBSCRIBE,
            clock.now(),
            "agent",
            {"action": "stop", "dnt": "1"},
            b"\xff" * 16,
            NetworkFacts(64512, "DE", is_approximate=True, lists=("a", "b")),
        ),
    ),
)


@pytest.mark.parametrize(("why", "hit"), HITS, ids=[row[0] for row in HITS])
def test_a_hit_comes_out_as_it_was_packed(why, hit):
    assert unpack(pack([row_of(hit), row_of(hit)])) == [hit, hit], why


@pytest.mark.parametrize(
    ("url", "names"),
    [("", ("FileSink", "FileSource")), ("redis://127.0.0.1:1/0", ("StreamSink", "StreamSource"))],
)
def test_the_settings_choose_the_form(tmp_path, url, names):
    settings = Settings(data_dir=tmp_path, hit_log_url=url)

    sink, source = open_sink(settings), open_source(settings)

    assert (type(sink).__name__, type(source).__name__) == names
    sink.close()
    source.close()
