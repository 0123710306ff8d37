"""Turns of a mailbox: nothing missed and nothing doubled, whatever is refused, lost or killed."""

from datetime import timedelta

import pytest

from backend import clock, db
from backend.capture import items, leases, sync
from backend.models.mailboxes import Mailbox, MailboxState
from backend.providers.mail import NeedsAdmin, NeedsReauth, TryLater, Unreadable
from tests.capture.letters import context, hours, letter, mailbox_of, run_dry, turn
from tests.fakes.mailbox import FakeMailbox


@pytest.fixture
def provider(world):
    return FakeMailbox(world.alice.email)


@pytest.fixture
def mailbox(world):
    return mailbox_of(world.alice)


def fill(provider, count, start=0):
    now = clock.now()
    for number in range(start, start + count):
        at = now - timedelta(minutes=count - number)
        provider.put(letter(subject=f"Mail {number}", message_id=f"<{number}@northwind.test>"), at)


def subjects():
    return sorted(row[0] for row in db.rows("SELECT subject FROM email_message"))


def state_of(mailbox):
    row = Mailbox.get_by_id(mailbox.id)
    return row.state, row.reason


@pytest.mark.req("R42", "R43", "R45")
def test_a_new_mailbox_is_listed_to_its_end(mailbox, provider):
    fill(provider, 10)

    run_dry(mailbox, provider)

    assert subjects() == sorted(f"Mail {number}" for number in range(10))
    assert state_of(mailbox) == (MailboxState.ACTIVE, "")


def test_changes_are_counted_from_before_the_first_listing(mailbox, provider):
    fill(provider, 2)

    turn(mailbox, provider)

    assert provider.calls.index("baseline") < provider.calls.index("listing")


def test_an_idle_mailbox_costs_one_call(mailbox, provider):
    fill(provider, 3)
    run_dry(mailbox, provider)
    provider.calls.clear()

    turn(mailbox, provider)

    assert provider.calls == ["changes"]


def test_a_back_fill_costs_hardly_more_than_a_call_for_a_mail(world, mailbox):
    provider = FakeMailbox(world.alice.email, page=500)
    fill(provider, 200)

    run_dry(mailbox, provider)

    assert len(subjects()) == 200
    assert len(provider.calls) <= 1.1 * 200


def test_what_comes_during_the_back_fill_is_taken_in_first(mailbox, provider):
    fill(provider, 9)
    turn(mailbox, provider)
    provider.put(letter(subject="New", message_id="<new@northwind.test>"), clock.now())
    provider.calls.clear()

    turn(mailbox, provider)

    fetched = [call for call in provider.calls if call.startswith("fetch")]
    assert fetched[0] == "fetch m10"


def test_a_turn_tells_how_far_it_is(mailbox, provider):
    fill(provider, 5)

    run_dry(mailbox, provider)

    assert items.counts(mailbox.id) == items.Counts(waiting=0, done=5, skipped=0, quarantined=0)


@pytest.mark.parametrize("refused", range(8))
def test_a_refusal_at_any_call_costs_time_and_nothing_else(mailbox, provider, refused):
    fill(provider, 4)
    provider.refusals.extend([*[None] * refused, TryLater("rateLimitExceeded", 0.0)])

    turn(mailbox, provider)
    assert state_of(mailbox)[0] in {MailboxState.DELAYED, MailboxState.BACKFILLING}
    run_dry(mailbox, provider)

    assert len(subjects()) == 4
    assert items.counts(mailbox.id).quarantined == 0


def test_a_busy_provider_never_sets_a_mail_aside(mailbox, provider):
    fill(provider, 1)
    provider.refusals.extend([None] * 3)

    for _ in range(20):
        provider.refusals.append(TryLater("429"))
        turn(mailbox, provider)
    provider.refusals.clear()
    run_dry(mailbox, provider)

    assert (len(subjects()), items.counts(mailbox.id).quarantined) == (1, 0)


def test_retry_after_is_believed(mailbox, provider):
    provider.refusals.append(TryLater("429", 120.0))

    before = clock.now()
    turn(mailbox, provider)

    wait = Mailbox.get_by_id(mailbox.id).next_sync_at - before
    assert timedelta(seconds=119) < wait < timedelta(seconds=140)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (NeedsReauth("invalid_grant"), MailboxState.NEEDS_REAUTH),
        (NeedsAdmin("accessNotConfigured"), MailboxState.NEEDS_ADMIN),
    ],
)
def test_what_a_person_has_to_do_stops_the_mailbox(mailbox, provider, error, state):
    provider.refusals.append(error)

    turn(mailbox, provider)

    assert state_of(mailbox) == (state, error.code)


def test_a_grant_for_another_mailbox_is_not_believed(mailbox, provider):
    provider.address = "somebody@ours.test"

    turn(mailbox, provider)

    assert state_of(mailbox) == (MailboxState.NEEDS_REAUTH, "other_account")
    assert subjects() == []


def test_a_refused_check_of_the_account_is_made_again(mailbox, provider):
    provider.address = "somebody@ours.test"
    provider.refusals.append(TryLater("429", 0.0))
    turn(mailbox, provider)

    turn(mailbox, provider)

    assert state_of(mailbox) == (MailboxState.NEEDS_REAUTH, "other_account")


