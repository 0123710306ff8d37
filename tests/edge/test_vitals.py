"""The edge's health and figures as text."""

import orjson
from prometheus_client.parser import text_string_to_metric_families

from backend.edge.vitals import Vitals


def test_prometheus_reads_every_figure():
    vitals = Vitals(stored=5, not_stored=2, unknown=1, rejected=3, commits=2, commit_seconds=0.5)

    families = text_string_to_metric_families(vitals.metrics().body.decode())

    found = {sample.name: sample.value for family in families for sample in family.samples}
    assert found["telltale_edge_hits_received_total"] == 11
    assert found["telltale_edge_hits_not_stored_total"] == 2
    assert found["telltale_edge_log_up"] == 1
    assert len(found) == 10


def test_health_is_red_while_the_log_takes_nothing():
    well, ill = Vitals(stored=1).health(), Vitals(not_stored=2, fault="disk full").health()

    assert (well.status, orjson.loads(well.body)["status"]) == (200, "ok")
    assert ill.status == 503
    assert orjson.loads(ill.body) == {
        "status": "red",
        "fault": "disk full",
        "stored": 0,
        "not_stored": 2,
    }
