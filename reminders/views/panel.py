"""What stands beside the timeline of a case: the acts, what was agreed, what waits for approval, what can still be undone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Payment
from accounts.views.wording import amount
from defaults.authority import LEAD, may_decide
from defaults.models import Approval, CaseEvent, DefaultCase, Hold
from defaults.reports.claim import LiveClaim
from defaults.services.undo import SECONDS, is_made_by, undoable_kinds
from defaults.views.wording import next_step

from ..models import Draft
from .act_fields import Field, Form, Group, amount_field, plain, reason_field, with_typed
from .act_forms import groups_of
from .agreement_lines import agreements
from .approval_words import approval_line
from .case_parts import speaking, told_why
from .drafts import groups_with_drafts
from .event_words import EVENTS
from .suggestion import suggestion
from .viewing import maker_of

_FRESH = f"""
SELECT id, {SECONDS} - floor(extract(epoch FROM clock_timestamp() - recorded_at))::int FROM defaults_caseevent
 WHERE case_id = %s AND kind = ANY(%s) AND recorded_at > clock_timestamp() - interval '{SECONDS} s'
"""
TOLD = {
    "approval": gettext_lazy("Put to a second person. Nothing has been done yet."),
    "refund": gettext_lazy("Put to a second person. Nothing has been paid back yet."),
}


def load(case: DefaultCase) -> DefaultCase:
    """The case with what the panel shows of it, in a constant number of queries."""
    return (
        DefaultCase.objects.filter(pk=case.pk)
        .prefetch_related("promises", "offers", "plans__instalments", "adjustments", "placements__agency")
        .select_related("customer", "merchant", "assignee", "previous_case")
        .get()
    )


def load_open(case: DefaultCase) -> DefaultCase:
    """As `load`, with the disputes that wait for an answer."""
    loaded = load(case)
    loaded._prefetched_objects_cache["disputes"] = loaded.disputes.filter(state="raised").order_by("pk")
    return loaded


def panel(
    request: HttpRequest,
    case: DefaultCase,
    *,
    claim: LiveClaim,
    holds: Sequence[Hold],
    drafts: Mapping[tuple[str, str], Draft],
    now: datetime,
    form: str,
    typed: Mapping[str, str],
) -> dict:
    """Template context. `form`: the key of the one that was refused, which holds `typed` again."""
    case, told = load_open(case), told_why(case, now=now)
    today = timezone.localtime(now).date()
    groups = groups_of(case, user=request.user, today=today, claimed_minor=claim.owed_minor)
    groups = groups_with_drafts(groups, drafts)
    waiting = list(Approval.objects.filter(case=case, state="asked").order_by("asked_at", "pk"))
    promise = next((one for one in case.promises.all() if one.state == "made"), None)
    return {
        "groups": with_typed(groups, key=form, typed=typed) if form else groups,
        "agreements": agreements(case, now=now),
        "approvals": [approval_line(one, viewer=request.user, now=now, case=case) for one in waiting],
        "undoable": _undoable(request, case),
        "may_export": may_decide(request.user.role, LEAD),
        "credits": _credits(case, form=form, typed=typed),
        "told": str(TOLD.get(request.GET.get("told", ""), "")),
        "why": told,
        "next_step": next_step(case, speaking(holds), promise and promise.on, now=now),
        "suggested": suggestion(
            case, told=told, hold=speaking(holds), claim=claim, waits=bool(waiting), now=now
        ),
    }


def _undoable(request: HttpRequest, case: DefaultCase) -> list[dict]:
    """What this person may still take back, the latest first, with the seconds that are left."""
    with connection.cursor() as cursor:
        cursor.execute(_FRESH, [case.pk, sorted(undoable_kinds())])
        left = dict(cursor.fetchall())
    if not left:
        return []
    undone = set(case.events.filter(kind="undone").values_list("data__event", flat=True))
    actor, is_lead = maker_of(request).actor, may_decide(request.user.role, LEAD)
    events = CaseEvent.objects.filter(pk__in=left, actor__startswith="staff:").order_by("-seq")
    return [
        {"seq": event.seq, "what": EVENTS.get(event.kind, event.kind), "seconds": left[event.pk]}
        for event in events
        if event.seq not in undone and (is_lead or is_made_by(event, actor))
    ]


def _credits(case: DefaultCase, *, form: str, typed: Mapping[str, str]) -> Form | None:
    """The form that asks for over-payments to be given back, if there are any."""
    over_paid = list(
        Payment.objects.filter(case_items__case=case, credit_minor__gt=0).distinct().order_by("due_on")[:50]
    )
    if not over_paid:
        return None
    choices = [
        (str(one.pk), f"{one.description or one.reference} · {amount(one.credit_minor, one.currency)}")
        for one in over_paid
    ]
    first = plain(over_paid[0].credit_minor, case.currency)
    made = Form(
        action="refund",
        title=_("Give over-payment back"),
        told=_("Two people: somebody else decides."),
        fields=[
            Field(name="payment", label=_("Over-paid"), kind="choice", choices=choices),
            amount_field(case, value=first),
            reason_field(),
        ],
    )
    (group,) = with_typed([Group("", [made])], key=form, typed=typed)
    return group.forms[0]
