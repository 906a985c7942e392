"""The list of customers: found by what the queue's search finds them by, with what each owes."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Channel, ContactPoint, Customer
from accounts.views.wording import amount, day

from ..reports import customers as report
from ..reports.queue_search import search_customers

LONGEST = 200
COLOURS = {"ok": "green", "bounced": "red", "suppressed": "red"}


@login_required
@never_cache
@require_safe
def customers(request: HttpRequest) -> HttpResponse:
    asked = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST]
        for name in ("q", "merchant", "after", "before")
    }
    merchants = list(request.user.visible_merchants().order_by("name"))
    ids = [one.pk for one in merchants if asked["merchant"] in ("", one.slug)]
    found = search_customers(asked["q"], ids) if asked["q"] else Customer.objects.filter(merchant__in=ids)
    page = report.page(found, after=asked["after"], before=asked["before"])
    context = {
        "current": "customers",
        "asked": asked,
        "merchants": merchants,
        "rows": [_row(customer, page) for customer in page.customers],
        "earlier": _address(asked, before=page.before) if page.before else "",
        "later": _address(asked, after=page.after) if page.after else "",
    }
    return render(request, "defaults/customers.html", context)


def contact_chip(point: ContactPoint) -> dict:
    """A means of contact and whether it works, without the address."""
    return {
        "channel": Channel(point.channel).label,
        "health": point.get_health_display(),
        "colour": COLOURS[point.health],
    }


def _row(customer: Customer, page: report.Page) -> dict:
    owed = page.owed.get(customer.pk, {})
    return {
        "customer": customer,
        "owed": [amount(minor, currency) for currency, minor in owed.items()],
        "live": page.live.get(customer.pk, 0),
        "contacts": [
            contact_chip(point)
            for point in sorted(customer.contact_points.all(), key=lambda one: one.channel)
        ],
        "since": day(timezone.localtime(customer.created_at).date()),
        "is_joined": hasattr(customer, "person_record"),
    }


def _address(asked: dict[str, str], **place: str) -> str:
    kept = {name: asked[name] for name in ("q", "merchant") if asked[name]}
    return "?" + urlencode(kept | place)
