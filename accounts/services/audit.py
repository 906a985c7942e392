"""The one way into the audit log: what staff did or looked at beyond the history of one case. Who, what, why, from where."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address

from ..models import AuditEvent

Values = Mapping[str, object]


def note(
    *,
    actor: str,
    kind: str,
    now: datetime,
    what: str = "",
    reason: str = "",
    before: Values | None = None,
    after: Values | None = None,
    merchant_id: int | None = None,
    customer_id: int | None = None,
    address: str | None = None,
) -> AuditEvent:
    """Write one entry, in the caller's transaction: what is not written is not done.

    `actor` as in a case's history (staff:<user name>). `kind`: one word of what happened (detail_shown, setting_changed).
    `what`: what it happened to, in words that are right for ever. `before` and `after`: the fields that changed; what is
    alike in both is left out. `merchant_id` None: it concerns every merchant, and only who sees all may read it.
    """
    before, after = _differing(before or {}, after or {})
    return AuditEvent.objects.create(
        merchant_id=merchant_id,
        customer_id=customer_id,
        at=now,
        actor=actor,
        kind=kind,
        what=what[:300],
        reason=reason[:500],
        before=before,
        after=after,
        address=_address(address),
    )


def _differing(before: Values, after: Values) -> tuple[dict, dict]:
    alike = {name for name in before if name in after and before[name] == after[name]}
    return (
        {name: value for name, value in before.items() if name not in alike},
        {name: value for name, value in after.items() if name not in alike},
    )


def _address(text: str | None) -> str | None:
    try:
        return str(ip_address(text or ""))
    except ValueError:
        return None
