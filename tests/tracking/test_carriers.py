"""What a draft carries before it is sent."""

import pytest

from backend.errors import Conflict, Invalid, NotFound
from backend.models.mail import Stamp, StampCopy
from backend.tracking import carriers, sending
from backend.tracking.drafts import Channel
from backend.tracking.facts import Kind
from tests.world import CAROL, DANA, LEO, NOON, hit, record


def armed(world, *to, **changes):
    stamped = world.stamp(*to or (CAROL,), html=None, channel=Channel.GMAIL, **changes)
    return Stamp.get_by_id(stamped.id)


@pytest.mark.parametrize("kind", [Kind.OPEN, Kind.MARKER])
def test_an_armed_draft_has_its_picture(world, kind):
    row = armed(world)
    copy = StampCopy.get(StampCopy.stamp_id == row.id)
    token = {Kind.OPEN: copy.pixel_token, Kind.MARKER: copy.marker_token}[kind]

    html = carriers.picture(row.id, kind, world.host)

    assert f'src="{world.host.tracking_url}/{kind}/{token}.gif"' in html


def test_an_untracked_draft_has_none(world):
    row = armed(world, DANA)

    with pytest.raises(NotFound):
        carriers.picture(row.id, Kind.OPEN, world.host)


@pytest.mark.req("R23")
def test_what_fetches_the_marker_is_the_sender(world):
    row = armed(world)
    marker = StampCopy.get(StampCopy.stamp_id == row.id).marker_token
    sending.confirm(row, NOON, sending.Source.RELAY)

    record(hit(marker, Kind.MARKER, after=600))

    assert [each["verdict"] for each in world.engagements(row)] == ["self"]


@pytest.mark.req("R33")
def test_links_put_in_by_hand_keep_their_order_and_their_tokens(world):
    row = armed(world, CAROL, LEO)
    first = carriers.add_link(row, "https://x.test/a", "A", world.host)
    second = carriers.add_link(row, "https://x.test/b", "B", world.host)
    again = carriers.add_link(row, "https://x.test/a", "A", world.host)

    assert again.tracked_url == first.tracked_url
    assert (first.position, second.position) == (0, 1)
    row = Stamp.get_by_id(row.id)
    assert (row.links, row.link_count) == (True, 2)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("javascript:alert(1)", "not_http"),
        ("https://a:b@x.test/", "userinfo"),
        ("http://127.0.0.1/", "private_host"),
        ("https://x.test/unsubscribe", "unsubscribe"),
        ("https://x.test/" + "a" * 8000, "too_long"),
    ],
)
def test_what_would_not_be_wrapped_in_a_body_is_no_link_here_either(world, url, reason):
    with pytest.raises(Invalid) as refused:
        carriers.add_link(armed(world), url, "x", world.host)

    assert refused.value.sentence.slots["why"] == reason


def test_at_most_a_hundred_links_are_put_in(world):
    row = armed(world)
    for number in range(carriers.MAX_LINKS):
        carriers.add_link(row, f"https://x.test/{number}", "x", world.host)

    with pytest.raises(Invalid, match="at most 100"):
        carriers.add_link(row, "https://x.test/more", "x", world.host)


def test_a_mail_that_was_sent_takes_no_more_links(world):
    row = armed(world)
    sending.confirm(row, NOON, sending.Source.SENDER)

    with pytest.raises(Conflict):
        carriers.add_link(row, "https://x.test/a", "A", world.host)
