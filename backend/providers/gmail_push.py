"""Gmail's watch on a mailbox: told of changes through a topic at Pub/Sub, renewed daily, stopped.

Source: developers.google.com/workspace/gmail/api/guides/push (2026): a watch lasts up to seven
days, is to be renewed once a day, and tells at once that it works. Its refusals by what they say:
github.com/googleapis/google-api-nodejs-client issues 1301 and 3593.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from backend.providers.gmail_mailbox import GmailMailbox
from backend.providers.google_calls import call, credentials_by
from backend.providers.kept import Access
from backend.providers.mail import PlaceLost, ProviderError, TryLater
from backend.providers.push import Channel, Subscribed

DAILY = timedelta(days=1)
# Of a draft that is being written each pause is a change; none of these is captured.
LEFT_OUT = ["DRAFT", "SPAM", "TRASH"]
TAKEN = "topic_another"
SIGNS = (
    (r"Only one user push notification client", TAKEN),
    (r"Invalid topicName", "topic_elsewhere"),
    (r"Error sending test message to Cloud PubSub.*(not authorized|denied)", "topic_forbidden"),
    (r"Error sending test message to Cloud PubSub.*not found", "topic_missing"),
)


def stop(access: Access, endpoint: str) -> None:
    """Stop the watch on the mailbox that this access opens. Raises ProviderError."""
    mail = GmailMailbox(credentials_by(lambda _anew: access), endpoint)
    try:
        GmailPush(mail.users, "").end("")
    finally:
        mail.close()


class GmailPush:
    """The watch on one mailbox; there is one for each mailbox and project, known by its topic."""

    kinds: tuple[str, ...] = ("mail",)

    def __init__(self, users: Any, topic: str) -> None:
        self._users, self._topic = users, topic
        if not topic:
            self.kinds = ()

    def subscribe(self, channel: Channel) -> Subscribed:
        """Begin; a watch with another topic is stopped first."""
        try:
            return self._watch()
        except ProviderError as error:
            if error.code != TAKEN:
                raise
        self.end(channel.kind)
        return self._watch()

    def renew(self, provider_id: str, until: datetime) -> Subscribed:
        """Go on; Gmail says itself until when."""
        if provider_id != self._topic:
            raise PlaceLost("topic")
        return self._watch()

    def end(self, provider_id: str) -> None:
        """Stop; the same for Gmail where there was none."""
        call(self._stopping)

    def _watch(self) -> Subscribed:
        asked = {
            "topicName": self._topic,
            "labelIds": LEFT_OUT,
            "labelFilterBehavior": "exclude",
        }
        found = call(lambda: self._users.watch(userId="me", body=asked), signs=SIGNS)
        try:
            ends_at = datetime.fromtimestamp(int(found["expiration"]) / 1000, UTC)
        except (KeyError, ValueError, OverflowError):
            raise TryLater("no_expiration") from None
        return Subscribed(self._topic, ends_at, DAILY)

    def _stopping(self) -> Any:
        request = self._users.stop(userId="me")
        request.postproc = lambda _answer, _body: {}  # it has no body to be read
        return request
