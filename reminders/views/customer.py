"""The page of a customer: every case, message and payment of the person, what they wish, and who has looked."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Customer
from accounts.sealed import NotSealedHere
from accounts.views.wording import day
from common import clock
from defaults.models import DefaultCase
from defaults.models.case import id_of
from defaults.services.acts import Refused
from defaults.services.persons import join_records, separate_record

from ..models import Message
from ..reports import customer as report
from ..services.unmasking import show_detail, show_recipient
from . import customer_words as words
from . import wishes
from .message_lines import message_line
from .refusals import in_words
from .viewing import maker_of

MOST_CASES, MESSAGES, PAYMENTS, LARGEST_ID = 100, 30, 20, 2**63 - 1
ONLY = {
    "": pgettext_lazy("cases", "All"),
    "open": pgettext_lazy("cases", "Open"),
    "closed": pgettext_lazy("cases", "Closed"),
    "disputed": pgettext_lazy("cases", "Disputed"),
}


@login_required
@never_cache
@require_safe
def customer_page(request: HttpRequest, key: str) -> HttpResponse:
    """`key`: the customer's own number, or that of one of their cases, which leads there."""
    if (case_id := id_of(key)) is not None:
        seen = DefaultCase.objects.filter(pk=case_id, merchant__in=request.user.visible_merchants())
        customer_id = seen.values_list("customer_id", flat=True).first()
        if customer_id is None:
            raise Http404
        return redirect("customer", customer_id)
    return _page(request, _visible(request, key), now=clock.now())


@login_required
@never_cache
@require_POST
def show(request: HttpRequest, customer_id: int) -> HttpResponse:
    """One masked thing in clear, once: the page is not to be kept, and a repeat is written down again."""
    now, asked = clock.now(), _asked(request)
    customer = _visible(request, customer_id)
    told = {
        "reason": asked["reason"],
        "actor": maker_of(request).actor,
        "address": _address(request),
        "now": now,
    }
    try:
        if asked["what"] == "recipient":
            message = _message(customer, asked["message"])
            shown = {f"message-{message.pk}": show_recipient(message=message, **told)}
        else:
            record = _record(customer, asked["record"])
            clear = show_detail(customer=record, what=asked["what"], role=request.user.role, **told)
            shown = {f"{record.pk}-{asked['what']}": clear}
    except Refused as refusal:
        return _page(request, customer, now=now, error=in_words(refusal), typed=asked["reason"])
    except NotSealedHere:
        error = _("The value does not open: it was sealed with another key, or altered.")
        return _page(request, customer, now=now, error=error)
    return _page(request, customer, now=now, shown=shown)


