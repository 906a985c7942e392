"""A person's page in words: how they are reached, what they owe, and which records are theirs."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Channel, ContactPoint, Customer, Payment
from accounts.sealed import NotSealedHere
from accounts.services.contacts import masked, open_address
from accounts.views.wording import ago, amount, day, moment
from defaults.authority import may_decide
from defaults.models import DefaultCase
from defaults.models.case import number_of
from defaults.reports.queue_page import holds_of
from defaults.views.customers import contact_chip
from defaults.views.wording import GREEN, GREY, RED, state_of

from ..reports import customer as report
from ..services.unmasking import BIRTH_DATE, NEEDS


def ways(records: Sequence[Customer], *, role: str, shown: Mapping[str, str]) -> list[dict]:
    """Every address and birth date, masked; in clear what `shown` holds by record and kind."""
    found = []
    for record in records:
        for point in sorted(record.contact_points.all(), key=lambda point: point.channel):
            line = {
                "label": Channel(point.channel).label,
                "value": _masked(point),
                "chip": contact_chip(point),
            }
            found.append(line | _way(record, point.channel, role=role, shown=shown))
        if record.birth_date:
            line = {"label": _("Date of birth"), "value": "••••-••-••", "chip": None}
            found.append(line | _way(record, BIRTH_DATE, role=role, shown=shown))
    return found


def _way(record: Customer, what: str, *, role: str, shown: Mapping[str, str]) -> dict:
    key = f"{record.pk}-{what}"
    return {
        "key": key,
        "record": record,
        "what": what,
        "clear": shown.get(key, ""),
        "may_show": may_decide(role, NEEDS[what]),
    }


def _masked(point: ContactPoint) -> str:
    try:
        return masked(point.channel, open_address(point))
    except NotSealedHere:
        return _("does not open")


def figures(ids: Sequence[int], cases: Sequence[DefaultCase], *, at: str, now: datetime) -> list[dict]:
    """The line of numbers under the name, each with the address of what it counts."""
    sums, (paid, counted) = report.sums(ids), report.paid_of(ids)
    open_disputes, all_disputes = report.disputes(ids)
    made = report.contacts(cases, now=now)
    lines = [
        {
            "word": _("Owes"),
            "value": amount(one.in_cases_minor, one.currency),
            "to": f"{at}?only={one.currency}#cases",
            "more": _more(one),
        }
        for one in sums
    ]
    share = f"{round(100 * paid / counted)} %" if counted else "–"
    return [
        *(lines or [{"word": _("Owes"), "value": _("nothing"), "to": f"{at}#cases", "more": ""}]),
        {
            "word": _("Paid"),
            "value": share,
            "to": f"{at}#payments",
            "more": _("%(paid)d of %(all)d payments") % {"paid": paid, "all": counted},
        },
        {
            "word": _("Disputes"),
            "value": str(open_disputes),
            "to": f"{at}?only=disputed#cases",
            "more": _("%d in all") % all_disputes if all_disputes else "",
        },
        {
            "word": _("Messages this week"),
            "value": _("%(made)d of %(most)d") % {"made": made.made, "most": made.most}
            if made.most
            else str(made.made),
            "to": f"{at}#messages",
            "more": _("on the claim with most of them"),
        },
    ]


def _more(one: report.Sums) -> str:
    parts = []
    if one.waiting_minor:
        parts.append(_("%s more in no case yet") % amount(one.waiting_minor, one.currency))
    if one.credit_minor:
        parts.append(_("%s over-paid") % amount(one.credit_minor, one.currency))
    return " · ".join(parts)


def case_lines(cases: Sequence[DefaultCase], *, now: datetime) -> list[dict]:
    holds = holds_of(cases, now=now)
    return [
        {
            "case": case,
            "sum": amount(case.claimed_minor, case.currency),
            "state": state_of(case, holds.get(case.pk), now=now),
            "since": day(case.oldest_due_on),
            "opened": day(timezone.localtime(case.opened_at).date()),
        }
        for case in cases
    ]


def payment_lines(ids: Sequence[int], *, limit: int) -> list[dict]:
    return [
        {
            "what": payment.description or payment.reference,
            "due": day(payment.due_on),
            "sum": amount(payment.amount_minor, payment.currency),
            "state": _state(payment),
            "number": number_of(case_id) if case_id else "",
        }
        for payment, case_id in report.payments(ids, limit=limit)
    ]


def _state(payment: Payment) -> tuple[str, str]:
    if payment.is_void:
        return _("undone"), GREY
    if payment.outstanding_minor:
        open_sum = amount(payment.outstanding_minor, payment.currency)
        return _("%s open") % open_sum, RED if payment.outstanding_minor == payment.amount_minor else GREY
    return (_("given up"), GREY) if payment.conceded_minor else (_("paid"), GREEN)


def alike_lines(circle: report.Circle, cases: Sequence[DefaultCase], *, now: datetime) -> list[dict]:
    """Others with the same address, each with what is shared, their cases, and whether they can be joined."""
    own = circle.records[0]
    lines = case_lines(cases, now=now)
    return [
        {
            "record": other,
            "shared": [
                Channel(point.channel).label
                for point in other.contact_points.all()
                if bytes(point.fingerprint) in circle.prints
            ],
            "cases": [line for line in lines if line["case"].customer_id == other.pk],
            "may_join": other.merchant_id == own.merchant_id,
        }
        for other in circle.alike
    ]


def record_lines(circle: report.Circle, *, now: datetime) -> list[dict]:
    """The records of the person, where there are several."""
    if len(circle.records) < 2:
        return []
    return [
        {
            "record": record,
            "to": reverse("customer", args=[record.pk]),
            "joined": ago(at, now=now),
            "at": moment(at),
        }
        for record, at in report.joined_at(circle.records)
    ]
