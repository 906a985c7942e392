"""An act that waits for a second person, in words."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.models.staff import Role
from accounts.views.wording import ago, amount
from defaults.authority import may_decide
from defaults.models import Approval, DefaultCase

from .wording import who

ACTIONS = {
    "forgive": gettext_lazy("Forgive"),
    "offer": gettext_lazy("Offer to close for %(sum)s, until %(until)s"),
    "place": gettext_lazy("Hand over to %(agency)s"),
    "record-payment": gettext_lazy("Record a payment of %(sum)s"),
    "reopen": gettext_lazy("Go on with it in a linked case"),
    "waive": gettext_lazy("Waive %(sum)s"),
    "write-off": gettext_lazy("Write off"),
}


def approval_line(approval: Approval, *, viewer: User, now: datetime, case: DefaultCase) -> dict[str, Any]:
    """`may`: this person may decide it; `instead`: else who does."""
    is_own = approval.asked_by == f"staff:{viewer.get_username()}"
    has_role = may_decide(viewer.role, approval.needs_role)
    role = Role(approval.needs_role).label
    return {
        "id": approval.pk,
        "what": _what(approval, case.currency),
        "reason": approval.reason,
        "claimed": amount(case.claimed_minor, case.currency),
        "by": who(approval.asked_by),
        "ago": ago(approval.asked_at, now=now),
        "needs": role,
        "may": has_role and not is_own,
        "is_stale": approval.version != case.version,
        "instead": _("Somebody else decides what you asked for.")
        if is_own
        else _("Waits for: %s, or above.") % role,
        "case": case,
    }


def _what(approval: Approval, currency: str) -> str:
    args = approval.args
    minor = args.get("amount", args.get("pay"))
    words = {
        "sum": "" if minor is None else amount(minor, currency),
        "until": args.get("expires_on", ""),
        "agency": args.get("agency", ""),
    }
    return str(ACTIONS.get(approval.action, approval.action)) % words
