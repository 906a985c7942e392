"""What stands in the queue's list, in words: its rows, views and filters."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.views.wording import amount, day, overdue
from common.calendar import days_past_due

from ..gain import PER_MILLE, Gain
from ..models import DefaultCase
from ..reports import queue as report
from ..reports.queue_order import ByGain, Order
from ..reports.queue_page import Page
from .presence import dots_of
from .queue_address import Asked
from .wording import (
    ASSIGNEE_NAMES,
    BUCKET_NAMES,
    FILTER_NAMES,
    HOLD_NAMES,
    STATES,
    VIEW_NAMES,
    YES_NO,
    Chip,
    initials,
    next_step,
    snoozed_until,
    state_of,
)

LATE_FROM_DAYS = 30
_ANY = "AM-0"


@dataclass(frozen=True, slots=True)
class Row:
    """`owner`: two letters of `assignee`; `gain` and `gain_why` only in the order by gain; `merchant` where there are several."""

    number: str
    address: str
    customer: str
    merchant: str
    due: str
    due_on: str
    is_late: bool
    items: str
    more: str
    amount: str
    state: Chip
    next_step: str
    owner: str
    assignee: str
    gain: str
    gain_why: str
    snoozed: str
    dots: SafeString


def row_of(
    case: DefaultCase,
    page: Page,
    order: Order,
    *,
    merchants: Mapping[int, str],
    people: Collection[User],
    now: datetime,
) -> Row:
    """`merchants`: the names of those the viewer may see, by id."""
    hold, about = page.holds.get(case.pk), page.beside[case.pk]
    days = days_past_due(case.oldest_due_on, timezone.localtime(now).date())
    others = about.item_count - 1
    gain = order.gain(case) if isinstance(order, ByGain) and not case.is_closed else None
    return Row(
        number=case.number,
        address=case_address(case.number),
        customer=str(case.customer),
        merchant=merchants[case.merchant_id] if len(merchants) > 1 else "",
        due=day(case.oldest_due_on) if case.is_closed else overdue(days),
        due_on=day(case.oldest_due_on),
        is_late=not case.is_closed and days > LATE_FROM_DAYS,
        items=about.first_item or _("Item without a name"),
        more=ngettext("and %d more item", "and %d more items", others) % others if others > 0 else "",
        amount=amount(case.claimed_minor, case.currency),
        state=state_of(case, hold, now=now),
        next_step=next_step(case, hold, about.promised_on, now=now),
        owner=initials(case.assignee) if case.assignee else "",
        assignee=str(case.assignee or ""),
        gain=amount(gain.net_minor, case.currency) if gain else "",
        gain_why=why_gain(gain, case.currency) if gain else "",
        snoozed=snoozed_until(about.snoozed_until, now=now),
        dots=dots_of(case.number, people),
    )


def case_address(number: str) -> str:
    return _address_of_a_case().replace(_ANY, number)


@cache
def _address_of_a_case() -> str:
    """Fifty rows a page: looked up once."""
    return reverse("case", args=[_ANY])


def why_gain(gain: Gain, currency: str) -> str:
    return _("%(amount)s × %(chance)s %% chance − %(cost)s of work = %(net)s") % {
        "amount": amount(gain.amount_minor, currency),
        "chance": f"{gain.chance * 100 / PER_MILLE:g}",
        "cost": amount(gain.cost_minor, currency),
        "net": amount(gain.net_minor, currency),
    }


def tabs(asked: Asked, counts: dict[str, int], *, is_saved: bool) -> list[dict]:
    """The nine views with their numbers and their keys: `g` and the place. `is_saved`: another one is current."""
    return [
        {
            "key": place,
            "name": VIEW_NAMES[name],
            "count": count_word(counts[name]),
            "address": asked.whole(name),
            "is_current": name == asked.view and not is_saved,
        }
        for place, name in enumerate(report.VIEWS, start=1)
    ]


def count_word(count: int) -> str:
    return f"{report.COUNT_LIMIT:,}+" if count > report.COUNT_LIMIT else f"{count:,}"


def others(asked: Asked, *, is_saved: bool) -> list[dict]:
    """What is looked up seldom: no number, no key."""
    return [
        {
            "name": VIEW_NAMES[name],
            "address": asked.whole(name),
            "is_current": name == asked.view and not is_saved,
        }
        for name in report.OTHERS
    ]


def filter_fields(asked: Asked) -> list[dict]:
    """The selects of the filter form."""
    return [
        {
            "name": name,
            "label": FILTER_NAMES[name],
            "choices": [
                {"value": value, "label": label, "is_chosen": getattr(asked.filters, name) == value}
                for value, label in words.items()
            ],
        }
        for name, words in _words().items()
    ]


def chips(asked: Asked, merchants: list) -> list[dict]:
    """What narrows the list, each with the address of the list without it."""
    found = []
    if asked.merchant:
        known = {merchant.slug: merchant.name for merchant in merchants}
        found.append(("merchant", _("Merchant"), known.get(asked.merchant, asked.merchant)))
    words = _words()
    for name, value in asked.filters.given().items():
        found.append((name, FILTER_NAMES[name], words[name][value] if name in words else f"{int(value):,}"))
    return [
        {"name": label, "value": value, "without": asked.address(**{name: ""})}
        for name, label, value in found
    ]


def _words() -> dict[str, dict]:
    return {
        "state": {state.value: word for state, (word, _colour) in STATES.items() if state != "closed"},
        "bucket": BUCKET_NAMES,
        "assignee": ASSIGNEE_NAMES,
        "hold": HOLD_NAMES,
        "disputed": YES_NO,
    }
