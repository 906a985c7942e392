"""What an agency gets of a case that was placed with it: as data, and as a table whose cells are inert in a spreadsheet.

Only after the customer was told and the notice is over (KR-OUTSRC, KR-MANDATE), and only while the placement stands.
"""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import ContactPoint
from accounts.services.contacts import open_address
from common.calendar import zone_of
from common.money import to_decimal
from common.tables import csv_lines
from defaults.agreement_states import PlacementState
from defaults.agreements import after_business_days
from defaults.models import CaseItem, DefaultCase, Placement
from defaults.services.acts import CALENDAR, Refused, country_for, zone_for
from defaults.services.history import Entry, append
from defaults.services.placement import NOTICE_BUSINESS_DAYS

from ..message_states import MessageState
from ..models import Message

TOLD = (MessageState.SENT, MessageState.DELIVERED)
_ITEM_COLUMNS = ("payment", "description", "due_on", "principal", "fees", "outstanding")


def fetch_package(*, placement: Placement, now: datetime, actor: str) -> dict[str, Any]:
    """The package, and a note in the history of who took it. The case is held by the caller.

    Raises Refused: not_placed, notice_not_told, notice_running.
    """
    case = placement.case
    if placement.state != PlacementState.PLACED:
        raise Refused("not_placed", "There is a package only while the agency has the case.")
    told_at = _told_at(placement)
    if told_at is None:
        raise Refused("notice_not_told", "The customer has not been told of the hand-over yet (KR-OUTSRC).")
    if _notice_over(case, told_at) > now:
        raise Refused("notice_running", "Five business days have not passed since the customer was told.")
    Placement.objects.filter(pk=placement.pk, exported_at=None).update(exported_at=now)
    data = {"placement": placement.pk, "agency": placement.agency.slug}
    append([Entry(case_id=case.pk, kind="package_fetched", at=now, actor=actor, data=data)])
    return _package(placement, told_at=told_at)


def as_csv(package: dict[str, Any]) -> str:
    """One line an item, the facts of the case repeated; with a mark by which spreadsheets know UTF-8."""
    facts = {
        "case": package["case"],
        "agency": package["agency"]["name"],
        "creditor": package["creditor"]["name"],
        "creditor_contact": package["creditor"]["contact"],
        "customer": package["customer"]["name"],
        "customer_reference": package["customer"]["reference"],
        "email": package["customer"]["email"],
        "phone": package["customer"]["phone"],
        "told_at": package["told_at"],
        "placed_at": package["placed_at"],
        "currency": package["currency"],
    }
    rows = [
        [str(value) for value in (*facts.values(), *(item[name] for name in _ITEM_COLUMNS))]
        for item in package["items"]
    ]
    return "".join(csv_lines([[*facts, *_ITEM_COLUMNS], *rows]))


def _told_at(placement: Placement) -> datetime | None:
    """When the notice of this announcement left."""
    told = Message.objects.filter(
        case=placement.case_id,
        answers__kind="placement_announced",
        answers__data__placement=placement.pk,
        state__in=TOLD,
    )
    return told.order_by("contacted_at").values_list("contacted_at", flat=True).first()


def _notice_over(case: DefaultCase, told_at: datetime) -> datetime:
    zone = zone_for(case)
    told_on = told_at.astimezone(zone).date()
    return after_business_days(
        told_on, NOTICE_BUSINESS_DAYS, country=country_for(case), zone=zone, calendar=CALENDAR
    )


def _package(placement: Placement, *, told_at: datetime) -> dict[str, Any]:
    case = placement.case
    zone = zone_of(case.merchant.time_zone) or zone_for(case)
    addresses = {
        point.channel: open_address(point)
        for point in ContactPoint.objects.filter(customer=case.customer_id, health="ok")
    }
    items = case.items.filter(released_at=None, payment__outstanding_minor__gt=0).select_related("payment")
    return {
        "case": case.number,
        "agency": {"name": placement.agency.name, "licence_number": placement.agency.licence_number},
        "creditor": {"name": case.merchant.name, "contact": case.merchant.contact_line},
        "customer": {
            "name": case.customer.name,
            "reference": case.customer.reference,
            "email": addresses.get("email", ""),
            "phone": addresses.get("sms", ""),
            "language": case.customer.locale,
        },
        "currency": case.currency,
        "claimed": {"amount": placement.claimed_minor, "currency": case.currency},
        "told_at": _local(told_at, zone),
        "placed_at": _local(placement.placed_at, zone),
        "items": [_item(item) for item in items.order_by("payment__due_on", "payment_id")],
    }


def _item(item: CaseItem) -> dict[str, str]:
    payment = item.payment
    fees = min(payment.fees_minor, payment.outstanding_minor)
    shown = {
        "principal": payment.outstanding_minor - fees,
        "fees": fees,
        "outstanding": payment.outstanding_minor,
    }
    return {
        "payment": payment.reference,
        "description": payment.description,
        "due_on": payment.due_on.isoformat(),
        **{name: f"{to_decimal(minor, payment.currency):f}" for name, minor in shown.items()},
    }


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="seconds")
