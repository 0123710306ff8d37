"""Whether a bounce is for good or for now, from its codes and words.

"5.x.x is hard" is wrong in half of all cases: a full mailbox, a blocked sender and a loop come back
with 5 as well. Hard is only what says that there is no such mailbox or host, or none any more.
"""

import re

# Source: RFC 3463 and the registry of enhanced status codes (iana.org, smtp-enhanced-status-codes):
# X.1.x addressing, X.2.1 mailbox disabled, X.4.4 unable to route (no such host). X.1.5 is success,
# X.1.7 to X.1.9 are about the sender.
_HARD_CODES = frozenset(
    {"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1", "5.4.4"}
)
# 5.0.0 and 5.3.0 are what a server says that has no better code, 5.1.0 "other address status",
# 5.2.1 also "not accepting for now": the words decide where they say more.
_VAGUE_CODES = frozenset({"5.0.0", "5.1.0", "5.2.0", "5.2.1", "5.3.0", "5.5.0"})
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([245]\d\d)(?![\d.])")

# Said of a mailbox that is there, or of a mail that was not wanted: for now.
_SOFT_WORDS = re.compile(
    r"quota|(?:mail)?box(?: is)? full|mailfolder is full|full mailbox|over ?limit|too large"
    r"|exceed|disk (?:space|full)|insufficient (?:system )?(?:storage|space)|out of space"
    r"|spam|unsolicited|junk|blocked|black ?list|block ?list|blacklisted|reputation|virus|policy"
    r"|content (?:rejected|filter)|not accepting mail from|not allowed to|members.only"
    r"|authenticat|spf|dkim|dmarc|relay(?:ing)? (?:access )?denied|unable to relay"
    r"|loop|too many hops|hop count|time(?:d)? ?out|temporar|try again|later|delayed|retr(?:y|ied)"
    r"|queue too long|queue period|expired|not reachable|connection refused|greylist|rate limit"
    r"|too many (?:connections|messages|recipients)|suspended|inactive for",
    re.IGNORECASE,
)
# Said of a mailbox or host that does not exist, or no longer does: for good.
_HARD_WORDS = re.compile(
    r"user(?:name|id)? (?:is )?(?:unknown|not (?:known|found|listed)|doesn.t|does not)"
    r"|unknown (?:local )?(?:user|recipient|address|account|mailbox)|no such (?:user|person|mailbox"
    r"|recipient|address|account|local)|(?:addressee|recipient|address|mailbox|account)(?: \S+)? "
    r"(?:is )?(?:unknown|not found|unavailable|invalid|disabled|does ?n.t exist|does not exist)"
    r"|(?:does not|doesn.t|not) exist|n.existe pas|no (?:mailbox|user|account)s? (?:here|by that"
    r"|with)|invalid (?:final delivery )?(?:user|recipient|mailbox|address|account)"
    r"|bad (?:destination )?(?:mailbox )?address|not (?:a )?(?:known|valid|recognized|recognised)"
    r"|is not recogni[sz]ed|disabled or discontinued|discontinued|no longer (?:valid|in use|active"
    r"|exists|available|works|employed|with)|wrong or no longer|host (?:unknown|not found)"
    r"|unknown host|domain (?:not found|does not|doesn.t|name not)|unrouteable|name service error"
    r"|not a (?:local )?user|no existe|existiert nicht|unbekannt|nicht vorhanden|inconnu"
    r"|non recens|user not|not an? .{0,40}(?:e-?mail )?users?\b"
    r"|does(?:n.t| not) have an? .{0,60}account|did not exactly match|is not (?:available )?here"
    r"|rejected: address|has moved|not listed in|does not have a final|no matches to"
    r"|not a valid user|no valid recipient",
    re.IGNORECASE,
)


def is_hard(status: str, diagnostic: str, words: str) -> bool:
    """Whether mail to this recipient will never arrive.

    `status` is the report's code, `diagnostic` what the other server said, `words` the text for
    people around the recipient; any may be empty. What nothing speaks for is for now.
    """
    code = _code(diagnostic) or _code(status)
    if code.startswith("4"):
        return False
    said = _verdict(diagnostic)
    if said is not None and (not code or code in _VAGUE_CODES or not code.startswith("5.1")):
        return said
    if code and code not in _VAGUE_CODES:
        return code in _HARD_CODES
    by_words = _verdict(f"{status} {words}")
    if by_words is not None:
        return by_words
    return code in _HARD_CODES


def enhanced_code(status: str, diagnostic: str) -> str:
    """The enhanced code to show, the other server's own first; "" without one."""
    return _code(diagnostic) or _code(status)


def _code(text: str) -> str:
    found = _CODE.search(text)
    return ".".join(found.groups()) if found else ""


def _verdict(text: str) -> bool | None:
    """What the words say: hard, soft, or nothing. Where they say both, the mailbox is there."""
    reply = _REPLY.search(text)
    if reply and reply[1] == "552":  # RFC 5321: exceeded storage allocation
        return False
    if _SOFT_WORDS.search(text):
        return False
    return True if _HARD_WORDS.search(text) else None
