"""What the texts about entries of history may say: read from the entry and from the rows it is about."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from django.db.models import Model

from accounts.models import Payment
from common.calendar import local_date, zone_of
from defaults.models import (
    AdjustmentRequest,
    CaseEvent,
    Deferral,
    Dispute,
    PaymentPlan,
    Placement,
    PromiseToPay,
    ResolutionLink,
    SettlementOffer,
)
from defaults.services import links

from ..rendering import Line, Money, Value

_UTC = ZoneInfo("UTC")
_INSTANT = timedelta(microseconds=1)


def last_moment(until: datetime, zone: tzinfo) -> date | datetime:
    """The last day of an exclusive end there, or its local minute where it ends within a day."""
    local = until.astimezone(zone)
    return (local - _INSTANT).date() if not (local.hour or local.minute) else local


@dataclass(frozen=True, slots=True)
class Told:
    """An entry that a message answers. `at` is when it happened, `zone` where its customer is."""

    kind: str
    at: datetime
    zone: ZoneInfo
    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    at: datetime
    zone: ZoneInfo
    data: Mapping
    row: Model | None
    payments: Mapping[int, Payment]

    @property
    def today(self) -> date:
        return local_date(self.at, self.zone)

    def last_moment(self, until: datetime) -> date | datetime:
        return last_moment(until, self.zone)


def load_letters(entry_ids: Collection[int], *, now: datetime) -> dict[int, Told]:
    """By id of the entry, what its text may say; a query for each table concerned, however many entries."""
    if not entry_ids:
        return {}
    entries = list(
        CaseEvent.objects.filter(id__in=list(entry_ids)).select_related("case__customer", "case__merchant")
    )
    rows = _rows(entries)
    payments = Payment.objects.in_bulk(_payments_of(entries))
    return {
        entry.id: _told(
            _Entry(entry.kind, entry.at, _zone(entry), entry.data, rows.get(entry.id), payments), now=now
        )
        for entry in entries
    }


def _told(entry: _Entry, *, now: datetime) -> Told:
    """What is so no more is left out."""
    subject, say = _SAID.get(entry.kind, (None, _nothing))
    values = say(entry, now) if subject is None or entry.row is not None else {}
    return Told(entry.kind, entry.at, entry.zone, {"date": entry.today} | values)


def _zone(entry: CaseEvent) -> ZoneInfo:
    case = entry.case
    return zone_of(case.customer.time_zone) or zone_of(case.merchant.time_zone) or _UTC


def _rows(entries: list[CaseEvent]) -> dict[int, Model]:
    """By entry id, the row it names, else the latest of its case."""
    found: dict[int, Model] = {}
    by_subject: dict[str, list[CaseEvent]] = defaultdict(list)
    for entry in entries:
        if subject := _SAID.get(entry.kind, (None,))[0]:
            by_subject[subject].append(entry)
    for subject, some in by_subject.items():
        query = _TABLES[subject].filter(case__in={entry.case_id for entry in some}).order_by("id")
        of_case: dict[int, dict[int, Model]] = defaultdict(dict)
        for row in query:
            of_case[row.case_id][row.id] = row
        for entry in some:
            rows = of_case[entry.case_id]
            row = rows.get(entry.data.get(subject)) or next(reversed(rows.values()), None)
            if row is not None:
                found[entry.id] = row
    return found


def _payments_of(entries: list[CaseEvent]) -> set[int]:
    received = (entry.data["payments"] for entry in entries if entry.kind == "money_received")
    return {payment_id for parts in received for payment_id, _ in parts}


def _received(entry: _Entry, now: datetime) -> dict[str, Value]:
    """The entry tells each payment with its part: [[payment id, minor], …]."""
    found = [(entry.payments.get(payment_id), minor) for payment_id, minor in entry.data["payments"]]
    lines = (Line(paid.description or paid.reference, None, minor) for paid, minor in found if paid)
    return {"paid": Money(entry.data["amount_minor"]), "parts": tuple(lines)}


def _refunded(entry: _Entry, now: datetime) -> dict[str, Value]:
    return {"paid": Money(entry.data["amount_minor"])}


def _promised(entry: _Entry, now: datetime) -> dict[str, Value]:
    return {"agreed": Money(entry.row.amount_minor), "until": entry.row.on}


def _offer(entry: _Entry, now: datetime) -> dict[str, Value]:
    offer = entry.row
    values: dict[str, Value] = {
        "agreed": Money(offer.pay_minor),
        "owed": Money(offer.outstanding_minor),
        "waived": Money(offer.outstanding_minor - offer.pay_minor),
    }
    return values | ({"until": entry.last_moment(offer.pay_until)} if offer.pay_until else {})


def _plan(entry: _Entry, now: datetime) -> dict[str, Value]:
    parts = entry.row.instalments.all()
    lines = (Line(f"{each.number}/{len(parts)}", each.due_on, each.amount_minor) for each in parts)
    return {"agreed": Money(entry.row.total_minor), "instalments": tuple(lines)}


def _missed(entry: _Entry, now: datetime) -> dict[str, Value]:
    """The instalment the entry names, else all not paid by then; until when it can be paid now, or saves the agreement."""
    number = entry.data.get("number")
    late = [
        each
        for each in entry.row.instalments.all()
        if each.paid_at is None
        and (each.number == number if number else (each.shifted_from or each.due_on) <= entry.today)
    ]
    if not late or entry.row.state != "live":
        return {}
    values: dict[str, Value] = {
        "missed": Money(sum(each.amount_minor for each in late)),
        "date": late[0].shifted_from or late[0].due_on,
        "until": late[0].due_on,
    }
    told_until = entry.data.get("until") if entry.kind == "plan_rescission_told" else None
    return values | ({"until": entry.last_moment(datetime.fromisoformat(told_until))} if told_until else {})


def _disputed(entry: _Entry, now: datetime) -> dict[str, Value]:
    disputed = entry.row.payments.all()
    lines = tuple(Line(p.description or p.reference, p.due_on, p.amount_minor) for p in disputed)
    return {"disputed": lines, "until": entry.row.answer_due_on, "answer": entry.row.answer}


def _deferred(entry: _Entry, now: datetime) -> dict[str, Value]:
    until = entry.row.hold.until
    return {"until": entry.last_moment(until)} if until else {}


def _adjusted(entry: _Entry, now: datetime) -> dict[str, Value]:
    asked = entry.row
    until = asked.decide_by if entry.kind == "adjustment_requested" else asked.accept_by
    answer = asked.refusal if entry.kind == "adjustment_refused" else asked.proposal
    return {"answer": answer} | ({"until": entry.last_moment(until)} if until else {})


def _placed(entry: _Entry, now: datetime) -> dict[str, Value]:
    agency = entry.row.agency
    first_day = entry.row.place_at.astimezone(entry.zone).date()
    return {"agency": agency.name, "agency_contact": agency.contact_line, "until": first_day}


def _code(entry: _Entry, now: datetime) -> dict[str, Value]:
    """A code that is over is not told: it would open nothing."""
    link = entry.row
    if not link.code_nonce or link.code_expires_at is None or link.code_expires_at <= now:
        return {}
    return {"code": links.code_of(link), "until": link.code_expires_at.astimezone(entry.zone)}


def _nothing(entry: _Entry, now: datetime) -> dict[str, Value]:
    return {}


# Kind of entry to the row it is about, by its name in the entry's data, and what is said of it.
_SAID: Mapping[str, tuple[str | None, Callable[[_Entry, datetime], dict[str, Value]]]] = {
    "adjustment_accepted": ("adjustment", _adjusted),
    "adjustment_offered": ("adjustment", _adjusted),
    "adjustment_refused": ("adjustment", _adjusted),
    "adjustment_requested": ("adjustment", _adjusted),
    "code_asked": ("link", _code),
    "credit_refunded": (None, _refunded),
    "deferral_noted": ("deferral", _deferred),
    "dispute_rejected": ("dispute", _disputed),
    "dispute_upheld": ("dispute", _disputed),
    "disputed": ("dispute", _disputed),
    "link_asked": (None, _nothing),
    "money_received": (None, _received),
    "offer_accepted": ("offer", _offer),
    "offer_paid": ("offer", _offer),
    "placement_announced": ("placement", _placed),
    "plan_completed": ("plan", _plan),
    "plan_made": ("plan", _plan),
    "plan_missed": ("plan", _missed),
    "plan_rescission_told": ("plan", _missed),
    "plan_second_chance": ("plan", _missed),
    "promised": ("promise", _promised),
}
_TABLES = {
    "adjustment": AdjustmentRequest.objects.all(),
    "deferral": Deferral.objects.select_related("hold"),
    "dispute": Dispute.objects.prefetch_related("payments"),
    "link": ResolutionLink.objects.all(),
    "offer": SettlementOffer.objects.all(),
    "placement": Placement.objects.select_related("agency"),
    "plan": PaymentPlan.objects.prefetch_related("instalments"),
    "promise": PromiseToPay.objects.all(),
}
