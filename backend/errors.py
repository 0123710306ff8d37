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

A detail is one sentence that says what is wrong and what to do next. It never carries a token,
a code, an address or a mail body. `backend.web.problems` turns these into RFC 9457 problems.
"""

from http import HTTPStatus
from typing import ClassVar


class TelltaleError(Exception):
    """Root of our own errors; `detail` is a sentence for the person who sees it."""

    status: ClassVar[int] = HTTPStatus.INTERNAL_SERVER_ERROR
    title: ClassVar[str] = "Something went wrong"
    slug: ClassVar[str] = "internal"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Invalid(TelltaleError):
    """The request is well formed but asks for something that cannot be."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    title = "The request cannot be carried out"
    slug = "invalid"


class NotSignedIn(TelltaleError):
    """No token or session, or one that is over."""

    status = HTTPStatus.UNAUTHORIZED
    title = "Not signed in"
    slug = "not-signed-in"


class Forbidden(TelltaleError):
    """Known, but without the role or scope this needs."""

    status = HTTPStatus.FORBIDDEN
    title = "Not allowed"
    slug = "forbidden"


class FactorNeeded(Forbidden):
    """An admin's session that has not shown a second factor."""

    title = "A second factor is needed"
    slug = "factor-needed"


class ConfirmNeeded(Forbidden):
    """A dangerous act whose session was proven too long ago."""

    title = "Confirm that it is you"
    slug = "confirm-needed"


class NotFound(TelltaleError):
    """There is no such thing for this caller; foreign and unknown look alike."""

    status = HTTPStatus.NOT_FOUND
    title = "Not found"
    slug = "not-found"


class Conflict(TelltaleError):
    """The thing is past the point where this could be done."""

    status = HTTPStatus.CONFLICT
    title = "Conflict"
    slug = "conflict"


class TooLarge(TelltaleError):
    """The body is larger than what this route takes."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    title = "Too large"
    slug = "too-large"


class UnsupportedMedia(TelltaleError):
    """A body of another kind than the route takes."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    title = "Unsupported media type"
    slug = "unsupported-media-type"


class TooManyTries(TelltaleError):
    """Tried too often in too short a time."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    title = "Too many tries"
    slug = "too-many-tries"


class Unavailable(TelltaleError):
    """A part this needs does not answer now."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    title = "Unavailable for now"
    slug = "unavailable"


class SettingsError(TelltaleError):
    """One or more settings cannot work; `detail` holds one line for each."""

    title = "Bad settings"
    slug = "settings"
