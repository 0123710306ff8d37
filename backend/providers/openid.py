"""OpenID Connect: the code flow with PKCE, and an ID token that is believed only when all fits.

The same for Google and Microsoft, by authlib. State, nonce and verifier come from the caller.
Source: OpenID Connect Core 1.0 section 3.1; RFC 7636; RFC 9207 (`iss` in the answer); RFC 9700.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend import clock
from backend.providers.calls import STEP_S, careful, get_json, session, within
from backend.providers.faults import Away, Refused, refusal

LEEWAY_S = 60
ALGORITHMS = ["RS256"]


@dataclass(frozen=True, slots=True)
class Client:
    """An organisation's client at a provider; `tenant` is Microsoft's, or Google's domain."""

    provider: str
    issuer: str
    client_id: str
    redirect_uri: str
    tenant: str = ""
    secret: str = field(default="", repr=False)
    authority: Path | None = None


@dataclass(frozen=True, slots=True)
class Proofs:
    """What one flow is bound by."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """Who stands at the provider: never known by the address, which may change hands."""

    issuer: str
    subject: str
    address: str
    has_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted; `scopes` are those the user left ticked."""

    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)
    scopes: frozenset[str] = frozenset()


def begin(client: Client, proofs: Proofs, scopes: tuple[str, ...], extra: dict[str, str]) -> str:
    """Where to send the browser. Raises Away, Refused."""
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    address, _ = _session(client, scopes).create_authorization_url(
        metadata_of(client)["authorization_endpoint"],
        state=proofs.state,
        nonce=proofs.nonce,
        code_challenge=create_s256_code_challenge(proofs.verifier),
        code_challenge_method="S256",
        **extra,
    )
    return str(address)


def finish(
    client: Client, proofs: Proofs, answer: dict[str, str], scopes: tuple[str, ...] = ()
) -> tuple[Account, Grant]:
    """Who came back, and with what. Raises Refused, Away; nothing is believed before all fits."""
    if answer.get("error"):
        raise refusal(answer["error"], answer.get("error_description", ""))
    metadata = metadata_of(client)
    if answer.get("iss", metadata["issuer"]) != metadata["issuer"]:
        raise Refused("issuer")
    token = _tokens(client, metadata, proofs, answer.get("code", ""))
    account = account_of(client, metadata, str(token.get("id_token", "")), proofs.nonce)
    granted = token.get("scope", " ".join(scopes))
    grant = Grant(
        refresh_token=str(token.get("refresh_token", "")),
        access_token=str(token.get("access_token", "")),
        scopes=frozenset(str(granted).split()),
    )
    return account, grant


def account_of(client: Client, metadata: dict[str, Any], id_token: str, nonce: str) -> Account:
    """The account an ID token names, if signature and every claim fit. Raises Refused, Away."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    keys: Any = get_json(metadata["jwks_uri"], client.authority, {})
    required = jwt.JWTClaimsRegistry(
        now=lambda: int(clock.wall().timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": client.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)
        required.validate(token.claims)
    except (JoseError, ValueError, TypeError, KeyError):
        raise Refused("id_token") from None
    return _account(client, token.claims)


def _account(client: Client, claims: dict[str, Any]) -> Account:
    if client.provider == "google":
        if client.tenant and claims.get("hd") != client.tenant:
            raise Refused("tenant")
        issuer, subject = str(claims["iss"]), str(claims["sub"])
        address = str(claims.get("email", ""))
    else:
        issuer, subject = str(claims.get("tid", "")), str(claims.get("oid", ""))
        address = str(claims.get("preferred_username", claims.get("email", "")))
        if issuer != client.tenant or not subject:
            raise Refused("tenant")
    methods = claims.get("amr")
    has_factor = isinstance(methods, list) and "mfa" in methods
    return Account(issuer, subject, address, has_factor)


def metadata_of(client: Client) -> dict[str, Any]:
    """The provider's own description; one that names another issuer is not believed."""
    found = get_json(f"{client.issuer}/.well-known/openid-configuration", client.authority, {})
    needed = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if any(not isinstance(found.get(name), str) for name in needed):
        raise Away("problems.provider_odd")
    if found["issuer"] != client.issuer:
        raise Refused("issuer")
    return found


def _tokens(client: Client, metadata: dict[str, Any], proofs: Proofs, code: str) -> dict[str, Any]:
    from authlib.common.errors import AuthlibBaseError
    from requests import RequestException

    if not code:
        raise Refused("code")

    def fetch() -> dict[str, Any]:
        try:
            return dict(
                _session(client, ()).fetch_token(
                    metadata["token_endpoint"],
                    code=code,
                    code_verifier=proofs.verifier,
                    timeout=STEP_S,
                    allow_redirects=False,
                )
            )
        except AuthlibBaseError as error:
            raise refusal(str(error.error), str(error.description)) from None
        except (RequestException, OSError, ValueError, KeyError, TypeError):
            raise Away("problems.provider_odd") from None

    return within(fetch)


def _session(client: Client, scopes: tuple[str, ...]) -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    made = OAuth2Session(
        client.client_id,
        client.secret,
        scope=" ".join(scopes) or None,
        redirect_uri=client.redirect_uri,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 (a method's name)
    )
    return careful(made, client.authority)


def revoke(client: Client, token: str) -> bool:
    """Withdraw a grant at the provider; False where it has no way to (Microsoft) or is away."""
    from requests import RequestException

    try:
        endpoint = metadata_of(client).get("revocation_endpoint")
        if not endpoint:
            return False
        post = session(client.authority).post
        answer = within(lambda: post(endpoint, data={"token": token}, timeout=STEP_S))
    except (Away, Refused, RequestException, OSError):
        return False
    return int(answer.status_code) < 400


def try_client(client: Client) -> None:
    """Nothing, if the provider knows id, secret and redirect address. Raises Refused, Away.

    A code that cannot be right is offered: only a client that is right gets as far as hearing so.
    """
    proofs = Proofs("x" * 43, "x" * 43, "x" * 43)
    try:
        _tokens(client, metadata_of(client), proofs, "telltale-looks-whether-the-client-is-right")
    except Refused as error:
        if error.key != "grant":
            raise
