"""The drain's mark beside hits.db."""

from backend.tracking.hitlog_drained import Mark


def test_a_mark_counts_for_its_own_log_only(tmp_path):
    mark = Mark(tmp_path / "hits.db")
    mark.write("log-a", 12)

    assert (mark.read("log-a"), mark.read("log-b")) == (12, 0)


def test_a_missing_or_torn_mark_means_from_the_start(tmp_path):
    mark = Mark(tmp_path / "hits.db")
    missing = mark.read("a")
    (tmp_path / "hits.drained").write_text("a")

    assert (missing, mark.read("a")) == (0, 0)
