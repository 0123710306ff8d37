"""Letters about mailboxes that wait for somebody: to the owner and to the admins, once each time.

Once until the mailbox is well again. Without a mail server nobody is written to, and the banner on
every page says it alone.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable

from backend import db
from backend.access import letters
from backend.access.letters import Letter
from backend.errors import Unavailable
from backend.models import mailbox_needs
from backend.models.mailbox_needs import Needy
from backend.models.org import User
from backend.settings import Settings
from backend.words import t
from backend.words.choosing import SYSTEM, chosen

log = logging.getLogger(__name__)


def tell(settings: Settings) -> int:
    """Write about what is new; how many letters went."""
    if not letters.can_send(settings):
        return 0
    with db.connection():
        mailbox_needs.forget_mended()
        untold = mailbox_needs.claim_untold()
        addressed = _readers(untold)
    told: set[str] = set()
    sent = 0
    for user, boxes in addressed:
        try:
            letters.send(settings, _letter(settings, user, boxes))
        except Unavailable:
            log.warning("a letter about mailboxes did not go")
            continue
        sent += 1
        told.update(each.id for each in boxes)
    with db.connection():
        for each in untold:
            if each.id not in told:  # nobody heard of it: the next round tries again
                mailbox_needs.untell(each.id)
    return sent


def _readers(untold: Iterable[Needy]) -> list[tuple[User, list[Needy]]]:
    """Each admin with all of her organisation's, each owner who is none with her own."""
    of_reader: dict[str, list[Needy]] = defaultdict(list)
    readers: dict[str, User] = {}
    for each in untold:
        concerned = User.select().where(
            User.org_id == each.org_id,
            ~User.is_disabled,
            (User.role == "admin") | (User.id == each.user_id),
        )
        for user in concerned:
            readers[user.id] = user
            of_reader[user.id].append(each)
    return [(readers[user_id], boxes) for user_id, boxes in of_reader.items()]


def _letter(settings: Settings, user: User, boxes: list[Needy]) -> Letter:
    language = chosen(str(user.preferences.get("language", SYSTEM)), "")
    page = "/console/admin/health" if user.role == "admin" else "/console/mailboxes"
    lines = [
        f"* {each.address}: {t(f'connections.mailbox_{each.state}', language)}" for each in boxes
    ]
    text = "\n\n".join(
        [
            t("health.letter_begin", language, n=len(boxes)),
            "\n".join(lines),
            t("health.letter_end", language),
            f"{settings.public_url}{page}",
        ]
    )
    return Letter(user.email, t("health.letter_subject", language, n=len(boxes)), text)
