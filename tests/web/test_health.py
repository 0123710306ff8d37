"""What operators' programs ask: alive, ready, and counted."""

import pytest


@pytest.mark.parametrize(
    ("path", "said"), [("/healthz", "ok\n"), ("/readyz", "ready\n"), ("/metrics", "# HELP ")]
)
def test_anybody_may_ask(client, path, said):
    answer = client.get(path)

    assert answer.status_code == 200
    assert answer.mimetype == "text/plain"
    assert answer.text.startswith(said)


def test_the_metrics_name_no_address_and_no_user(client, as_alice):
    client.get("/api/v1/me", headers=as_alice)

    told = client.get("/metrics").text
    assert "@" not in told
    assert "127.0.0.1" not in told
