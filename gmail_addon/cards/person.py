"""Who is behind an address, as a card: the contact or lead, in numbers and in time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.insights import telling
from backend.people.details import Found
from backend.web import times
from gmail_addon.asking import Ask
from gmail_addon.cards import rows
from gmail_addon.widgets import (
    Button,
    ButtonList,
    Card,
    DecoratedText,
    Divider,
    FixedFooter,
    Header,
    Section,
    TextInput,
    Widget,
    bold,
    joined,
    label,
    plain,
)

MOST_PEOPLE = 3


@dataclass(frozen=True, slots=True)
class Known:
    """A person with the newest of our mail to her and of what happened to it."""

    person: Found
    mails: Sequence[Mapping[str, Any]]
    items: Sequence[Mapping[str, Any]]


def card(ask: Ask, address: str, people: Sequence[Known]) -> Card:
    """The people at that address; nobody: how to add one."""
    sections = [section for each in people[:MOST_PEOPLE] for section in _person(ask, each)]
    if not people:
        sections = [_add(ask, address)]
    elif len(people) > MOST_PEOPLE:
        sections.append(Section((rows.note(ask.t("more_people", n=len(people) - MOST_PEOPLE)),)))
    title = people[0].person.name if people else ask.t("not_known_yet")
    return Card(
        header=Header(label(title), label(address)),
        sections=tuple(sections),
        name="person",
        fixed_footer=FixedFooter(ask.page("open_telltale", "/console/feed")),
    )


def adding(ask: Ask, address: str, name: str) -> Card:
    """The form by which a contact or lead is added."""
    fields: tuple[Widget, ...] = (
        rows.note(address),
        TextInput("name", ask.t("name"), value=name),
        TextInput("company", ask.t("company")),
        ButtonList(
            (
                ask.button("add_contact", "add_person", address=address, kind="contact"),
                ask.button("add_lead", "add_person", address=address, kind="lead"),
            )
        ),
    )
    return Card(Header(ask.t("add_person"), label(address)), (Section(fields),), name="adding")


def _add(ask: Ask, address: str) -> Section:
    button: Button = ask.button("add_person", "adding", address=address)
    return Section((rows.note(ask.t("nobody_at_address")), ButtonList((button,))))


def _person(ask: Ask, known: Known) -> Iterator[Section]:
    yield Section((_identity(ask, known.person), *_numbers(ask, known)))
    yield Section(tuple(_timeline(ask, known)), header=bold(ask.t("timeline")))


def _identity(ask: Ask, person: Found) -> DecoratedText:
    company = person.company or (person.account.name if person.account else "")
    owner = ask.t("looked_after_by", name=person.owner.name) if person.owner else ""
    refusal = ask.t("reasons.do_not_track") if person.do_not_track else ""
    return DecoratedText(
        text=joined(bold(person.name), plain(company), by=" · "),
        top_label=ask.t(f"kind_{person.kind}"),
        bottom_label=label(" · ".join(filter(None, (owner, refusal)))),
        start_icon=rows.icon(ask, "person"),
        wrap_text=True,
    )


def _numbers(ask: Ask, known: Known) -> Iterator[Widget]:
    """The last mails to this person, counted; one nobody has confirmed to be sent is none yet."""
    mails = [each for each in known.mails if each["sent_at"]]
    waiting = len(known.mails) - len(mails)
    if not mails:
        yield rows.note(ask.t("waiting_count", n=waiting) if waiting else ask.t("no_mail_yet"))
        return
    yield Divider()
    counts = (
        ask.t("mails_count", n=len(mails)),
        ask.t("opened_count", n=sum(each["is_opened"] for each in mails)),
        ask.t("clicked_count", n=sum(each["click_count"] > 0 for each in mails)),
        ask.t("replied_count", n=sum(each["replied_at"] is not None for each in mails)),
    )
    last = times.dated(times.parse(max(each["sent_at"] for each in mails)), ask.here)
    facts = (
        ask.t("last_sent", when=last),
        ask.t("waiting_count", n=waiting) if waiting else "",
    )
    yield DecoratedText(
        text=plain(" · ".join(counts)),
        top_label=ask.t("last_mails"),
        bottom_label=label(" · ".join(filter(None, facts))),
        wrap_text=True,
    )


def _timeline(ask: Ask, known: Known) -> Iterator[DecoratedText]:
    for item in known.items:
        yield rows.happening(ask, item)
    for mail in known.mails if not known.items else ():
        yield DecoratedText(
            text=plain(mail["subject"] or ask.t("common.no_subject")),
            bottom_label=ask.t(f"states.{telling.state_of_mail(mail)}"),
            on_click=ask.press("mail", stamp=mail["id"]),
            wrap_text=True,
        )
    if not known.items and not known.mails:
        yield rows.note(ask.t("nothing_yet"))