@login_required
@require_POST
def join(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Join with the record of that reference, or of that id, at the same merchant."""
    customer, asked = _visible(request, customer_id), _asked(request)
    others = Customer.objects.filter(merchant=customer.merchant_id)
    found = others.filter(reference=asked["reference"]).first() if asked["reference"] else None
    if found is None and asked["record"]:
        found = others.filter(pk=_id(asked["record"])).first()
    if found is None:
        error = _("This merchant has no customer of that reference.")
        return _page(request, customer, now=clock.now(), error=error, typed=asked["reason"], form="join")
    return _act(request, customer, join_records, form="join", customer_id=customer.pk, other_id=found.pk)


@login_required
@require_POST
def separate(request: HttpRequest, customer_id: int) -> HttpResponse:
    customer = _visible(request, customer_id)
    record = _record(customer, _asked(request)["record"])
    return _act(request, customer, separate_record, form="separate", customer_id=record.pk)


def _act(request: HttpRequest, customer: Customer, do: Callable, *, form: str, **given: int) -> HttpResponse:
    reason, now = _asked(request)["reason"], clock.now()
    try:
        do(**given, reason=reason, now=now, actor=maker_of(request).actor, address=_address(request))
    except Refused as refusal:
        return _page(request, customer, now=now, error=in_words(refusal), typed=reason, form=form)
    except OperationalError:
        error = _("A message to this customer is just leaving. Try again in a moment.")
        return _page(request, customer, now=now, error=error, typed=reason, form=form)
    return redirect("customer", customer.pk)


def _page(
    request: HttpRequest,
    customer: Customer,
    *,
    now: datetime,
    shown: Mapping[str, str] | None = None,
    error: str = "",
    typed: str = "",
    form: str = "",
) -> HttpResponse:
    """The page; `shown` holds what stands in clear, `typed` and `form` what was refused."""
    shown, at = shown or {}, reverse("customer", args=[customer.pk])
    circle = report.circle(customer, list(request.user.visible_merchants().values_list("pk", flat=True)))
    ids, only = circle.ids, _only(request)
    live = report.cases(ids, only="open", limit=MOST_CASES)
    listed = live if only == "open" else report.cases(ids, only=only, limit=MOST_CASES)
    alike = report.cases([other.pk for other in circle.alike], limit=MOST_CASES)
    said = list(report.messages(ids, before=_id(request.GET.get("before", "")), limit=MESSAGES + 1))
    holds, barred = report.wide_holds(ids, now=now), report.suppressions(circle.prints)
    context = {
        "current": "customers",
        "at": at,
        "customer": customer,
        "has_several": len(circle.records) > 1,
        "since": day(timezone.localtime(customer.created_at).date()),
        "wishes": wishes.wishes(circle.records, barred, holds, now=now),
        "factor": wishes.second_factor(circle.records, report.tries_left(ids, now=now)),
        "ways": words.ways(circle.records, role=request.user.role, shown=shown),
        "figures": words.figures(ids, live, at=at, now=now),
        "filters": _filters(at, only),
        "cases": words.case_lines(listed, now=now),
        "records": words.record_lines(circle, now=now),
        "alike": words.alike_lines(circle, alike, now=now),
        "messages": [message_line(one, now=now, shown=shown) for one in said[:MESSAGES]],
        "older": f"{at}?before={said[MESSAGES - 1].pk}#messages" if len(said) > MESSAGES else "",
        "payments": words.payment_lines(ids, limit=PAYMENTS),
        "error": error,
        "typed": typed,
        "form": form,
    }
    return render(request, "reminders/customer.html", context)


def _filters(at: str, only: str) -> list[dict]:
    names = ONLY if only in ONLY else ONLY | {only: only}
    return [
        {"to": f"{at}?only={key}#cases" if key else f"{at}#cases", "name": name, "is_current": key == only}
        for key, name in names.items()
    ]


def _visible(request: HttpRequest, key: str | int) -> Customer:
    """The customer, if this person may see them; somebody else's looks like none at all."""
    visible = Customer.objects.filter(merchant__in=request.user.visible_merchants())
    customer = visible.filter(pk=_id(str(key))).select_related("merchant").first()
    if customer is None:
        raise Http404
    return customer


def _record(customer: Customer, key: str) -> Customer:
    """The record of that id, if it is this customer's or joined with it."""
    found = Customer.objects.filter(pk=_id(key), pk__in=report.records_of(customer.pk)).first()
    if found is None:
        raise Http404
    return found


def _message(customer: Customer, key: str) -> Message:
    ids = report.records_of(customer.pk)
    found = Message.objects.filter(pk=_id(key), customer__in=ids).select_related("customer").first()
    if found is None:
        raise Http404
    return found


def _only(request: HttpRequest) -> str:
    asked = request.GET.get("only", "")
    is_currency = len(asked) == 3 and asked.isascii() and asked.isupper()
    return asked if asked in ONLY or is_currency else ""


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and int(text[:20]) <= LARGEST_ID else None


def _asked(request: HttpRequest) -> dict[str, str]:
    names = ("what", "record", "message", "reference", "reason")
    return {name: request.POST.get(name, "").replace("\x00", "").strip()[:500] for name in names}


def _address(request: HttpRequest) -> str:
    return request.META.get("REMOTE_ADDR", "")
