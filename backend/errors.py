"""Every way Telltale says no.

    TelltaleError
      Invalid           422  the request is understood and wrong
      NotSignedIn       401  no valid token or session
      Forbidden         403  signed in, but not allowed
        FactorNeeded    403  an admin without a second factor
        ConfirmNeeded   403  signed in too long ago for something dangerous
      NotFound          404  no such thing, or not yours (the same answer for both)
      Conflict          409  the thing has moved on
      TooLarge          413  more bytes than are taken
      UnsupportedMedia  415  a body of another kind than is taken
      TooManyTries      429  wait before the next try
      Unavailable       503  a part we need is away; try again
      SettingsError          the settings cannot work (stops the start)

Each carries one sentence of backend/words that says what is wrong and what to do next, and is told
in the language of whoever sees it; what only an operator sees in a terminal or a log is an English
sentence at once. It never carries a token, a code, an address or a mail body. The title of each
kind is `errors.<slug>`. `backend.web.problems` turns these into RFC 9457 problems.
"""

from http import HTTPStatus
from typing import ClassVar

from backend.words.sentence import Sentence


class TelltaleError(Exception):
    """Root of our own errors; `sentence` is for who sees it, `detail` says it in English."""

    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR
    slug: str = "internal"

    def __init__(self, said: str | Sentence, /, **slots: object) -> None:
        self.sentence = said if isinstance(said, Sentence) else Sentence(said, slots)
        self.detail = self.sentence.told()
        super().__init__(self.detail)

    def told(self, language: str) -> str:
        """The sentence in that language."""
        return self.sentence.told(language)


class Invalid(TelltaleError):
    """The request is well formed but asks for something that cannot be."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug = "invalid"


class NotSignedIn(TelltaleError):
    """No token or session, or one that is over."""

    status = HTTPStatus.UNAUTHORIZED
    slug = "not-signed-in"


class Forbidden(TelltaleError):
    """Known, but without the role or scope this needs."""

    status = HTTPStatus.FORBIDDEN
    slug = "forbidden"


class FactorNeeded(Forbidden):
    """An admin's session that has not shown a second factor."""

    slug = "factor-needed"


class ConfirmNeeded(Forbidden):
    """A dangerous act whose session was proven too long ago."""

    slug = "confirm-needed"


class NotFound(TelltaleError):
    """There is no such thing for this caller; foreign and unknown look alike."""

    status = HTTPStatus.NOT_FOUND
    slug = "not-found"


class Conflict(TelltaleError):
    """The thing is past the point where this could be done."""

    status = HTTPStatus.CONFLICT
    slug = "conflict"


class TooLarge(TelltaleError):
    """The body is larger than what this route takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    slug = "too-large"


class UnsupportedMedia(TelltaleError):
    """A body of another kind than the route takes."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    slug = "unsupported-media-type"


class TooManyTries(TelltaleError):
    """Tried too often in too short a time; after `again_s` seconds there is another try."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    slug = "too-many-tries"
    again_s: ClassVar[int] = 15 * 60


class Unavailable(TelltaleError):
    """A part this needs does not answer now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    slug = "unavailable"


class SettingsError(TelltaleError):
    """One or more settings cannot work; `detail` holds one line for each."""

    slug = "settings"


class Unfit(ValueError):
    """A value that cannot be; `sentence` says what it must be, after the name of its field."""

    def __init__(self, said: str | Sentence, /, **slots: object) -> None:
        self.sentence = said if isinstance(said, Sentence) else Sentence(said, slots)
        super().__init__(self.sentence.told())
