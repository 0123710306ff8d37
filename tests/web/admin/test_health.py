"""The health page: each thing that is wrong with the way to mend it."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import items, reconcile, streams
from backend.models import backups
from backend.models.backups import Backup
from backend.models.mailboxes import Connection, Mailbox
from backend.models.org import DEMO_USER, User
from backend.tracking import refusals
from tests.capture.letters import mailbox_of
from tests.fakes import letter_box
from tests.fakes.mailbox import FakeMailbox
from tests.screens import signed_in
from tests.serving import app_of
from tests.web.browsing import browser_of

PAGE = "/console/admin/health"


@pytest.fixture(scope="module")
def database_url():
    return ""


def broken(world):
    org_id = world.alice.org_id
    Connection.create(org_id=org_id, provider="google", method="user_consent", state="faulty",
                      reason="secret")  # fmt: skip
    for name, state in (("alice", "needs_reauth"), ("bob", "active"), ("mika", "needs_admin")):
        Mailbox.create(
            org_id=org_id, user_id=world.users[name].id, provider="google", reason="invalid_grant",
            address=f"{name}@ours.test", state=state, since=clock.now() - timedelta(hours=2),
        )  # fmt: skip


def test_the_address_book_that_a_mailbox_brings_in_is_told(app, client, world):
    mailbox = mailbox_of(world.alice, brings_contacts=True)
    stream = streams.of(mailbox.org_id, mailbox.id, "contacts")
    ada = browser_of(app, world.users["ada"])
    streams.rest(stream, clock.now())
    assert "0 contacts, as of" in ada.get(PAGE).text

    streams.wait(stream, clock.now(), "unauthorized_client")

    page = ada.get(PAGE).text
    assert "<code>unauthorized_client</code>" in page
    assert "settings at Google keep Telltale out of this mailbox." in page


def test_what_is_wrong_is_told_with_its_mending(app, client, world):
    broken(world)

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "1 mailbox is behind" in page
    assert "connect it again" in page
    assert "Google does not let Telltale in any more" in page
    assert "<code>invalid_grant</code>" in page
    assert 'href="/console/admin/connections/google"' in page
    assert "A provider refused the last test" in page
    assert "not stated yet where recipients are told" in page


def test_a_lag_is_told_in_words_that_people_use(app, client, world):
    since = clock.now() - timedelta(days=1, hours=1, minutes=38)
    mailbox_of(world.alice, since=since, last_ok_at=None)

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "<dd>1 day 1 hour</dd>" in page


def test_nothing_wrong_is_said_too(app, client, world):
    world.set_policy(notice="block")

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "No mailbox is connected" in page
    assert "not stated yet" not in page


def test_the_nightly_count_and_what_lies_apart_are_told(app, client, world):
    broken(world)
    mailbox = Mailbox.get(Mailbox.address == "bob@ours.test")
    reconcile.compare(mailbox, FakeMailbox("bob@ours.test"), "test")
    items.queue(mailbox.org_id, mailbox.id, ["a"], is_live=True)
    for _ in range(items.MAX_ATTEMPTS):
        items.fail(mailbox.id, "a", "ValueError")

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "0 checked, 0 missing, 0 repaired." in page
    assert "Not yet; it is made at night." in page  # the two others
    assert "1 mail could not be taken in" in page
    assert "made in a way that Telltale cannot take in. <code>ValueError</code>" in page
    assert "They stay in the mailbox as they are" in page


def test_the_last_backup_is_told_and_that_one_is_missing(app, client, world):
    ada = browser_of(app, world.users["ada"])
    missing = ada.get(PAGE).text
    at = clock.now() - timedelta(days=3)
    backups.note(Backup(at, 4_711))
    old = ada.get(PAGE).text
    backups.note(Backup(clock.now(), 4_711))
    well = ada.get(PAGE).text

    assert "None was made by the command backup yet" in missing
    assert "The last one by the command backup:" not in missing
    assert "It is too old" in old
    assert f'<p>The last one by the command backup: <time datetime="{at.isoformat()}"' in old
    assert "The last one by the command backup:" in well
    assert "too old" not in well


def test_of_the_demo_no_backup_is_missed(app, client, world):
    User.update(email=DEMO_USER).where(User.id == world.alice.id).execute()

    assert "command backup" not in browser_of(app, world.users["ada"]).get(PAGE).text


def only_counted(world):
    today, org_id = clock.now().date().isoformat(), world.alice.org_id
    reasons = {"do_not_track": 1, "stopped": 3_000}
    refusals.count(refusals.Refused({(org_id, today, why): n for why, n in reasons.items()}))


def test_hits_that_left_only_a_count_are_told_with_what_is_behind_them(app, client, world):
    only_counted(world)

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "1 hit that a person or your policy does not want measured" in page
    assert "3,000 hits on mail whose tracking was off or stopped" in page


def test_every_look_of_it_can_be_used(site, page, world, eyes):
    broken(world)
    only_counted(world)
    world.send(at=clock.now())
    signed_in(page, site, world.users["ada"])
    page.goto(f"{site}{PAGE}")

    assert eyes.faults(page, "admin-health", (320, 1280)) == []


@pytest.mark.parametrize(
    ("who", "page", "leads_to"),
    [
        ("ada", "/console/sent", "/console/admin/health"),
        ("alice", "/console/sent", "/console/mailboxes"),
        ("bob", "/console/sent", ""),
        ("mika", "/console/sent", "/console/mailboxes"),
    ],
)
def test_a_line_on_every_page_tells_admins_of_all_and_others_of_their_own(
    app, client, world, who, page, leads_to
):
    broken(world)
    Mailbox.update(last_ok_at=clock.now()).where(Mailbox.address == "bob@ours.test").execute()

    text = browser_of(app, world.users[who]).get(page).text

    assert ('class="needs"' in text) == bool(leads_to)
    assert leads_to in text


def test_a_mailbox_that_waits_is_tried_again_at_once(app, client, world):
    later = clock.now() + timedelta(minutes=10)
    org_id, user_id = world.alice.org_id, world.alice.id
    mailbox = Mailbox.create(
        org_id=org_id, user_id=user_id, provider="google", address="alice@ours.test",
        state="delayed", next_sync_at=later,
    )  # fmt: skip
    ada = browser_of(app, world.users["ada"])
    assert "Try again now" in ada.get(PAGE).text

    answer = ada.post(f"{PAGE}/{mailbox.id}/now")

    assert answer.headers["Location"] == f"{PAGE}?done=now"
    assert Mailbox.get().next_sync_at < later
    Mailbox.update(state="needs_reauth").execute()
    assert ada.post(f"{PAGE}/{mailbox.id}/now").status_code == 404
    Mailbox.update(state="delayed", org_id=world.users["mallory"].org_id).execute()
    assert ada.post(f"{PAGE}/{mailbox.id}/now").status_code == 404


def test_the_owner_is_asked_by_a_letter(world, store):
    broken(world)
    ids = {each.address.partition("@")[0]: each.id for each in Mailbox.select()}
    with letter_box.running() as box:
        settings = world.settings.model_copy(update={"mail_url": box.url})
        with app_of(settings, store) as app:
            ada = browser_of(app, world.users["ada"])
            assert "Ask the owner" in ada.get(PAGE).text
            asked = ada.post(f"{PAGE}/{ids['alice']}/ask")
            not_hers_to_mend = ada.post(f"{PAGE}/{ids['mika']}/ask")
            box.is_full = True
            refused = ada.post(f"{PAGE}/{ids['alice']}/ask")

    assert asked.headers["Location"] == f"{PAGE}?done=asked"
    ((to, _, text),) = box.letters()
    assert to == "alice@ours.test"
    assert "http://127.0.0.1:8000/console/mailboxes" in text
    assert not_hers_to_mend.status_code == 404
    assert (refused.status_code, "did not take the letter" in refused.text) == (503, True)


def test_the_next_renewal_is_told_and_why_there_is_none(app, client, world):
    broken(world)
    ada = browser_of(app, world.users["ada"])
    assert ada.get(PAGE).text.count("Not needed: asked anew") == 3
    bob = Mailbox.get(Mailbox.address == "bob@ours.test")
    db.execute(
        "INSERT INTO push_subscription (mailbox_id, kind, org_id, next_at, reason)"
        " VALUES (%s, 'mail', %s, %s, 'forbidden')",
        [bob.id, bob.org_id, clock.now()],
    )

    page = ada.get(PAGE).text

    assert page.count("Not needed: asked anew") == 2
    assert "settings at Google keep Telltale out of this mailbox." in page
    assert "<code>forbidden</code>" in page


REFUSALS = (
    ("no answer", "ValidationError", "got no answer from this server", "PUBLIC_URL has to be"),
    ("a topic", "topic_missing", "through the topic at Pub/Sub", 'connections/google/notices">'),
    ("an outage", "503", "does not answer as it should.", "It is tried again by itself."),
    ("a new word", "newWord", "that Telltale does not know: newWord.", "see to the connection."),
)


@pytest.mark.parametrize(("why", "code", "said", "mend"), REFUSALS)
def test_a_refused_renewal_says_in_words_what_happened_and_what_to_do(
    app, client, world, why, code, said, mend
):
    mailbox = mailbox_of(world.alice)
    db.execute(
        "INSERT INTO push_subscription (mailbox_id, kind, org_id, next_at, reason)"
        " VALUES (%s, 'mail', %s, %s, %s)",
        [mailbox.id, mailbox.org_id, clock.now(), code],
    )

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    renewal = page.partition("<dt>Renewal</dt>")[2].partition("</div>")[0]
    for text in ("No notices; asked each minute.", said, mend, f"<code>{code}</code>"):
        assert text in renewal, why


def test_without_a_mail_server_the_owner_is_asked_from_ones_own_program(app, client, world):
    broken(world)

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert 'href="mailto:alice%40ours.test?subject=' in page


@pytest.mark.req("R83")
def test_what_the_providers_allow_stands_beside_what_is_used(app, client, world):
    broken(world)

    page = browser_of(app, world.users["ada"]).get(PAGE).text

    assert "2,000 mails sent a day" in page
    assert 'href="https://support.google.com/a/answer/166852"' in page
    assert "seen on 26 November 2026" in page
