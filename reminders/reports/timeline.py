"""What happened to a case, from every table that knows: money, messages, and what system, staff and customer did.

Reads only, in a number of queries that does not depend on the number of entries.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from accounts.models import LedgerEntry, Payment
from defaults.models import CaseEvent, CaseItem, DefaultCase

from ..facts import Verdict
from ..models import Decision, Message

MOST_ENTRIES = 300


class Kind(StrEnum):
    MONEY = "money"
    MESSAGES = "messages"
    STAFF = "staff"
    CUSTOMER = "customer"
    SYSTEM = "system"


Source = LedgerEntry | Payment | Message | CaseEvent | Decision


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `source` is the row that says so; a Payment stands for its last failed attempt."""

    at: datetime
    kind: Kind
    source: Source


def timeline(case: DefaultCase, *, most: int | None = MOST_ENTRIES) -> list[Entry]:
    """Newest first, at most `most`; None: every entry there is."""
    entries = [entry for part in (_history, _money, _messages, _refusals) for entry in part(case, most)]
    entries.sort(key=lambda entry: (entry.at, entry.source.pk), reverse=True)
    return entries[:most]


def kind_of_actor(actor: str) -> Kind:
    if actor.startswith("staff:"):
        return Kind.STAFF
    return Kind.CUSTOMER if actor == "customer" else Kind.SYSTEM


def _history(case: DefaultCase, most: int | None) -> list[Entry]:
    events = CaseEvent.objects.filter(case=case).order_by("-seq")[:most]
    return [Entry(event.at, kind_of_actor(event.actor), event) for event in events]


def _money(case: DefaultCase, most: int | None) -> list[Entry]:
    payments = CaseItem.objects.filter(case=case).values("payment_id")
    posted = LedgerEntry.objects.filter(payment_id__in=payments).select_related("payment", "event")
    entries = [
        Entry(entry.occurred_at, Kind.MONEY, entry) for entry in posted.order_by("-occurred_at", "-pk")[:most]
    ]
    failed = Payment.objects.filter(pk__in=payments, attempt_at__isnull=False).exclude(failure_reason="")
    entries += [
        Entry(payment.attempt_at, Kind.MONEY, payment) for payment in failed.order_by("-attempt_at")[:most]
    ]
    return entries


def _messages(case: DefaultCase, most: int | None) -> list[Entry]:
    said = Message.objects.filter(case=case).select_related(
        "policy_version__policy", "gate_decision", "customer"
    )
    return [
        Entry(message.contacted_at or message.ended_at or message.queued_at, Kind.MESSAGES, message)
        for message in said.order_by("-queued_at")[:most]
    ]


def _refusals(case: DefaultCase, most: int | None) -> list[Entry]:
    """Decisions that kept the system silent; the others show as the messages they made."""
    refused = (
        Decision.objects.filter(case=case)
        .exclude(verdict=Verdict.ALLOW)
        .select_related("policy_version__policy")
    )
    return [Entry(decision.at, Kind.SYSTEM, decision) for decision in refused.order_by("-at", "-pk")[:most]]
