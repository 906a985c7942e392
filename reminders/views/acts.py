"""Acts from the case page: the same table as the API's, on the version the page showed; refused in words, typed text kept."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.services.credit_refunds import RefundRefused, ask_refund
from common import clock
from common.money import LARGEST_POSITIVE_MINOR, NotMoney, to_minor
from common.reading import FIRST_YEAR, LAST_YEAR
from defaults.models import Approval, DefaultCase
from defaults.services.acts import Refused
from defaults.services.desk import StaleEdit

from ..services.act_args import Unfit
from ..services.case_acts import ACTS, perform
from ..services.drafts import end_drafts
from .act_fields import key_of
from .act_forms import MOST_INSTALMENTS
from .case import show_case
from .changed import changed_since
from .dialog_forms import TITLES
from .dialogs import show_dialog
from .done import done_answer
from .refusals import in_words
from .viewing import maker_of, visible_case

_NUMBERS = frozenset({"hold", "offer", "dispute", "adjustment", "message", "event"})
_AMOUNTS = frozenset({"amount", "pay"})
_DATES = frozenset({"on", "expires_on"})
_MAY_BE_EMPTY = frozenset({"text", "answer", "note"})

# What is only added, and so overwrites nothing.
_ON_ANY_VERSION = frozenset({"note"})


class _Unreadable(Exception):
    """A field does not hold what it is for; the message says which, in words."""


@login_required
@require_POST
def act(request: HttpRequest, number: str, action: str) -> HttpResponse:
    case, now = visible_case(request, number), clock.now()
    if action not in ACTS:
        raise Http404
    key, changed = key_of(action, request.POST), []
    try:
        body = msgspec.convert(_body(request.POST, action, case), ACTS[action].shape)
        done = perform(
            case_id=case.pk,
            version=case.version if action in _ON_ANY_VERSION else _version(request),
            action=action,
            body=body,
            maker=maker_of(request),
            user=request.user,
            now=now,
        )
    except StaleEdit:
        error = _("The case has changed since you read it. Look again, then decide.")
        changed = changed_since(case, _version(request), now=now)
    except (Refused, Unfit) as refusal:
        error = in_words(refusal)
    except (_Unreadable, msgspec.ValidationError) as problem:
        error = str(problem) if isinstance(problem, _Unreadable) else _("Something is missing, or too long.")
    else:
        end_drafts(user_id=request.user.pk, case_id=case.pk, form=key)
        return _after(request, case, done, now=now)
    return _refused(request, number, now=now, error=error, form=key, changed=changed)


@login_required
@require_POST
def refund(request: HttpRequest, number: str) -> HttpResponse:
    """Ask for an over-payment of one of the case's payments to be given back."""
    case, now = visible_case(request, number), clock.now()
    payment = case.items.filter(payment=_whole(request.POST.get("payment", ""))).first()
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:500]
    try:
        if payment is None or not reason:
            raise _Unreadable(_("Choose the payment, and say why."))
        minor = _minor(request.POST.get("amount", ""), case.currency)
        ask_refund(
            payment_id=payment.payment_id,
            amount_minor=minor,
            reason=reason,
            actor=maker_of(request).actor,
            now=now,
        )
    except (_Unreadable, RefundRefused) as refusal:
        error = str(refusal) if isinstance(refusal, _Unreadable) else in_words(refusal)
        return show_case(request, case, now=now, error=error, form="refund")
    return redirect(reverse("case", args=[number]) + "?told=refund")


def _refused(
    request: HttpRequest, number: str, *, now: datetime, error: str, form: str, changed: list[dict]
) -> HttpResponse:
    """The page, or the dialog, that asked, again; with what has `changed` since it was read."""
    case, name = visible_case(request, number), request.POST.get("dialog", "")
    show = partial(show_dialog, name=name) if request.htmx and name in TITLES else show_case
    return show(request, case, now=now, error=error, form=form, changed=changed)


def _after(request: HttpRequest, case: DefaultCase, done: Any, *, now: datetime) -> HttpResponse:
    if request.htmx:
        return done_answer(case, done, now=now)
    if isinstance(done, Approval):
        return redirect(reverse("case", args=[case.number]) + "?told=approval")
    goes_on = done.number if isinstance(done, DefaultCase) else case.number
    return redirect("case", number=goes_on)


def _body(given: Mapping[str, str], action: str, case: DefaultCase) -> dict[str, Any]:
    """What the API would be given. Raises _Unreadable."""
    if action == "plan":
        return {"instalments": _instalments(given, case.currency)}
    body: dict[str, Any] = {}
    for name in ACTS[action].shape.__struct_fields__:
        text = given.get(name, "").replace("\x00", "").strip()
        if text or name in _MAY_BE_EMPTY:
            body[name] = _value(name, text, case.currency)
    if "payments" in body:
        body["payments"] = [body["payments"]]
    return body


def _value(name: str, text: str, currency: str) -> Any:
    if name in _AMOUNTS:
        return _minor(text, currency)
    if name in _DATES:
        return _day(text)
    return _whole(text) if name in _NUMBERS else text


def _instalments(given: Mapping[str, str], currency: str) -> list[dict[str, Any]]:
    found = []
    for number in range(1, MOST_INSTALMENTS + 1):
        minor, on = (given.get(f"{name}-{number}", "").strip() for name in ("amount", "on"))
        if minor or on:
            found.append({"amount": _minor(minor, currency), "on": _day(on)})
    return found


def _minor(text: str, currency: str) -> int:
    """Separators of thousands may be typed. Raises _Unreadable."""
    try:
        minor = to_minor(text.replace(",", "").replace(" ", ""), currency)
    except NotMoney as problem:
        raise _Unreadable(_("Write the amount in digits, as 9900 or 9.90.")) from problem
    if not 0 < minor <= LARGEST_POSITIVE_MINOR:
        raise _Unreadable(_("An amount is more than nothing."))
    return minor


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as problem:
        raise _Unreadable(_("A date is missing, or is none.")) from problem
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _Unreadable(_("A date is missing, or is none."))
    return day


def _whole(text: str) -> int:
    """A number of ours; what is none names no row."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 15 else 0


def _version(request: HttpRequest) -> int:
    return _whole(request.POST.get("version", ""))
