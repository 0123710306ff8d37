"""Recognises our own tracking addresses, also inside the wrappings that gateways put around them.

    https://<own host>[/prefix]/o/<token>.gif   a pixel      /m/<token>.gif  a marker in a draft
    https://<own host>[/prefix]/c/<token>       a link       /u/<token>      the notice's page

The host is compared after parsing, exactly, and the token must check: `track.example.evil.test`
and `evil.test/#https://track.example/c/...` are not ours.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from backend.mail.domains import is_under
from backend.mail.link_rules import LinkRules
from backend.mail.web_address import Fault, WebAddress

PIXEL_KINDS = frozenset("om")
LINK_KINDS = frozenset("cu")
_KINDS = PIXEL_KINDS | LINK_KINDS

# In any case: gateways lower and raise the case of whole addresses (gophish#991, cocalc#294).
_OWN_PATH = re.compile(r"/([omcuOMCU])/([A-Za-z0-9_-]{1,128})(?:\.[A-Za-z]{1,5})?")
_URL_PARAMETER = re.compile(r"(?:^|&)(?:url|u)=([^&]*)")
_DEFENSE_V3 = re.compile(r"/v3/__(.*?)__(?:;|$)", re.DOTALL)
_DEFENSE_V2 = str.maketrans("-_", "%/")
_SAFE_LINKS = frozenset({"safelinks.protection.outlook.com", "safelinks.protection.office365.us"})
_URL_DEFENSE = frozenset({"urldefense.com", "urldefense.proofpoint.com", "urldefense.us"})
_GMAIL_IMAGES = frozenset({"googleusercontent.com"})


@dataclass(frozen=True, slots=True)
class OwnAddress:
    """An address of ours: `kind` is "o", "m", "c" or "u", `token` canonical."""

    kind: str
    token: str
    is_wrapped: bool = False


def own_link(web: WebAddress, rules: LinkRules) -> OwnAddress | None:
    """Our own link that a reader gets to by this address, None if it is somebody else's."""
    own = _own(web, rules, _KINDS)
    if own is not None:
        return own
    inner = _unwrapped(web) if _is_gateway(web.host) else None
    address = WebAddress.parse(inner) if inner else None
    if not isinstance(address, WebAddress):
        return None
    own = _own(address, rules, LINK_KINDS)
    return own and OwnAddress(own.kind, own.token, is_wrapped=True)


def own_pixel(url: str, rules: LinkRules) -> OwnAddress | None:
    """Our own pixel or marker that is shown by this image address, None if it is another image.

    Gmail shows images of quoted mail through its proxy, the original address behind the "#".
    """
    web = WebAddress.parse(url)
    if isinstance(web, Fault):
        return None
    if web.fragment and is_under(web.host, _GMAIL_IMAGES):
        return own_pixel(web.fragment, rules) if "#" not in web.fragment else None
    return _own(web, rules, PIXEL_KINDS)


def _own(web: WebAddress, rules: LinkRules, kinds: frozenset[str]) -> OwnAddress | None:
    if web.site not in rules.own_hosts:
        return None
    ending = "/" + "/".join(web.path.rsplit("/", 2)[1:])
    found = _OWN_PATH.fullmatch(ending)
    kind = found[1].lower() if found else ""
    if found is None or kind not in kinds:
        return None
    token = rules.own_token(kind, found[2])
    return OwnAddress(kind, token) if token else None


@lru_cache(maxsize=1024)
def _is_gateway(host: str) -> bool:
    return is_under(host, _SAFE_LINKS | _URL_DEFENSE)


def _unwrapped(web: WebAddress) -> str | None:
    """The address inside a Microsoft Safe Links or Proofpoint URL Defense one."""
    if is_under(web.host, _SAFE_LINKS):
        found = _URL_PARAMETER.search(web.query)
        return unquote(found[1]) if found else None
    if web.path.startswith("/v2/"):
        found = _URL_PARAMETER.search(web.query)
        return unquote(found[1].translate(_DEFENSE_V2)) if found else None
    found = _DEFENSE_V3.match(f"{web.path}?{web.query}#{web.fragment}")
    return re.sub(r"^(https?:/)(?=[^/])", r"\1/", found[1]) if found else None
