"""What kind of mail came in: a person's, a machine's answer, a receipt, a complaint, a bounce.

A bounce is looked for first, because a third of them call themselves auto-replied.
"""

import re
from enum import StrEnum

from backend.mail.dsn import Action, read_bounces
from backend.mail.parsed import Parsed

# Source: RFC 3834 section 5 (Auto-Submitted). The other headers as Exchange, Zimbra and vacation
# programs write them; X-Auto-Response-Suppress alone is on Exchange's ordinary notices too.
_ANSWER_HEADERS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-ms-exchange-inbox-rules-loop",
)
_ANSWER_PRECEDENCE = frozenset({"auto_reply", "auto-reply"})
_BULK_PRECEDENCE = frozenset({"bulk", "list", "junk"})
_AWAY = re.compile(
    r"^(?:auto(?:matic|mated|matische?)?[- ]?(?:reply|response|antwort)|out of (?:the )?office"
    r"|abwesenheit|absence|automatische antwort|r[ée]ponse automatique|respuesta autom[áa]tica"
    r"|risposta automatica|resposta autom[áa]tica|automatisch antwoord|autosvar|i am away)\b",
    re.IGNORECASE,
)
_ROBOT = re.compile(
    r"(?:no|do[-_.]?not)[-_.]?reply|mailer[-_.]?daemon|postmaster|bounces?|notifications?"
    r"|(?:auto|news)[-_.]?(?:mailer|letter|reply|confirm)|donotreply",
)


class Kind(StrEnum):
    """What an incoming mail is; only `PERSON` is what somebody wrote to us."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    DELAY = "delay"
    RECEIPT = "receipt"
    COMPLAINT = "complaint"
    AUTOMATED = "automated"


def kind_of(mail: Parsed) -> Kind:
    """The kind of a received mail."""
    report = _report_type(mail)
    if report == "feedback-report":
        return Kind.COMPLAINT
    bounces = read_bounces(mail)
    if bounces:
        failed = any(each.action is Action.FAILED for each in bounces)
        return Kind.BOUNCE if failed else Kind.DELAY
    if report == "disposition-notification":  # a refusal may come in its form too
        return Kind.RECEIPT
    if _is_auto_reply(mail):
        return Kind.AUTO_REPLY
    return Kind.AUTOMATED if _is_automated(mail) else Kind.PERSON


def is_robot(address: str) -> bool:
    """Whether an address is written as those of machines are, such as no-reply@."""
    local = address.partition("@")[0]
    return bool(_ROBOT.fullmatch(local) or _ROBOT.match(local))


def _report_type(mail: Parsed) -> str:
    if mail.message.get_content_type() != "multipart/report":
        return ""
    found = mail.message.get_param("report-type")
    return found.lower() if isinstance(found, str) else ""


def _is_auto_reply(mail: Parsed) -> bool:
    submitted = mail.header("auto-submitted").partition(";")[0].strip().lower()
    if submitted.startswith("auto-replied"):
        return True
    if any(mail.has_header(name) for name in _ANSWER_HEADERS):
        return True
    if mail.header("precedence").lower() in _ANSWER_PRECEDENCE:
        return True
    answers = bool(mail.in_reply_to) or mail.header("return-path") == "<>"
    return answers and bool(_AWAY.match(mail.subject))


def _is_automated(mail: Parsed) -> bool:
    """Whether a program wrote it: a list, a newsletter, a notice."""
    submitted = mail.header("auto-submitted").partition(";")[0].strip().lower()
    sender = mail.sender.address if mail.sender else ""
    return (
        submitted not in {"", "no"}
        or mail.header("precedence").lower() in _BULK_PRECEDENCE
        or mail.has_header("list-id")
        or mail.has_header("list-unsubscribe")
        or mail.header("return-path") == "<>"
        or is_robot(sender)
    )
