"""A user's second factor: enrolled by a first code, used once a code; and recovery codes."""

import secrets

from backend import clock, db
from backend.access import totp
from backend.access.safe import Owner, Safe
from backend.models.access import hash_of
from backend.models.credentials import Credential, RecoveryCode
from backend.models.org import User

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_LENGTH = 16  # 79 bits
_TOTP = "totp"


def is_on(user_id: str) -> bool:
    """Whether the user has a confirmed second factor."""
    return bool(
        Credential.select()
        .where(Credential.user_id == user_id, Credential.totp_confirmed_at.is_null(False))
        .exists()
    )


def confirm(user: User, safe: Safe, secret: str, code: str) -> list[str] | None:
    """Switch it on with a first code; returns the recovery codes, the only time they are seen.

    None if the code is wrong, or if it is on already.
    """
    step = totp.matching_step(secret, code, clock.wall(), after=0)
    if step is None:
        return None
    credential_of(user)
    with db.transaction():
        # Of two that bring a first code at once, each of a secret of its own, one switches it on.
        switched_on = Credential.update(totp_confirmed_at=clock.wall(), totp_step=step).where(
            Credential.user_id == user.id, Credential.totp_confirmed_at.is_null()
        )
        if not switched_on.execute():
            return None
        safe.put(_owner(user), _TOTP, secret)
        return new_recovery_codes(user)


def passes(user: User, safe: Safe, code: str) -> bool:
    """Whether that is the present code, or a recovery code; either is used up by this."""
    return is_on(user.id) and (_use_code(user, safe, code) or _use_recovery_code(user, code))


def switch_off(user: User, safe: Safe) -> None:
    """Forget the factor and its recovery codes."""
    with db.transaction():
        Credential.update(totp_confirmed_at=None, totp_step=0).where(
            Credential.user_id == user.id
        ).execute()
        RecoveryCode.delete().where(RecoveryCode.user_id == user.id).execute()
        safe.drop(_owner(user))


def new_recovery_codes(user: User) -> list[str]:
    """Ten new ones; the old ones end."""
    codes = [
        "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH)) for _ in range(RECOVERY_CODES)
    ]
    with db.transaction():
        held(user)  # who asks twice at once would keep twenty
        RecoveryCode.delete().where(RecoveryCode.user_id == user.id).execute()
        for code in codes:
            RecoveryCode.create(org_id=user.org_id, user_id=user.id, hash=hash_of(code))
    return ["-".join(code[at : at + 4] for at in range(0, _LENGTH, 4)) for code in codes]


def recovery_codes_left(user_id: str) -> int:
    """How many are unused."""
    unused = RecoveryCode.used_at.is_null()
    return int(RecoveryCode.select().where(RecoveryCode.user_id == user_id, unused).count())


def credential_of(user: User) -> Credential:
    """The user's credential, made empty if there is none."""
    db.execute(
        "INSERT INTO credential (id, org_id, user_id) VALUES (%s, %s, %s)"
        " ON CONFLICT (user_id) DO NOTHING",
        [clock.new_id(), user.org_id, user.id],
    )
    found: Credential = Credential.get(Credential.user_id == user.id)
    return found


def held(user: User) -> Credential:
    """The same as it is now, nobody else's to change until the transaction ends."""
    found = credential_of(user)
    if not db.is_postgres():  # whose transactions follow one another by themselves
        return found
    now: Credential = Credential.select().where(Credential.id == found.id).for_update().get()
    return now


def _use_code(user: User, safe: Safe, code: str) -> bool:
    secret = safe.get(_owner(user), _TOTP)
    credential = credential_of(user)
    step = secret and totp.matching_step(secret, code, clock.wall(), credential.totp_step)
    if not step:
        return False
    # Of two that bring the same code at once, one gets in.
    used = Credential.update(totp_step=step).where(
        Credential.user_id == user.id, Credential.totp_step < step
    )
    return bool(used.execute())


def _use_recovery_code(user: User, code: str) -> bool:
    used = RecoveryCode.update(used_at=clock.wall()).where(
        RecoveryCode.user_id == user.id,
        RecoveryCode.hash == hash_of(code.replace("-", "").replace(" ", "").lower()),
        RecoveryCode.used_at.is_null(),
    )
    return bool(used.execute())


def _owner(user: User) -> Owner:
    return Owner(user.org_id, "user", user.id)
