"""The rows that several cards share: an engagement, a person, a switch."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from backend.insights import telling
from backend.web import times
from gmail_addon.asking import ROOT, Ask
from gmail_addon.widgets import DecoratedText, Icon, Section, bold, joined, label, plain

# Gmail keeps a card's pictures for as long as it likes: a changed picture needs a new number.
ICONS_VERSION = 1
MOST_RECIPIENTS = 20  # of one mail
SHORT = 120  # characters of a subject or a link's text
_AUTOMATIC = "automatic"


def happening(ask: Ask, item: Mapping[str, Any]) -> DecoratedText:
    """One Feed item: who, what, in which mail, when; a press shows the mail."""
    who = telling.who_of(item, ask.language)
    subject = item["stamp"]["subject"] or ask.t("common.no_subject")
    return DecoratedText(
        text=joined(
            bold(telling.label_of(item, ask.language)),
            plain(telling.shorten(subject, SHORT)),
            by=" · ",
        ),
        top_label=label(ask.t("new_who", who=who) if item.get("unread") else who),
        bottom_label=label(" · ".join(_facts(ask, item))),
        start_icon=icon(ask, _picture(item)),
        wrap_text=True,
        on_click=ask.press("mail", stamp=item["stamp"]["id"]),
    )


def explained(ask: Ask, item: Mapping[str, Any]) -> DecoratedText:
    """One engagement of a mail that is open already, with the reasons of its verdict."""
    reasons = (ask.t(f"reasons.{reason}") for reason in item["reasons"])
    return DecoratedText(
        text=joined(bold(telling.label_of(item, ask.language)), plain(" ".join(reasons)), by=" · "),
        top_label=label(telling.who_of(item, ask.language)),
        bottom_label=label(" · ".join(_facts(ask, item))),
        start_icon=icon(ask, _picture(item)),
        wrap_text=True,
    )


def by_day(ask: Ask, items: Iterable[Mapping[str, Any]]) -> Iterator[Section]:
    """A section for each day, its items in the order they came."""
    for title, of_day in times.by_day(items, ask.here):
        rows = tuple(happening(ask, item) for item in of_day)
        yield Section(rows, header=bold(title))


def icon(ask: Ask, name: str) -> Icon:
    """A picture of ours with its words."""
    return Icon(
        ask.addon.address(f"{ROOT}/icons/{name}-{ICONS_VERSION}.png"), ask.t(f"icon_{name}")
    )


def rest(ask: Ask, key: str, count: int, most: int) -> Iterator[DecoratedText]:
    """A row that says how many of `count` are not shown, if any."""
    if count > most:
        yield note(ask.t(key, n=count - most))


def note(text: str) -> DecoratedText:
    """A plain row of words."""
    return DecoratedText(text=plain(text), wrap_text=True)


def _facts(ask: Ask, item: Mapping[str, Any]) -> Iterator[str]:
    yield times.near(times.parse(item["occurred_at"]), ask.here)
    if device := telling.device_of(item, ask.language):
        yield device
    if item["repeats"]:
        yield ask.t("loaded_times", n=item["repeats"] + 1)
    yield from (
        ask.t(f"common.hints.{hint}") for hint in item["hints"] if hint == "maybe_forwarded"
    )


def _picture(item: Mapping[str, Any]) -> str:
    if item["verdict"] == "self":
        return "you"
    return item["kind"] if item["counted"] else _AUTOMATIC
