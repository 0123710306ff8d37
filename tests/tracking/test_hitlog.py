"""Which form of the log the settings name, and the rows of both."""

import pytest

from backend import clock
from backend.settings import Settings
from backend.tracking.facts import Kind, NetworkFacts, RawHit
from backend.tracking.hitlog import hit_of, open_sink, open_source, row_of

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
def test_a_hit_is_the_same_after_its_row(why, hit):
    assert hit_of(row_of(hit)) == hit, why


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
