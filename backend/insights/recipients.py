"""What is known of each recipient of a mail: exactly one state (requirement R24)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend import db
from backend.insights.telling import open_word

STRONGEST = (  # the state words of a recipient, the one that says most first
    "replied",
    "bounced_for_good",
    "clicked",
    "likely_opened",
    "possibly_opened",
    "opened_inferred",
    "bounced_for_now",
    "no_signal",
    "not_measurable",
)


class RecipientState(StrEnum):
    """Opened, no signal so far, or nothing can be known (with the reason)."""

    OPENED = "opened"
    NO_SIGNAL = "no_signal"
    NOT_MEASURABLE = "not_measurable"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a mail with her state; `sender_id` is the user who sent it."""

    message_id: str
    address: str
    name: str
    role: str
    person_id: str | None
    sender_id: str
    state: RecipientState
    reason: str


def of_messages(
    message_ids: Sequence[str], viewer_id: str | None = None
) -> dict[str, list[dict[str, Any]]]:
    """Recipients in their order by message id: address, name, role, state, reason, is_inferred.

    `label` is the key of the strongest state word that holds of her. For a viewer, who got a blind
    copy is told of her own mail alone.
    """
    engaged, answers = engaged_addresses(message_ids), _answers(message_ids)
    by_message: dict[str, list[dict[str, Any]]] = {}
    for each in states_of(message_ids, engaged):
        if each.role == "bcc" and viewer_id not in {None, each.sender_id}:
            continue
        kinds = engaged.get((each.message_id, each.address), {})
        told = answers[each.message_id, each.address] | answers[each.message_id, each.person_id]
        by_message.setdefault(each.message_id, []).append(
            {
                "address": each.address,
                "name": each.name,
                "role": each.role,
                "person_id": each.person_id,
                "state": each.state,
                "reason": each.reason,
                "is_inferred": each.state is RecipientState.OPENED and "open" not in kinds,
                "confidence": kinds.get("open"),
                "label": _label(each.state, kinds, told),
            }
        )
    return by_message


def states_of(
    message_ids: Sequence[str], engaged: Mapping[tuple[str, str], Mapping[str, float]]
) -> list[Recipient]:
    """Every recipient of these mails in their order, by what `engaged_addresses` found of them."""
    found = []
    for row in db.rows(
        "SELECT t.message_id, t.address, t.name, t.role, t.person_id, t.decision, t.reason,"
        " s.state, s.reason, s.opens, s.links, s.is_per_recipient, s.is_aggregate, p.name,"
        " s.user_id, count(*) OVER (PARTITION BY t.message_id)"
        " FROM participant t JOIN stamp s ON s.message_id = t.message_id"
        " LEFT JOIN person p ON p.id = t.person_id"
        f" WHERE t.message_id {db.among('uuid')} AND t.role <> 'from' ORDER BY t.position",
        [db.many(message_ids)],
    ):
        message_id, address, name, role, person_id, *facts, person_name, sender_id, total = row
        state = _state(facts, total, engaged.get((message_id, address), {}))
        who = (message_id, address, person_name or name or "", role, person_id, sender_id)
        found.append(Recipient(*who, *state))
    return found


def open_confidence(message_ids: Sequence[str]) -> dict[str, float]:
    """The confidence of the surest counted open by message id; who has none is not in it."""
    return {
        message_id: round(confidence, 2)
        for message_id, confidence in db.rows(
            "SELECT s.message_id, max(e.confidence) FROM stamp s"
            " JOIN engagement e ON e.stamp_id = s.id AND e.is_counted AND e.kind = 'open'"
            f" WHERE s.message_id {db.among('uuid')} GROUP BY s.message_id",
            [db.many(message_ids)],
        )
    }


def engaged_addresses(message_ids: Sequence[str]) -> dict[tuple[str, str], dict[str, float]]:
    """The best confidence of counted engagements by kind, for each (message, address).

    Only where a copy has one address.
    """
    found: dict[tuple[str, str], dict[str, float]] = {}
    for message_id, address, kind, confidence in db.rows(
        "SELECT s.message_id, c.address, e.kind, max(e.confidence) FROM stamp s"
        " JOIN stamp_copy c ON c.stamp_id = s.id JOIN engagement e ON e.stamp_id = s.id"
        " AND e.copy_id = c.id AND e.is_counted"
        f" WHERE s.message_id {db.among('uuid')} AND c.address IS NOT NULL"
        " GROUP BY s.message_id, c.address, e.kind",
        [db.many(message_ids)],
    ):
        found.setdefault((message_id, address), {})[kind] = round(confidence, 2)
    return found


def _answers(message_ids: Sequence[str]) -> defaultdict[tuple[str, str | None], set[str]]:
    """The state words of replies and bounces, for each (message, address or person) they came of.

    They name who they came of, whoever else shares the picture.
    """
    found: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)
    for message_id, address, person_id, kind, reasons in db.rows(
        "SELECT s.message_id, c.address, e.person_id, e.kind, e.reasons FROM stamp s"
        " JOIN engagement e ON e.stamp_id = s.id AND e.kind IN ('reply', 'bounce')"
        " JOIN stamp_copy c ON c.id = e.copy_id"
        f" WHERE s.message_id {db.among('uuid')}",
        [db.many(message_ids)],
    ):
        passing = "bounced_for_now" in reasons
        word = "replied" if kind == "reply" else f"bounced_for_{'now' if passing else 'good'}"
        for who in {address, person_id} - {None}:
            found[message_id, who].add(word)
    return found


def _label(state: RecipientState, kinds: Mapping[str, float], told: Set[str]) -> str:
    words = {
        "clicked": "click" in kinds,
        open_word(kinds.get("open")): "open" in kinds,
        "opened_inferred": state is RecipientState.OPENED,
        str(state): state is not RecipientState.OPENED,
    }
    return min({*told, *(word for word, holds in words.items() if holds)}, key=STRONGEST.index)


def _state(
    facts: Sequence[Any], total: int, kinds: Mapping[str, float]
) -> tuple[RecipientState, str]:
    decision, decision_reason, state, stamp_reason, opens, links, has_own, is_aggregate = facts
    if kinds.keys() & {"open", "click", "reply"}:
        return RecipientState.OPENED, ""
    obstacles = (
        (decision == "leave", decision_reason),
        (state == "untracked", stamp_reason),
        (state == "stopped", "stopped"),
        (is_aggregate, "counted_without_person"),
        (total > 1 and not has_own, "shared_pixel"),
        (not opens and not links, "switched_off"),
    )
    for applies, reason in obstacles:
        if applies:
            return RecipientState.NOT_MEASURABLE, reason
    return RecipientState.NO_SIGNAL, ""
