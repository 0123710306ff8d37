"""One search over people, accounts, subjects and links: what is found, and who finds it."""

import logging

import pytest

from backend import db
from backend.capture import purging
from backend.capture.purging import Holder
from backend.insights import search
from backend.models.mail import EmailMessage, Stamp
from backend.models.org import User
from backend.people import adding
from backend.people.values import Actor
from backend.tracking import mail_index
from tests.capture.letters import letter, mailbox_of, take
from tests.world import CAROL, LEO

LINK = '<a href="https://www.example.com/price-list">Our prices</a>'


@pytest.fixture(params=["written", "waiting"])
def find(request, world, as_viewer):
    """Find as somebody, with the index written or while the worker has not come to it."""

    def found(q, name="alice", limit=10):
        if request.param == "written":
            while mail_index.write():
                pass
        return search.find(as_viewer(name), q, limit)

    return found


def subjects(found):
    return [mail["subject"] for mail in found.mails]


@pytest.mark.parametrize(
    ("why", "q", "is_found"),
    [
        ("a word", "offer", True),
        ("its beginning", "off", True),
        ("not its end", "ffer", False),
        ("all of them, in any order", "spring off", True),
        ("not only some of them", "offer autumn", False),
        ("whatever the case and accents", "ÖFFER Šprìng", True),
        ("wildcards are signs", "off%", True),
        ("an underscore is a letter", "o_fer", False),
    ],
)
def test_a_subject_is_found_by_the_beginnings_of_its_words(find, world, why, q, is_found):
    world.send(subject="Our offer for the spring")

    assert subjects(find(q)) == (["Our offer for the spring"] if is_found else []), why


def test_the_newest_come_first_and_no_more_than_asked_for(find, world):
    for number in range(4):
        world.send(subject=f"Offer {number}")

    assert subjects(find("offer", limit=3)) == ["Offer 3", "Offer 2", "Offer 1"]


@pytest.mark.parametrize(
    "q", ["prices", "price-list", "example.com", "https://www.example.com/pri"]
)
def test_a_link_is_found_by_text_and_address_with_its_newest_mail(find, world, q):
    world.send(CAROL, html=LINK, subject="Old")
    newest = world.send(LEO, html=LINK, subject="New")

    (link,) = find(q).links

    assert (link["url"], link["text"]) == ("https://www.example.com/price-list", "Our prices")
    assert link["stamp"] == {"id": newest.id, "subject": "New"}


def test_people_and_accounts_are_found(find, world):
    facts = {"kind": "contact", "name": "Nina North", "addresses": ("nina@north.test",)}
    adding.add(Actor(world.alice.org_id, "test"), facts, "test", "nina")

    found = find("nor")

    assert [who["name"] for who in found.people] == ["Nina North"]
    assert found.people[0]["address"] == "nina@north.test"
    assert [account["domain"] for account in found.accounts] == ["north.test"]


@pytest.mark.req("R41")
@pytest.mark.parametrize(
    ("name", "visibility", "is_found"),
    [
        ("alice", "team", True),
        ("alice", "private", True),
        ("mika", "team", True),
        ("mika", "private", False),
        ("bob", "team", False),
        ("ada", "team", False),
        ("mallory", "team", False),
        ("bob", "private", False),
        ("bob", "org", True),
        ("mika", "org", True),
        ("ada", "org", True),
        ("mallory", "org", False),
    ],
)
def test_mail_is_found_by_who_may_see_it(find, world, name, visibility, is_found):
    stamped = world.send(html=LINK)
    message = Stamp.get_by_id(stamped.id).message_id
    EmailMessage.update(visibility=visibility).where(EmailMessage.id == message).execute()

    found = find("offer", name), find("prices", name)

    assert [len(found[0].mails), len(found[1].links)] == ([1, 1] if is_found else [0, 0])


@pytest.mark.req("R41")
@pytest.mark.parametrize("is_bobs_first", [True, False])
@pytest.mark.parametrize(
    ("name", "sharing", "is_found"),
    [
        ("bob", "private", True),
        ("mika", "team", True),
        ("mika", "private", False),
        ("ada", "team", False),
        ("ada", "org", True),
        ("mallory", "org", False),
    ],
)
def test_a_private_mail_is_found_by_who_sees_a_colleagues_copy(
    world, as_viewer, name, sharing, is_found, is_bobs_first
):
    stamped = world.stamp(CAROL, subject="The offer of spring")
    while mail_index.write():
        pass
    to = f"{CAROL}, bob@ours.test"
    mail = letter("alice@ours.test", to, "The offer of spring", "<1@p.test>", html=stamped.html)
    alice = mailbox_of(world.alice, visibility="private")
    bob = mailbox_of(world.users["bob"], visibility=sharing)
    for mailbox in (bob, alice) if is_bobs_first else (alice, bob):
        take(mailbox, mail, is_sent=mailbox is alice)
        mail_index.write()
    EmailMessage.update(visibility="private").execute()

    found = [search.find(as_viewer(name), q).mails for q in ("offer", "spring off", "spring fall")]

    ids = [[mail["id"] for mail in mails] for mails in found]
    assert ids == ([[stamped.id], [stamped.id], []] if is_found else [[], [], []])


def test_a_copy_that_is_gone_finds_nothing_any_more(world, as_viewer):
    stamped = world.stamp(CAROL, subject="Offer")
    to = f"{CAROL}, bob@ours.test"
    mail = letter("alice@ours.test", to, "Offer", "<1@p.test>", html=stamped.html)
    take(mailbox_of(world.alice), mail, is_sent=True)
    take(mailbox_of(world.users["bob"]), mail)
    mail_index.write()
    assert len(search.find(as_viewer("bob"), "offer").mails) == 1

    with db.transaction():
        holder = Holder(user_id=world.users["bob"].id)
        purging.let_go([Stamp.get_by_id(stamped.id).message_id], "excluded", holder)

    assert search.find(as_viewer("bob"), "offer").mails == []
    assert len(search.find(as_viewer(), "offer").mails) == 1


@pytest.fixture
def share(world):
    """Let so many more colleagues each share a mail with everybody; the subjects."""

    def made(count):
        for _ in range(count):
            number = User.select().count()
            user = User.create(
                org_id=world.alice.org_id, email=f"c{number}@ours.test", name="", role="rep"
            )
            html = LINK.replace("list", f"list-{number}")
            stamp = Stamp.get_by_id(world.send(subject=f"Offer {number}", html=html).id)
            Stamp.update(user_id=user.id).where(Stamp.id == stamp.id).execute()
            EmailMessage.update(visibility="org", user_id=user.id).where(
                EmailMessage.id == stamp.message_id
            ).execute()

    return made


def test_more_colleagues_who_share_are_more_to_find_and_no_more_statements(find, share, caplog):
    asked = []
    for count in (2, 5):
        share(count)
        find("offer", "bob")
        with caplog.at_level(logging.DEBUG, "peewee"):
            caplog.clear()
            found = find("offer", "bob"), find("prices", "bob")
            asked.append(len([row for row in caplog.records if row.name == "peewee"]))

    assert [len(found[0].mails), len(found[1].links)] == [7, 7]
    assert asked[0] == asked[1] > 0


def test_another_organisations_people_are_not_found(find, world):
    assert find("carol", "mallory").people == []


@pytest.mark.parametrize("q", ["", " ", "%", "…", "\u202e"])
def test_a_question_without_a_word_finds_nothing(find, world, q):
    world.send()

    assert find(q) == search.Found([], [], [], [])
