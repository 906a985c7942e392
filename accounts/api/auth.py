"""Who calls, what they may do, whose rows they may see, and how often."""

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework.authentication import CSRFCheck

from common import clock
from common.problems import Problem

from ..models import ApiKey, Scope, User
from ..models.staff import Role
from ..services.keys import Presented, authenticate_api_key, authenticate_staff_token, presented
from . import limits

Rows = TypeVar("Rows", bound=QuerySet)

UNKNOWN_KEY = "The key is unknown, expired or revoked."
_RANKS = {Role.AGENT: 0, Role.LEAD: 1, Role.COMPLIANCE: 2, Role.ADMIN: 3}
_STAFF_SCOPES = frozenset({Scope.READ, Scope.CASES_WRITE})


@dataclass(frozen=True, slots=True)
class Principal:
    """`merchant_ids` None: every merchant. `role` None: a merchant's key. `holder` names a bucket of the rate limit."""

    actor: str
    holder: str
    merchant_ids: frozenset[int] | None
    scopes: frozenset[str]
    role: str | None = None
    key: ApiKey | None = None
    user: User | None = None

    def narrow(self, rows: Rows, field: str = "merchant_id") -> Rows:
        """Only the rows this caller may see; `field` leads from a row to its merchant's id."""
        return rows if self.merchant_ids is None else rows.filter(**{f"{field}__in": self.merchant_ids})

    def require_scope(self, scope: str) -> None:
        if scope not in self.scopes:
            raise missing_scope(scope)

    def require_role(self, least: Role) -> None:
        """Staff of this role or a higher one."""
        if self.role is None or _RANKS[self.role] < _RANKS[least]:
            raise Problem(
                status=403, code="missing_role", detail=f"This needs a staff member: {least} or above."
            )


def admit(request: HttpRequest, *, scope: str) -> Principal:
    """The caller, who has `scope` and a token left in the bucket of the rate limit. Raises Problem 401, 403 or 429."""
    principal = authenticate(request)
    # The outermost middleware puts these on the answer, whatever it turns out to be.
    request.amends_headers = limits.spend(principal.holder)
    principal.require_scope(scope)
    return principal


def merchant_of(request: HttpRequest, *, scope: str) -> int:
    """The id of the merchant whose key calls; staff have none. Raises as `admit` does."""
    principal = admit(request, scope=scope)
    if principal.key is None:
        raise Problem(status=403, code="merchant_key_needed", detail="This takes a merchant's key.")
    return principal.key.merchant_id


def authenticate(request: HttpRequest) -> Principal:
    """The caller, by key, personal token or staff session. Raises Problem 401, or 403 where the CSRF token is missing.

    Rights are read from the database each time, so that a revoked key or a switched-off account ends at once.
    """
    header = request.META.get("HTTP_AUTHORIZATION")
    if header is not None:
        return _by_key(header)
    user = request.user
    if not (user.is_authenticated and user.is_active):
        raise unauthenticated("Send a key: `Authorization: Bearer am_live_…`.")
    _check_csrf(request)
    return _staff(user)


def missing_scope(scope: str) -> Problem:
    return Problem(status=403, code="missing_scope", detail=f"This needs the scope {scope}.")


def unauthenticated(detail: str) -> Problem:
    headers = {"WWW-Authenticate": 'Bearer realm="amends"'}
    return Problem(status=401, code="not_authenticated", detail=detail, headers=headers)


def _by_key(header: str) -> Principal:
    kind, _, text = header.partition(" ")
    text, now = text.strip(" "), clock.now()
    if kind.lower() == "bearer" and text.startswith("am_live_"):
        key = authenticate_api_key(text, now=now)
        if key is not None:
            return Principal(
                actor=f"merchant:{key.key_id}",
                holder=bucket_of(Presented(key.key_id, bytes(key.digest))),
                merchant_ids=frozenset({key.merchant_id}),
                scopes=frozenset(key.scopes),
                key=key,
            )
    elif kind.lower() == "bearer" and text.startswith("am_staff_"):
        token = authenticate_staff_token(text, now=now)
        if token is not None:
            return _staff(token.user)
    raise unauthenticated(UNKNOWN_KEY)


def presented_key(request: HttpRequest) -> Presented | None:
    """The merchant's key that the request shows, genuine or not."""
    kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return presented(text.strip(" ")) if kind.lower() == "bearer" else None


def bucket_of(key: Presented) -> str:
    """The secret's digest is part of the name: whoever only knows a key's id cannot empty its bucket."""
    return f"key:{key.key_id}:{key.digest.hex()}"


def _staff(user: User) -> Principal:
    sees_all = user.role == Role.ADMIN
    return Principal(
        actor=f"staff:{user.username}",
        holder=f"staff:{user.pk}",
        merchant_ids=None if sees_all else frozenset(user.visible_merchants().values_list("pk", flat=True)),
        scopes=_STAFF_SCOPES,
        role=user.role,
        user=user,
    )


def _check_csrf(request: HttpRequest) -> None:
    """A session is sent by the browser without being asked, so a changing request must also show its CSRF token."""
    check = CSRFCheck(lambda _: None)
    check.process_request(request)
    if check.process_view(request, None, (), {}):
        raise Problem(status=403, code="csrf_failed", detail="Send the CSRF token in X-CSRFToken.")
