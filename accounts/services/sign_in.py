"""Signing in: wrong tries are counted and locked out, codes work once, and a person's ways in are taken away at once."""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.db.models import F

from ..models import SignInTries, User
from ..sealed import fingerprint
from .audit import note

WINDOW = timedelta(minutes=15)
MOST_TRIES = 10
# Codes are only asked of who has the password: no stranger locks a person out by them, so all addresses count together.
MOST_CODES = 30

_TAKE = """
    INSERT INTO accounts_signintries AS held (pair, tries, over_at) VALUES (%(pair)s, 1, %(over_at)s)
    ON CONFLICT (pair) DO UPDATE SET
        tries = CASE WHEN held.over_at <= %(now)s THEN 1 ELSE held.tries + 1 END,
        over_at = CASE
            WHEN held.over_at <= %(now)s OR held.tries < %(most)s THEN %(over_at)s ELSE held.over_at END
    RETURNING tries
"""


def take_password_try(*, username: str, address: str, now: datetime) -> bool:
    """Before the password is looked at; False: locked. The pair (name, address), so nobody is locked out elsewhere."""
    return _take(_password(username, address), most=MOST_TRIES, now=now)


def forget_password_tries(*, username: str, address: str) -> None:
    SignInTries.objects.filter(pair=_password(username, address)).delete()


def take_code_try(*, user_id: int, address: str, now: datetime) -> bool:
    """Before a code is looked at; False: locked."""
    taken = _take(_code(user_id, address), most=MOST_TRIES, now=now)
    return taken and _take(_code(user_id, ""), most=MOST_CODES, now=now)


def forget_code_tries(*, user_id: int, address: str) -> None:
    SignInTries.objects.filter(pair__in=[_code(user_id, address), _code(user_id, "")]).delete()


def spend_code(*, authenticator_id: int, counter: int) -> bool:
    """False: this one-time code or a later one was used before (RFC 6238, 5.2)."""
    with transaction.atomic():
        held = Authenticator.objects.select_for_update().get(pk=authenticator_id)
        if held.data.get("spent", -1) >= counter:
            return False
        held.data["spent"] = counter
        held.save(update_fields=["data"])
    return True


def end_sessions(*, user: User) -> None:
    """Every session of the person's is over; a session that stays must be told the new hash."""
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    user.refresh_from_db(fields=["sessions_ended"])


def reset_second_factor(*, user_id: int, actor: str, now: datetime, address: str | None = None) -> int:
    """Somebody lost theirs: all of a person's factors go, and their sessions. Answers how many factors went."""
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
        held = Authenticator.objects.filter(user=user)
        kinds = sorted(held.values_list("type", flat=True))
        held.delete()
        end_sessions(user=user)
        note(
            actor=actor,
            kind="second_factor_reset",
            now=now,
            what=f"staff:{user.username}",
            before={"factors": kinds},
            after={"factors": []},
            address=address,
        )
    return len(kinds)


def _take(pair: bytes, *, most: int, now: datetime) -> bool:
    """Counted before the look, so that many tries at once get no further than one after the other."""
    told = {"pair": pair, "now": now, "over_at": now + WINDOW, "most": most}
    SignInTries.objects.filter(over_at__lte=now).delete()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, told)
        return cursor.fetchone()[0] <= most


def _password(username: str, address: str) -> bytes:
    return fingerprint(f"{username.lower()}|{address}", context="sign-in")


def _code(user_id: int, address: str) -> bytes:
    return fingerprint(f"{user_id}|{address}", context="sign-in-code")
