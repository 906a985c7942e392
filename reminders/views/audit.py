"""The audit log: who did and saw what, narrowed by what stands in the address; and whether a history is whole."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.models import Customer, Merchant, Role, User
from common import clock
from defaults.models import DefaultCase
from defaults.models.case import id_of
from defaults.services.chain_check import check_history

from ..reports import audit as report
from .audit_words import kinds, line_of, people_in, verdict_of

NAMES = ("who", "kind", "merchant", "case", "customer", "since", "until")
LONGEST, LARGEST_ID = 200, 2**63 - 1
NOBODY = 0


@login_required
@never_cache
@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    now, asked = clock.now(), _asked(request)
    merchants = list(request.user.visible_merchants().order_by("name"))
    customer = _customer(asked["customer"], merchants)
    filters = _filters(asked, merchants, customer)
    entries, after = report.page(
        request.user, filters, after=report.read_place(request.GET.get("after", "")[:LONGEST])
    )
    case = DefaultCase.objects.filter(pk=filters.case_id, merchant__in=merchants).first()
    named = User.objects.filter(pk__in=people_in(entries))
    names = {person.pk: str(person) for person in named}
    context = {
        "current": "audit",
        "asked": asked,
        "is_own": request.user.role == Role.AGENT,
        "people": [] if request.user.role == Role.AGENT else _people(request.user, merchants),
        "kinds": kinds(),
        "merchants": merchants,
        "customer": customer,
        "case": case,
        "verdict": verdict_of(check_history(case)) if case and request.GET.get("verify") else None,
        "lines": [line_of(entry, names=names, now=now) for entry in entries],
        "is_narrowed": any(asked.values()),
        "later": _address(asked, after=after) if after else "",
        "start": _address(asked) if request.GET.get("after") else "",
        "verify": _address(asked, verify="1"),
    }
    return render(request, "reminders/audit.html", context)


def _filters(asked: dict[str, str], merchants: list[Merchant], customer: Customer | None) -> report.Filters:
    """What is not known matches nothing, rather than everything."""
    known = {merchant.slug: merchant.pk for merchant in merchants}
    until = _midnight(asked["until"])
    return report.Filters(
        who=asked["who"],
        kind=asked["kind"],
        merchant_id=known.get(asked["merchant"], NOBODY) if asked["merchant"] else None,
        case_id=(id_of(asked["case"].upper()) or NOBODY) if asked["case"] else None,
        customer_id=(customer.pk if customer else NOBODY) if asked["customer"] else None,
        since=_midnight(asked["since"]),
        until=until and until + timedelta(days=1),
    )


def _customer(key: str, merchants: list[Merchant]) -> Customer | None:
    if not (key.isascii() and key.isdecimal() and int(key[:20]) <= LARGEST_ID):
        return None
    return Customer.objects.filter(pk=int(key), merchant__in=merchants).first()


def _people(viewer: User, merchants: list[Merchant]) -> list[User]:
    """Who may have acted at these merchants: those who are given one, and admins."""
    people = User.objects.filter(Q(merchants__in=merchants) | Q(role=Role.ADMIN) | Q(pk=viewer.pk))
    return list(people.distinct().order_by("username")[:500])


def _midnight(text: str) -> datetime | None:
    """The first instant of that day, where the viewer is."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), time.min))
    except (ValueError, OverflowError):
        return None


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET.get(name, "").replace("\x00", "").strip()[:LONGEST] for name in NAMES}


def _address(asked: dict[str, str], **more: str) -> str:
    return "?" + urlencode({name: value for name, value in asked.items() if value} | more)
