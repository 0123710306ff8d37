"""One sent mail as a card: its state, its recipients, its links and what happened to it."""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.insights import telling
from backend.web import times
from gmail_addon.asking import Ask
from gmail_addon.cards import rows
from gmail_addon.widgets import (
    Card,
    DecoratedText,
    FixedFooter,
    Header,
    Section,
    bold,
    joined,
    label,
    plain,
)

MOST_LINKS = 15
MOST_HAPPENINGS = 20


def card(ask: Ask, found: Mapping[str, Any], *, is_own: bool) -> Card:
    """The card of a mail's history (what `insights.history.of` returns)."""
    mail = found["stamp"]
    state = telling.state_of_mail(mail)
    subject = telling.shorten(mail["subject"] or ask.t("common.no_subject"), rows.SHORT)
    sections = (
        Section((_summary(ask, mail, state),)),
        Section(tuple(_recipients(ask, found["recipients"])), header=bold(ask.t("recipients"))),
        Section(tuple(_links(ask, found["links"])), header=bold(ask.t("links"))),
        Section(tuple(_happenings(ask, found["items"])), header=bold(ask.t("what_happened"))),
    )
    can_stop = is_own and mail["state"] not in {"stopped", "untracked"}
    return Card(
        header=Header(label(subject), ask.t(f"states.{state}")),
        sections=tuple(section for section in sections if section.widgets),
        name="mail",
        fixed_footer=FixedFooter(
            ask.page("open_in_telltale", f"/console/mail/{mail['id']}"),
            ask.button("stop_tracking", "stop", stamp=mail["id"]) if can_stop else None,
        ),
    )


def _summary(ask: Ask, mail: Mapping[str, Any], state: str) -> DecoratedText:
    sent_at = mail["sent_at"]
    when = times.dated(times.parse(sent_at), ask.here) if sent_at else ask.t("not_known_when")
    counts = (
        ask.t("opens_count", n=mail["open_count"]),
        ask.t("clicks_count", n=mail["click_count"]),
    )
    why = ask.t(f"reasons.{mail['reason']}") if mail["reason"] else ""
    waiting = ask.t("why_waiting") if state == "send_not_confirmed" else ""
    return DecoratedText(
        text=joined(bold(ask.t(f"states.{state}")), plain(" · ".join(counts)), by=" · "),
        top_label=ask.t("sent_at", when=when) if sent_at else when,
        bottom_label=label(why or waiting),
        wrap_text=True,
    )


def _recipients(ask: Ask, recipients: list[Mapping[str, Any]]) -> Iterator[DecoratedText]:
    for each in recipients[: rows.MOST_RECIPIENTS]:
        reason = ask.t(f"reasons.{each['reason']}") if each["reason"] else ""
        yield DecoratedText(
            text=joined(
                bold(each["name"] or each["address"]),
                plain(ask.t(f"states.{each['label']}")),
                by=" · ",
            ),
            bottom_label=label(reason),
            wrap_text=True,
        )
    yield from rows.rest(ask, "more_recipients", len(recipients), rows.MOST_RECIPIENTS)


def _links(ask: Ask, links: list[Mapping[str, Any]]) -> Iterator[DecoratedText]:
    for each in links[:MOST_LINKS]:
        shown = telling.shorten(each["text"].strip() or each["url"], rows.SHORT)
        yield DecoratedText(
            text=plain(shown), bottom_label=ask.t("clicks_count", n=each["click_count"])
        )
    yield from rows.rest(ask, "more_links", len(links), MOST_LINKS)


def _happenings(ask: Ask, items: list[Mapping[str, Any]]) -> Iterator[DecoratedText]:
    for item in items[:MOST_HAPPENINGS]:
        yield rows.explained(ask, item)
    if not items:
        yield rows.note(ask.t("nothing_yet"))
    if len(items) > MOST_HAPPENINGS:
        yield rows.note(ask.t("rest_in_telltale"))
