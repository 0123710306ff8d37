"""The values of a stamp call, and the tracking host as stamping knows it."""

from backend.mail.address_list import Mailbox
from backend.settings import Settings
from backend.tracking.drafts import Channel, Draft, Host, Recipient, recipients_in
from backend.tracking.facts import Kind

SECRET = "a secret for tests that is long enough, and known to all"


def settings(**changes: object) -> Settings:
    values: dict[str, object] = {"secret": SECRET, "tracking_url": "https://track.example/t"}
    return Settings.model_validate(values | changes)


def test_whoever_stands_in_several_lines_is_named_by_the_first():
    ann, bob = Mailbox("Ann", "a@x.test"), Mailbox("", "b@x.test")

    found = recipients_in(to=[ann], cc=[Mailbox("A. Lee", "a@x.test"), bob])

    assert list(found) == ["a@x.test", "b@x.test"]
    assert list(found.values()) == [
        Recipient("to", "a@x.test", "Ann"),
        Recipient("cc", "b@x.test", ""),
    ]


def test_the_address_of_a_pixel_ends_in_gif_and_others_in_the_token():
    host = Host.of(settings())

    assert host.url(Kind.OPEN, "x") == "https://track.example/t/o/x.gif"
    assert host.url(Kind.CLICK, "x") == "https://track.example/t/c/x"
    assert host.url(Kind.UNSUBSCRIBE, "x") == "https://track.example/t/u/x"


def test_old_tracking_hosts_are_ours_too():
    host = Host.of(settings(old_tracking_hosts="old.example, Older.example:8443"))

    assert host.own_hosts == {"track.example", "old.example", "older.example:8443"}


def test_only_with_the_playground_a_local_host_is_wrapped():
    assert Host.of(settings(playground=False)).local_hosts == frozenset()
    assert Host.of(settings(playground=True, port=8000)).local_hosts == {"127.0.0.1:8000"}


def test_a_digest_tells_contents_apart_and_cannot_be_made_without_the_secret():
    one, same = Host.of(settings()), Host.of(settings())
    other = Host.of(settings(secret="another secret that is long enough for tests too"))

    assert one.digest("<p>Hi</p>") == same.digest("<p>Hi</p>")
    assert one.digest("<p>Hi</p>") != one.digest("<p>Hi</p> ")
    assert one.digest("<p>Hi</p>") != other.digest("<p>Hi</p>")
    assert len(one.digest("\ud800")) == 64


def test_a_draft_that_gets_into_a_log_does_not_show_its_body():
    draft = Draft(
        channel=Channel.API,
        sender="alice@ours.test",
        subject="Offer",
        recipients=(Recipient("to", "carol@northwind.test"),),
        opens=True,
        links=True,
        html="<p>the secret of the mail</p>",
    )

    assert "secret of the mail" not in repr(draft)
