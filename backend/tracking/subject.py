"""One hit with what the rules ask of it worked out once."""

from dataclasses import dataclass

from backend.tracking.facts import CLICK
from backend.tracking.lists import Certainty, Role, Scope
from backend.tracking.signatures import Meaning, meanings
from backend.tracking.verdicts import Facts, Sending, Tuning


@dataclass(frozen=True, slots=True)
class Around:
    """What the hits of one stamp say about each other; ids are hit ids."""

    self_viewed: frozenset[str] = frozenset()
    beside_marker: frozenset[str] = frozenset()
    in_burst: frozenset[str] = frozenset()
    near_burst: frozenset[str] = frozenset()
    near_honeypot: frozenset[str] = frozenset()

    def has(self, hit_id: str) -> bool:
        """Whether any of it is about that hit."""
        return self is not NOTHING and (
            hit_id in self.self_viewed
            or hit_id in self.beside_marker
            or hit_id in self.in_burst
            or hit_id in self.near_burst
            or hit_id in self.near_honeypot
        )


NOTHING = Around()


@dataclass(slots=True)
class Subject:
    """The hit under judgement.

    `delay_s` is the time since the send, never below 0 but for a hit that came clearly before it.
    `human_click` is an earlier click on the same link that looks like a person's, if one lies
    within the recheck window.
    """

    hit: Facts
    sending: Sending
    tuning: Tuning
    around: Around
    meanings: frozenset[Meaning]
    delay_s: float
    is_click: bool
    human_click: Facts | None = None

    @classmethod
    def of(cls, hit: Facts, sending: Sending, tuning: Tuning, around: Around) -> "Subject":
        """The subject of a hit; without a confirmed send the delay is 0 and means nothing."""
        delay_s = 0.0
        if sending.sent_at is not None:
            delay_s = (hit.received_at - sending.sent_at).total_seconds()
            if -tuning.clock_skew_s <= delay_s < 0:
                delay_s = 0.0
        return cls(
            hit=hit,
            sending=sending,
            tuning=tuning,
            around=around,
            meanings=meanings(hit.agent.traits),
            delay_s=delay_s,
            is_click=hit.kind is CLICK,
        )

    def is_from(self, role: Role, *asns: frozenset[int]) -> bool:
        """Whether a list of that role, or one of these networks, holds the address."""
        network = self.hit.network
        infos = self.tuning.lists
        if any(one in infos and infos[one].role is role for one in network.lists):
            return True
        return network.asn is not None and any(network.asn in some for some in asns)

    def is_scanner_network(self, certainty: Certainty) -> bool:
        """Whether a scanner list of that certainty holds the address and may judge this hit."""
        infos = [self.tuning.lists.get(name) for name in self.hit.network.lists]
        return any(
            info.role is Role.SCANNER
            and info.certainty is certainty
            and (self.is_click or info.scope is Scope.ALL)
            for info in infos
            if info
        )
