"""The search over HTTP and as a page."""

import pytest

from tests.world import bearer

HOSTILE = '"><script>alert(1)</script>{{7*7}}'


def test_what_fits_is_told_by_kind(client, world, as_alice):
    stamped = world.send(subject="Offer", html='<a href="https://example.com/offer">See</a>')

    found = client.get("/api/v1/search?q=off", headers=as_alice).json

    assert [mail["id"] for mail in found["mails"]] == [stamped.id]
    assert [link["url"] for link in found["links"]] == ["https://example.com/offer"]
    assert (found["people"], found["accounts"]) == ([], [])


@pytest.mark.parametrize("query", ["limit=0", "limit=51", "q=%00", "q=" + "x" * 201, "nothing=1"])
def test_a_question_that_makes_no_sense_is_refused(client, as_alice, query):
    assert client.get(f"/api/v1/search?{query}", headers=as_alice).status_code == 422


def test_the_page_shows_what_the_box_found(client, world, as_alice):
    world.send(subject="Offer")

    page = client.get("/console/search?q=carol", headers=as_alice).text
    mail = client.get("/console/search?q=offer", headers=as_alice).text
    nothing = client.get("/console/search?q=zzz", headers=as_alice).text
    empty = client.get("/console/search?q=", headers=as_alice).text

    assert "<bdi>Carol</bdi>" in page
    assert "<bdi>Offer</bdi>" in mail
    assert 'value="offer"' in mail
    assert "Nothing found" in nothing
    assert "What are you looking for?" in empty


def test_what_strangers_wrote_is_text(client, world, as_alice):
    world.send(
        subject=f"Offer {HOSTILE}", html=f'<a href="https://example.com/x">{HOSTILE} offer</a>'
    )
    world.people["carol"].name = HOSTILE
    world.people["carol"].save()

    for q in ("offer", "carol", HOSTILE):
        page = client.get("/console/search", query_string={"q": q}, headers=as_alice).text
        assert "<script>alert" not in page
        assert "{{7*7}}" in page


def test_others_find_nothing_of_it(client, world):
    world.send(subject="Offer")

    found = client.get("/api/v1/search?q=offer", headers=bearer(world.users["bob"])).json

    assert found["mails"] == []
