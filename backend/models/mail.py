"""Mail as recorded: the message, who takes part, its stamp, copies and links."""

from peewee import BigIntegerField, IntegerField, TextField

from backend import clock
from backend.models.fields import FlagField, IdField, MaybeIdField, MaybeTimeField, Model, TimeField


class EmailMessage(Model):
    """One mail and the summary of what is known of it; status is draft, sent or received."""

    org_id = IdField()
    user_id = IdField()
    direction = TextField()
    status = TextField()
    internet_message_id = TextField(default="")
    subject = TextField()
    visibility = TextField(default="team")
    sent_at = MaybeTimeField()
    is_opened = FlagField()
    is_open_inferred = FlagField()
    first_opened_at = MaybeTimeField()
    last_opened_at = MaybeTimeField()
    open_count = BigIntegerField(default=0)
    opens_total = BigIntegerField(default=0)
    click_count = BigIntegerField(default=0)
    is_bounced = FlagField()
    replied_at = MaybeTimeField()
    created_at = TimeField(default=clock.now)


class Participant(Model):
    """An address on a mail and whom it is; `decision` and `reason` are tracking.policy's."""

    org_id = IdField()
    message_id = IdField()
    position = IntegerField()
    role = TextField()
    address = TextField()
    name = TextField(default="")
    person_id = MaybeIdField()
    decision = TextField(default="")
    reason = TextField(default="")


class Stamp(Model):
    """One tracked sending; state is armed, stamped, untracked, sent, disarmed or stopped."""

    org_id = IdField()
    user_id = IdField()
    message_id = IdField()
    channel = TextField()
    compose_id = TextField(null=True)
    opens = FlagField()
    links = FlagField()
    is_per_recipient = FlagField()
    is_aggregate = FlagField()
    link_count = IntegerField(default=0)
    state = TextField()
    reason = TextField(default="")
    content_digest = TextField(default="")
    sent_at = MaybeTimeField()
    sent_at_source = TextField(default="")
    rules_version = IntegerField(default=0)
    created_at = TimeField(default=clock.now)
    updated_at = TimeField(default=clock.now)
    indexed_at = MaybeTimeField()


class StampCopy(Model):
    """What one reader (or, without an address, every reader) gets: its own pixel and links."""

    org_id = IdField()
    stamp_id = IdField()
    address = TextField(null=True)
    pixel_token = TextField()
    marker_token = TextField(null=True)
    unsubscribe_token = TextField()
    folds_into = MaybeIdField()


class TrackedLink(Model):
    """A wrapped link of one copy; `occurrence` tells apart links to the same place."""

    org_id = IdField()
    stamp_id = IdField()
    copy_id = IdField()
    position = IntegerField()
    occurrence = IntegerField()
    url = TextField()
    text = TextField()
    token = TextField()


class SelfView(Model):
    """The sender looked at this mail of her own at that moment."""

    org_id = IdField()
    stamp_id = IdField()
    occurred_at = TimeField()
