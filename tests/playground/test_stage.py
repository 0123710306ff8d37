"""What the panels show."""

from playground import stage
from playground.inboxes import Inboxes
from tests.capture.letters import mailbox_of
from tests.world import CAROL


def mail(sender, subject):
    return f"From: {sender}\r\nSubject: {subject}\r\n\r\nhi".encode()


def test_the_mailboxes_tell_whose_they_are(world, settings, store):
    inboxes = Inboxes.of(settings)
    alice = world.alice
    received = inboxes.put(CAROL, mail(f"Alice <{alice.email}>", "Offer"))
    inboxes.put(alice.email, mail(f"Alice <{alice.email}>", "Offer"))
    inboxes.put(alice.email, mail("carol@northwind.test", "Thanks"))
    inboxes.put("stranger@x.test", b"\xff\xff")

    found = {each["address"]: each for each in stage.state(settings, alice)["mailboxes"]}

    assert found[CAROL]["name"] == "Carol"
    assert found[CAROL]["mails"][0] | {"at": ""} == {
        "id": received, "subject": "Offer", "from": f"Alice <{alice.email}>", "at": "",
        "is_sent": False, "is_from_you": True,
    }  # fmt: skip
    assert found[alice.email]["is_yours"]
    assert [each["is_sent"] for each in found[alice.email]["mails"]] == [False, True]
    assert [each["is_from_you"] for each in found[alice.email]["mails"]] == [False, True]
    assert found["stranger@x.test"]["name"] == ""


def test_it_is_told_whether_what_comes_in_is_captured(world, settings, store):
    before = stage.state(settings, world.alice)["is_captured"]
    mailbox_of(world.alice, state="active")

    assert (before, stage.state(settings, world.alice)["is_captured"]) == (False, True)


def test_names_are_those_of_the_organisation_alone(world):
    assert stage.names_of(world.users["mallory"].org_id, [CAROL]) == {}


def test_readers_say_what_would_recognise_them_for_certain(world, settings):
    found = {each["id"]: each["needs"] for each in stage.state(settings, world.alice)["readers"]}

    assert found["forwarded"] == "asn_db"
    assert found["apple_mail"] == "apple_relay"
    assert found["scanner"] == ""
