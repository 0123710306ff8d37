"""Addresses and link texts that are left as they are because a redirect would do harm.

Each table says why. Words of an address are whole path segments, host labels or query names and
values, without "-" and "_", so "reset-password" is found and the article
"how-to-reduce-unsubscribe-rates" is an ordinary link.
"""

import re

# A merge field that another program fills in later; a wrapped one sends everybody to one address.
# Source: https://github.com/mautic/mautic/issues/3825, pull/1310 (2026-11-22). A GUID in braces is
# an ordinary part of a SharePoint address.
PLACEHOLDER = re.compile(
    r"\{\{[^{}]*+\}|\{%[^{}]*+\}|\*\|[^*|]++\|\*|\[\[[^\[\]]++\]\]|<%[^<>]*+>|%%[A-Za-z_][^%]*+%%"
    r"|%7B%7B(?:[^%]|%20){0,60}%7D%7D|%[A-Za-z_]++\.[A-Za-z_.]++%"
    r"|\{(?![0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\})[A-Za-z_$#][\w.$:= -]*+\}",
    re.IGNORECASE,
)

# Refusing must work without us and must not be recorded as interest.
# Source: RFC 8058 section 3: the request has to reach the sender's own address, no redirect.
_UNSUBSCRIBE = frozenset({
    "unsubscribe", "unsub", "unsubscribeme", "unsubscribeall", "unsubscribelink",
    "listunsubscribe", "emailunsubscribe", "mailunsubscribe", "newsunsubscribe",
    "oneclickunsubscribe", "confirmunsubscribe", "unsubscribeconfirm",
    "optout", "emailoptout", "preferencecenter", "preferencescenter",
    "managepreferences", "emailpreferences", "mailpreferences", "updatepreferences",
    "communicationpreferences", "subscriptionpreferences", "managesubscription",
    "managesubscriptions", "emailsubscriptions", "updatesubscription",
    "abmelden", "abbestellen", "austragen", "newsletterabmeldung",
    "desabonnement", "desabonner", "desinscription", "sedesabonner", "sedesinscrire",
    "dardebaja", "darsedebaja", "cancelarsuscripcion", "descadastrar", "cancelarinscricao",
    "disiscriviti", "disiscrizione", "cancellaiscrizione", "afmelden", "uitschrijven",
    "avregistrera", "avmeld", "avmelding", "afmeld", "wypisz", "wypiszsie", "odhlasit",
})  # fmt: skip

# Secrets that work once: a scanner that follows our redirect would use them up.
_ONE_TIME = frozenset({
    "resetpassword", "setpassword", "passwordreset", "passwordrecovery", "passwordforgotten",
    "forgotpassword", "forgottenpassword", "changepassword", "recoverpassword", "createpassword",
    "resetpasswordtoken", "resettoken", "passwordtoken",
    "magiclink", "magiclogin", "magicsignin", "passwordless", "onetimelogin", "onetimelink",
    "onetimepassword", "onetimesecret", "loginlink", "logintoken", "authtoken", "signinlink",
    "signintoken", "otp",
    "verifyemail", "verifyaccount", "verifyaddress", "confirmemail", "confirmaccount",
    "confirmaddress", "confirmregistration", "activateaccount", "accountactivation",
    "validateemail", "emailverification", "emailconfirmation", "activationtoken",
    "confirmationtoken", "invitationtoken", "acceptinvite", "acceptinvitation",
})  # fmt: skip
_AFTER_PASSWORD = frozenset({"reset", "edit", "new", "set", "change", "forgot", "recover"})

# Only addresses with one of these words are compared with the calendars' patterns.
_CALENDAR_WORDS = frozenset({"calendar", "rsvp", "ics", "partstat", "action", "bookwithme"})
# Answers to an invitation: the calendar reads the address itself, and a scanner would answer.
_CALENDAR = re.compile(
    r"^https?://(?:"
    # Google Calendar's Yes / No / Maybe / More options; calendar.google.com and google.com/calendar
    r"(?:calendar|www)\.google\.[a-z.]+/calendar/(?:u/\d+/)?(?:event|r/eventedit)"
    r"|calendar\.google\.[a-z.]+/event\?"
    # Outlook on the web and Bookings
    r"|outlook\.(?:office|office365|live)\.com/(?:calendar|owa/calendar|bookwithme)/"
    r"|outlook\.(?:office|office365|live)\.com/owa/?\?(?:[^#]*&)?path=/calendar"
    r"|calendar\.yahoo\.com/"
    # an event file that a calendar subscribes to or imports
    r"|[^?#]+\.ics(?:$|[?#])"
    r")|[?&](?:action=(?:respond|rsvp|accept|decline|tentative)|rsvp=|partstat=)"
    r"|/rsvp(?:$|[/?#])"
)

_UNSUBSCRIBE_TEXT = re.compile(
    r"unsubscribe|opt[ -]?out|manage (?:your )?(?:email )?preferences|email preferences"
    r"|stop receiving|abmelden|abbestellen|austragen|d[ée]sabonner|d[ée]sinscri"
    r"|darse de baja|cancelar (?:la )?suscripci[óo]n|descadastrar|cancelar (?:a )?inscri[çc][ãa]o"
    r"|disiscri|annulla (?:l')?iscrizione|afmelden|uitschrijven|avregistrera|avmeld"
    r"|wypisz|отписаться|配信停止|登録解除|退订|取消订阅"
)
_PARTED = bytes.maketrans(b"?&=.#;:", b"///////")
_MOST_WORDS_OF_A_COMMAND = 12  # a longer link text speaks about unsubscribing


def words_of(url: str) -> frozenset[str]:
    """The words of an address, lower-case, without the hyphens and underscores in them."""
    # As bytes in two thirds of the time that texts take; what is not ASCII parts no words.
    joined = url.lower().encode(errors="surrogatepass").translate(_PARTED, b"-_")
    return frozenset(joined.decode(errors="surrogatepass").split("/"))


def unsubscribes(words: frozenset[str], text: str) -> bool:
    """True for a link that ends or changes a subscription, by its address or its text."""
    if not words.isdisjoint(_UNSUBSCRIBE):
        return True
    found = _UNSUBSCRIBE_TEXT.search(text.lower())
    return found is not None and len(text.split()) <= _MOST_WORDS_OF_A_COMMAND


def answers_an_invitation(words: frozenset[str], url: str) -> bool:
    """True for an answer to a meeting request, an event in a web calendar, an event file."""
    return not words.isdisjoint(_CALENDAR_WORDS) and _CALENDAR.search(url.lower()) is not None


def works_once(words: frozenset[str]) -> bool:
    """True for a password reset, a magic login, a confirmation of an address and the like."""
    if "password" in words and not words.isdisjoint(_AFTER_PASSWORD):
        return True
    return not words.isdisjoint(_ONE_TIME)
