"""The parts of the case's page beside its timeline: the head, what it is about, what holds it, and what else the customer has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.views.wording import amount, day, moment
from defaults.models import CaseItem, DefaultCase, Hold
from defaults.reports.claim import LiveClaim
from defaults.views.wording import due_chip, held_until, state_of

from ..facts import Verdict
from ..models import Draft
from ..services.case_acts import ENDS_WITH
from ..services.explain import why
from .act_fields import Form, words_field
from .dialog_forms import act_keys
from .drafts import with_drafts
from .wording import KINDS, who

MOST_ITEMS, MOST_OTHERS = 100, 20


def header(
    case: DefaultCase,
    claim: LiveClaim,
    holds: Sequence[Hold],
    items: Sequence[CaseItem],
    *,
    now: datetime,
) -> dict:
    first = speaking(holds)
    whole = sum(item.payment.amount_minor for item in items)
    return {
        "case": case,
        "act_keys": act_keys(case),
        "state": state_of(case, first, now=now),
        "claimed": amount(claim.owed_minor, case.currency),
        "whole": amount(whole, case.currency) if whole != claim.owed_minor else "",
        "disputed": amount(claim.disputed_minor, case.currency) if claim.disputed_minor else "",
        "due": due_chip(case, first, now=now),
        "due_on": day(case.oldest_due_on),
    }


def speaking(holds: Sequence[Hold]) -> Hold | None:
    """The hold that is named where there is room for one: a dispute before the others."""
    return min(holds, key=lambda hold: hold.reason != Hold.Reason.DISPUTE, default=None)


def told_why(case: DefaultCase, *, now: datetime) -> dict:
    """The decision in force, in words."""
    told = why(case, at=now, now=now)
    instants = {name: moment(told[name]) for name in ("at", "next_lawful_at") if told[name]}
    rules = [rule | {"until": moment(rule["until"]) if rule["until"] else ""} for rule in told["rules"]]
    objections = [rule for rule in rules if rule["verdict"] != Verdict.ALLOW]
    return told | instants | {"rules": rules, "objections": objections}


def holds_of(case: DefaultCase, records: Collection[int], *, now: datetime) -> list[Hold]:
    """Those of the case, and those of the person, whichever of their `records` they stand at."""
    running = Hold.objects.running(now).filter(customer__in=records).order_by("starts_at", "id")
    return [hold for hold in running if hold.case_id in (None, case.pk)]


def hold_line(hold: Hold, *, now: datetime) -> dict:
    return {
        "id": hold.pk,
        "reason": hold.get_reason_display(),
        "until": held_until(hold, now=now),
        "by": who(hold.placed_by),
        "note": hold.note,
        "is_wide": hold.case_id is None,
        "may_end": hold.reason not in ENDS_WITH,
    }


def items_of(case: DefaultCase) -> list[CaseItem]:
    return list(case.items.select_related("payment").order_by("payment__due_on", "pk")[:MOST_ITEMS])


def item_line(item: CaseItem) -> dict:
    payment = item.payment
    return {
        "what": payment.description or payment.reference,
        "due_on": day(payment.due_on),
        "owed": amount(payment.outstanding_minor, payment.currency),
        "price": amount(payment.amount_minor, payment.currency),
    }


def others_of(case: DefaultCase, records: Collection[int]) -> list[DefaultCase]:
    others = DefaultCase.objects.filter(customer__in=records).exclude(pk=case.pk)
    return list(others.order_by("closed_at", "oldest_due_on")[:MOST_OTHERS])


def other_line(case: DefaultCase, *, now: datetime) -> dict:
    return {
        "number": case.number,
        "sum": amount(case.claimed_minor, case.currency),
        "due": "" if case.is_closed else due_chip(case, None, now=now).word,
        "state": state_of(case, None, now=now),
    }


def filters(shown: str) -> list[dict]:
    every = {"address": "?", "name": pgettext("timeline", "All"), "is_current": not shown}
    return [every] + [
        {"address": f"?show={kind.value}", "name": word, "is_current": shown == kind}
        for kind, word in KINDS.items()
    ]


def note_form(drafts: Mapping[tuple[str, str], Draft], *, typed: str = "") -> Form:
    text = replace(words_field("text", _("Internal note")), longest=500)
    (form,) = with_drafts([Form(action="note", title=_("Keep the note"), fields=[text])], drafts)
    return replace(form, fields=[replace(form.fields[0], value=typed)]) if typed else form
