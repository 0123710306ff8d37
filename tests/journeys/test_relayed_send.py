"""A mail from any client through the relay: three people get it, one clicks, the Feed says who."""

import smtplib
from email import message_from_bytes
from http.client import HTTPConnection

import pytest

from playground.inboxes import Inboxes, key_of
from tests.installation import Installation
from tests.relay.letters import html_of
from tests.waiting import LOOPBACK, free_port, wait_until
from tests.world import CHROME

REP = "rep@demo.telltale.test"
TO = ("carol@northwind.test", "nils@northwind.test", "dana@harbour.test")  # dana: Do Not Track
LINKED = (
    f"From: Robin Reyes <{REP}>\r\nTo: {', '.join(TO)}\r\nSubject: Our offer\r\n"
    "Message-ID: <offer@phone.test>\r\nMIME-Version: 1.0\r\n"
    "Content-Type: text/html; charset=utf-8\r\n\r\n"
    '<p>See <a href="https://example.com/offer">the offer</a>.</p>\r\n'
)


@pytest.mark.req("R12", "R13", "R25", "R33")
def test_a_mail_from_a_phone_to_three_people_tells_who_clicked(tmp_path):
    ports = {
        "PLAYGROUND": "true",
        "SMTP_PORT": str(free_port()),
        "RELAY_PORT": str(free_port()),
        "RELAY_HEALTH_PORT": str(free_port()),
    }
    here = Installation(tmp_path, ports)
    with here.serving("--demo", "--relay"):
        token = {"Authorization": f"Bearer {here.token(REP)}"}
        here.ask("PUT", "/api/v1/preferences", b'{"opens": true, "links": true}', json_of(token))
        with smtplib.SMTP(LOOPBACK, int(ports["RELAY_PORT"])) as phone:
            phone.sendmail(REP, TO, LINKED)
        bodies = {address: html_of(mail_of(here, address)) for address in TO}
        clicked(here, bodies["nils@northwind.test"])
        feed = wait_until(
            lambda: here.ask(
                "GET", "/api/v1/feed?kind=click&include_automatic=true", headers=token
            ).json["items"],
            20,
            "the click in the Feed",
        )
        (sent,) = here.ask("GET", "/api/v1/stamps", headers=token).json["items"]

    assert "example.com" in bodies["dana@harbour.test"]
    assert f"127.0.0.1:{here.port + 1}" not in bodies["dana@harbour.test"]
    assert [item["person"]["name"] for item in feed] == ["Nils Berg"]
    assert (sent["subject"], sent["state"]) == ("Our offer", "sent")


def json_of(headers):
    return headers | {"Content-Type": "application/json"}


def mail_of(here, address):
    inboxes = Inboxes(here.data_dir / "playground")
    assert (here.data_dir / "playground" / key_of(address)).is_dir()
    (mail,) = inboxes.mails(address)
    raw = inboxes.open(mail)
    assert message_from_bytes(raw)["Message-ID"] == "<offer@phone.test>"
    return raw


def clicked(here, html):
    """Follow the mail's link as a person's browser does."""
    path = html.partition(f"127.0.0.1:{here.port + 1}")[2].partition('"')[0]
    edge = HTTPConnection(LOOPBACK, here.port + 1)
    edge.request("GET", path, headers={"User-Agent": CHROME})
    answer = edge.getresponse()
    assert (answer.status, answer.headers["Location"]) == (302, "https://example.com/offer")
    edge.close()
