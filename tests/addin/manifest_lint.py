"""What Microsoft's schema does not catch in a manifest (each was tried): one sentence a fault."""

import re
import struct
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.processes import ROOT

STATIC = ROOT / "addin" / "static"
# Source: https://learn.microsoft.com/office/dev/add-ins/develop/event-based-activation (2026-08).
EVENTS = {
    "OnNewMessageCompose",
    "OnMessageCompose",
    "OnMessageRecipientsChanged",
    "OnMessageFromChanged",
    "OnMessageSend",
}
SIZES = {"16", "32", "80"}
MOBILE = {(size, scale) for size in ("25", "32", "48") for scale in ("1", "2", "3")}
LISTED = {"IconUrl": 64, "HighResolutionIconUrl": 128}


class Manifest:
    """A manifest's text, read so that it can be asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = ET.fromstring(text)

    def all(self, name: str) -> Iterator[ET.Element]:
        """Every element of that name, in whatever namespace."""
        return (element for element in self.root.iter() if element.tag.rpartition("}")[2] == name)

    def urls(self) -> dict[str, set[str]]:
        """The addresses by their ids."""
        found: dict[str, set[str]] = {}
        for name in ("Url", "Image"):
            for element in self.all(name):
                if "id" in element.attrib:
                    found.setdefault(element.get("id"), set()).add(element.get("DefaultValue"))
        return found


def faults(manifest: Manifest, events_js: str) -> list[str]:
    """Everything that is wrong with it."""
    checks = (addresses, references, icons, pictures, events, files, version, limits)
    found = [fault for check in checks for fault in check(manifest)]
    return found + [
        f"{name} is never associated in events.js"
        for name in functions(manifest)
        if not re.search(rf'(associate|on)\("{name}"', events_js)
    ]


def functions(manifest: Manifest) -> set[str]:
    """The names that the handler's script must know."""
    launched = {element.get("FunctionName", "") for element in manifest.all("LaunchEvent")}
    return launched | {element.text or "" for element in manifest.all("FunctionName")}


def addresses(manifest: Manifest) -> Iterator[str]:
    """Every address is a whole one on https, every domain an origin."""
    given = {url for urls in manifest.urls().values() for url in urls}
    for name in ("IconUrl", "HighResolutionIconUrl", "SupportUrl", "SourceLocation"):
        given |= {element.get("DefaultValue") for element in manifest.all(name)} - {None}
    for url in sorted(given):
        if not re.match(r"https://[^/]+/", url):
            yield f"{url} is no whole https address"
    for element in manifest.all("AppDomain"):
        if urlsplit(element.text).path:
            yield f"AppDomain {element.text} has a path or a slash"


def references(manifest: Manifest) -> Iterator[str]:
    """Every resid names a resource; the handler's page is the runtime's."""
    known = set(manifest.urls()) | {element.get("id", "") for element in manifest.all("String")}
    used = {element.get("resid", "") for element in manifest.root.iter()} - {""}
    yield from (f"resid {name} leads nowhere" for name in sorted(used - known))
    yield from (f"resid {name} is longer than 32" for name in sorted(used) if len(name) > 32)
    runtimes = {element.get("resid") for element in manifest.all("Runtime")}
    for point in manifest.all("ExtensionPoint"):
        if point.get("{http://www.w3.org/2001/XMLSchema-instance}type") == "LaunchEvent":
            source = next(each for each in point if each.tag.endswith("SourceLocation"))
            if source.get("resid") not in runtimes:
                yield "the events' page is not the runtime's"


def icons(manifest: Manifest) -> Iterator[str]:
    """Every button has all sizes."""
    for icon in manifest.all("Icon"):
        sizes = {(image.get("size"), image.get("scale")) for image in icon}
        plain = {size for size, scale in sizes if scale is None}
        if not (plain >= SIZES or sizes >= MOBILE):
            yield f"an icon has only {sorted(map(str, sizes))}"


def pictures(manifest: Manifest) -> Iterator[str]:
    """Each size has a picture of that size, and so has the list of add-ins.

    That a picture's name says its true size is `files`' to see.
    """
    urls = manifest.urls()
    for image in (image for icon in manifest.all("Icon") for image in icon):
        pixels = int(image.get("size", "0")) * int(image.get("scale", "1"))
        for url in urls.get(image.get("resid", ""), ()):
            if not url.endswith(f"-{pixels}.png"):
                yield f"{url} where {pixels} pixels are asked for"
    for name, pixels in LISTED.items():
        for element in manifest.all(name):
            if not element.get("DefaultValue", "").endswith(f"/icon-{pixels}.png"):
                yield f"{name} is not the picture of {pixels} pixels"


def events(manifest: Manifest) -> Iterator[str]:
    """Only events there are, each once in a form factor; the one at send asks its user."""
    for factor in ("DesktopFormFactor", "MobileFormFactor"):
        for part in manifest.all(factor):
            types = Counter(
                element.get("Type")
                for element in part.iter()
                if element.tag.endswith("}LaunchEvent")
            )
            yield from (f"{name} is no event" for name in types if name not in EVENTS)
            yield from (f"{name} is there {n} times" for name, n in types.items() if n > 1)
            if factor == "MobileFormFactor" and "OnMessageSend" in types:
                yield "no phone has OnMessageSend"
    for element in manifest.all("LaunchEvent"):
        if element.get("Type") == "OnMessageSend" and element.get("SendMode") != "PromptUser":
            yield "OnMessageSend must ask its user: SendMode PromptUser"


def files(manifest: Manifest) -> Iterator[str]:
    """Every file is there, every picture of the size it is said to have."""
    for urls in manifest.urls().values():
        for url in urls:
            name = url.partition("/addin/")[2]
            if not (STATIC / name).exists():
                yield f"{name} does not exist"
            elif name.endswith(".png") and size_of(name) != re.search(r"-(\d+)\.png", name)[1]:
                yield f"{name} is {size_of(name)} pixels wide"


def size_of(name: str) -> str:
    """The width of a square PNG in pixels."""
    head = (STATIC / name).read_bytes()[:24]
    width, height = struct.unpack(">II", head[16:24])
    return str(width) if width == height else f"{width}x{height}"


def version(manifest: Manifest) -> Iterator[str]:
    """A version has four numbers."""
    for element in manifest.all("Version"):
        if not re.fullmatch(r"\d{1,5}(\.\d{1,5}){3}", element.text or ""):
            yield f"{element.text} is no version"


def limits(manifest: Manifest) -> Iterator[str]:
    """Texts within the lengths that Outlook shows; the whole below 256 KB."""
    if len(manifest.text.encode()) >= 256 * 1024:
        yield "the manifest is 256 KB or longer"
    for element in manifest.all("Description"):
        texts = [element.get("DefaultValue", "")] + [each.get("Value", "") for each in element]
        yield from (f"a description of {len(text)}" for text in texts if len(text) > 250)
    for list_name, most in (("ShortStrings", 125), ("LongStrings", 250)):
        for parent in manifest.all(list_name):
            for each in parent.iter():
                text = each.get("DefaultValue") or each.get("Value") or ""
                if len(text) > most:
                    yield f"a text of {len(text)} among the {list_name}"