def test_a_lost_place_is_listed_anew_without_a_gap_and_without_a_double(mailbox, provider):
    fill(provider, 4)
    run_dry(mailbox, provider)
    fill(provider, 3, start=4)
    provider.forget_changes()

    run_dry(mailbox, provider)

    assert subjects() == sorted(f"Mail {number}" for number in range(7))


def test_a_place_that_is_lost_in_the_back_fill_leaves_out_nothing_of_it(mailbox, provider):
    for number in range(12):
        provider.put(letter(subject=f"Mail {number}"), clock.now() - timedelta(days=5 * number))
    while items.counts(mailbox.id).done < 4:
        turn(mailbox, provider)
    provider.forget_changes()
    provider.oldest += 1
    fill(provider, 1, start=12)

    run_dry(mailbox, provider)

    assert subjects() == sorted(f"Mail {number}" for number in range(13))


class OldTokens(FakeMailbox):
    """The tokens of pages that it gave before have grown old, of what is named."""

    old = ""

    def changes(self, place, page):
        self.refuse("changes", page)
        return super().changes(place, page)

    def listing(self, since, page):
        self.refuse("listing", page)
        return super().listing(since, page)

    def refuse(self, what, page):
        if self.old == what and page is not None:
            raise Unreadable("invalidPageToken")
        if self.old == what:
            self.old = ""


def test_a_page_whose_token_has_grown_old_begins_the_listing_anew(world, mailbox):
    provider = OldTokens(world.alice.email)
    fill(provider, 10)
    turn(mailbox, provider)
    turn(mailbox, provider)
    provider.old = "listing"

    turn(mailbox, provider)
    assert state_of(mailbox) == (MailboxState.DELAYED, "invalidPageToken")
    run_dry(mailbox, provider)

    assert subjects() == sorted(f"Mail {number}" for number in range(10))


def test_a_page_of_changes_whose_token_has_grown_old_begins_them_anew(world, mailbox):
    provider = OldTokens(world.alice.email)
    run_dry(mailbox, provider)
    fill(provider, 10)
    provider.refusals += [None, TryLater("503")]  # behind the first page
    turn(mailbox, provider)
    provider.old = "changes"

    turn(mailbox, provider)
    assert state_of(mailbox) == (MailboxState.DELAYED, "invalidPageToken")
    run_dry(mailbox, provider)

    assert subjects() == sorted(f"Mail {number}" for number in range(10))


def test_a_broken_mail_is_set_aside_and_the_others_go_on(mailbox, provider):
    fill(provider, 3)
    provider.broken.add("m2")

    run_dry(mailbox, provider)
    for _ in range(items.MAX_ATTEMPTS):
        db.execute("UPDATE sync_item SET next_try_at = NULL")
        run_dry(mailbox, provider)

    assert len(subjects()) == 2
    assert items.quarantined(mailbox.id) == [("m2", "Unreadable: broken")]
    assert state_of(mailbox)[0] == MailboxState.ACTIVE


def test_a_mail_that_went_before_it_was_fetched_is_no_fault(mailbox, provider):
    fill(provider, 2)
    provider.gone.add("m1")

    run_dry(mailbox, provider)

    counts = items.counts(mailbox.id)
    assert (counts.done, counts.skipped) == (1, 1)


def test_two_workers_never_have_one_mailbox(mailbox, provider):
    lease = leases.take(mailbox.id, "first")

    assert turn(mailbox, provider, owner="second") is None
    leases.release(lease)
    assert turn(mailbox, provider, owner="second") is not None


class TakenOver(FakeMailbox):
    """While it answers this call, another worker takes the mailbox over."""

    at = ""

    def _call(self, what):
        super()._call(what)
        if what.startswith(self.at):
            db.execute("UPDATE mailbox SET lease_epoch = lease_epoch + 1")


@pytest.mark.parametrize("at", ["identity", "baseline", "listing", "fetch"])
def test_who_lost_the_mailbox_writes_nothing_more(world, mailbox, at):
    provider = TakenOver(world.alice.email)
    fill(provider, 2)
    provider.at = at

    turn(mailbox, provider)
    written = len(subjects())
    db.execute("UPDATE mailbox SET lease_until = NULL")
    provider.at = "never"
    run_dry(mailbox, provider)

    assert written == 0
    assert len(subjects()) == 2


class Killed(BaseException):
    """The worker dies: nothing of it runs any more."""


@pytest.mark.faults
@pytest.mark.parametrize("step", range(1, 14))
def test_a_worker_killed_at_any_step_leaves_nothing_missing_or_doubled(mailbox, provider, step):
    fill(provider, 5)
    calls = iter(range(100))
    plain = provider._call

    def dying(what):
        plain(what)
        if next(calls) == step:
            raise Killed

    def work_on():
        while True:
            sync.sync(Mailbox.get_by_id(mailbox.id), provider, context(), "first")

    provider._call = dying
    with pytest.raises(Killed):
        work_on()
    provider._call = plain
    db.execute("UPDATE mailbox SET lease_until = %s", [hours(-1000)])
    run_dry(mailbox, provider)

    assert subjects() == [f"Mail {number}" for number in range(5)]
    assert db.one("SELECT count(*) FROM message_copy") == (5,)
