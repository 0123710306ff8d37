"""What leaves a mailbox at Microsoft: taken with 202, in Sent Items a moment later, gone by SMTP.

The mail host that it is handed to is a real one (aiosmtpd), and what lies in an inbox is what came
out of that host: whatever was lost on the way is lost.
"""

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.fakes.graph_mail import GraphBox, selected
from tests.fakes.graph_payloads import Payload
from tests.fakes.graph_rules import FACTS, Request, Wrong, wanted
from tests.waiting import LOOPBACK

# Exchange puts HTML into a whole page of its own.
PAGE = (
    '<html>\r\n<head>\r\n<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\r\n'
    "</head>\r\n<body>\r\n{}\r\n</body>\r\n</html>\r\n"
)


@dataclass
class GraphSending:
    """The mail host behind a world: its port, and what it took for an address, oldest first."""

    port: int = 0
    arrived: Callable[[str], Sequence[bytes]] = lambda _address: ()
    known: dict[str, int] = field(default_factory=dict)

    def send(self, box: GraphBox, asked: Payload) -> None:
        """Take a mail as /sendMail does. Raises Wrong."""
        message = asked.get("message", {})
        strange = asked.keys() - {"message", "saveToSentItems"} or message.keys() - set(
            FACTS["properties"]["message"]
        )
        if strange or message.get("body", {}).get("contentType", "").lower() != "html":
            raise Wrong(f"no mail that can be sent: {sorted(strange)}")
        people = [each["emailAddress"]["address"] for each in message["toRecipients"]]
        content = PAGE.format(message["body"]["content"])
        kept = {each["id"]: each["value"] for each in message["singleValueExtendedProperties"]}
        message_id = box.put("outbox", subject=message["subject"], _properties=kept)
        made = EmailMessage(policy=policy.SMTP)
        made["From"], made["To"] = box.address, ", ".join(people)
        made["Subject"] = message["subject"]
        made["Message-ID"] = box.messages[message_id]["internetMessageId"]
        made.set_content("As text.")
        made.add_alternative(content, subtype="html")
        box.raws[message_id] = made.as_bytes()
        with smtplib.SMTP(LOOPBACK, self.port, timeout=30) as host:
            host.sendmail(box.address, people, made.as_bytes())

    def listed(self, box: GraphBox, request: Request) -> list[Payload]:
        """The messages of a folder that fit the filter; Sent Items are behind by one look."""
        self._let_in(box)
        folder = box.folder(request.segments[1])
        fits = wanted(request.query.get("$filter", ""))
        there = [each for each in box.messages.values() if each["parentFolderId"] == folder]
        found = [each for each in there if fits(each)][: int(request.query.get("$top", 10))]
        if folder == box.folder("sentitems"):
            outbox = box.folder("outbox")
            for each in [m for m in box.messages.values() if m["parentFolderId"] == outbox]:
                box.move(each["id"], "sentitems")
        return [selected(each, request.query.get("$select", "")) for each in found]

    def _let_in(self, box: GraphBox) -> None:
        came = self.arrived(box.address)
        for raw in came[self.known.get(box.address, 0) :]:
            read = message_from_bytes(raw, policy=policy.default)
            values = {"internetMessageId": str(read["Message-ID"]), "subject": read["Subject"]}
            box.raws[box.put("inbox", **values)] = raw
        self.known[box.address] = len(came)
