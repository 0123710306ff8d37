"""Programs that send mail of their own, such as alerts and a CRM, as an admin registered them."""

from dataclasses import asdict, dataclass

from peewee import TextField

from backend import clock, db
from backend.errors import Conflict, Invalid, NotFound
from backend.models.fields import FlagField, IdField, Model, TimeField
from backend.models.org import AuditLog, User

MAX_SENDERS = 1_000


class AutomatedSender(Model):
    """What its mail is measured for; it counts as mail of `user_id`, who sees it in her Feed.

    While she is disabled it is not measured: an admin gives it another owner.
    """

    org_id = IdField()
    user_id = IdField()
    address = TextField()
    name = TextField()
    opens = FlagField()
    links = FlagField()
    per_recipient = FlagField()
    is_paused = FlagField()
    created_at = TimeField(default=clock.now)


@dataclass(frozen=True, slots=True)
class Choices:
    """What an admin decides for a program's mail."""

    name: str
    user_id: str
    opens: bool
    links: bool
    per_recipient: bool
    is_paused: bool = False


def senders_of(org_id: str) -> list[AutomatedSender]:
    """The organisation's programs, by address."""
    query = AutomatedSender.select().where(AutomatedSender.org_id == org_id)
    return list(query.order_by(AutomatedSender.address))


def sender(org_id: str, sender_id: str) -> AutomatedSender:
    """One of the organisation's programs. Raises NotFound."""
    found: AutomatedSender | None = AutomatedSender.get_or_none(
        AutomatedSender.org_id == org_id, AutomatedSender.id == sender_id
    )
    if found is None:
        raise NotFound("problems.no_sender")
    return found


def add_sender(org_id: str, actor: str, address: str, choices: Choices) -> AutomatedSender:
    """Register a program by its normalised From address. Raises Conflict, Invalid."""
    _check_owner(org_id, choices.user_id)
    with db.transaction():
        if User.get_or_none(User.email == address):
            raise Conflict("problems.sender_is_user")
        if AutomatedSender.get_or_none(AutomatedSender.address == address):
            raise Conflict("problems.sender_taken")
        if len(senders_of(org_id)) >= MAX_SENDERS:
            raise Invalid("problems.too_many_senders", most=MAX_SENDERS)
        row = AutomatedSender.create(org_id=org_id, address=address, **asdict(choices))
        _audit(row, actor, "automated_sender.added")
    return row


def change_sender(org_id: str, actor: str, sender_id: str, choices: Choices) -> AutomatedSender:
    """Give a program other choices; its address stays. Raises NotFound, Invalid."""
    _check_owner(org_id, choices.user_id)
    with db.transaction():
        row = sender(org_id, sender_id)
        for name, value in asdict(choices).items():
            setattr(row, name, value)
        row.save()
        _audit(row, actor, "automated_sender.changed")
    return row


def remove_sender(org_id: str, actor: str, sender_id: str) -> None:
    """Forget a program: its mail goes on as it comes. What was measured stays. Raises NotFound."""
    with db.transaction():
        row = sender(org_id, sender_id)
        row.delete_instance()
        _audit(row, actor, "automated_sender.removed")


def _check_owner(org_id: str, user_id: str) -> None:
    """Nobody reads the Feed of somebody who is disabled."""
    owner: User | None = User.get_or_none(User.id == user_id, User.org_id == org_id)
    if owner is None or owner.is_disabled:
        raise Invalid("problems.sender_owner")


def _audit(row: AutomatedSender, actor: str, action: str) -> None:
    AuditLog.create(
        org_id=row.org_id,
        actor=actor,
        action=action,
        object_type="automated_sender",
        object_id=row.id,
        detail={"address": row.address, "opens": row.opens, "links": row.links},
    )
