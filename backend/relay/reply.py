"""An answer of SMTP: what the smarthost says, and what the peer is told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its code, and its lines as they came."""

    code: int
    lines: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        """Whether it is done: 2xx."""
        return 200 <= self.code < 300

    @property
    def is_final(self) -> bool:
        """Whether asking again will not help: 5xx."""
        return self.code >= 500

    def __str__(self) -> str:
        """The answer as it goes on to the peer."""
        last = len(self.lines) - 1
        return "\r\n".join(
            f"{self.code}{' ' if number == last else '-'}{line}"
            for number, line in enumerate(self.lines)
        )
