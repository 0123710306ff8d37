"""Which language a person is spoken to in."""

from backend.words import Language

SYSTEM = "system"  # what the browser asks for

_KNOWN = {each.value: each for each in Language}


def chosen(preference: str, accepted: str) -> Language:
    """The preference if it names a language, else the best of an Accept-Language, else English."""
    if preference in _KNOWN:
        return _KNOWN[preference]
    wanted = sorted(_weighed(accepted), key=lambda each: -each[1])
    return next(
        (_KNOWN[name] for name, weight in wanted if weight > 0 and name in _KNOWN), Language.EN
    )


def _weighed(accepted: str) -> list[tuple[str, float]]:
    """The languages of an Accept-Language without their regions, each with its weight."""
    found = []
    for part in accepted[:500].lower().split(","):
        tag, _, weight = part.partition(";q=")
        found.append((tag.strip().partition("-")[0], _number(weight)))
    return found


def _number(weight: str) -> float:
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
