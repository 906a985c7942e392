"""What the page is told when an act from a dialog is done: what to say, what has changed, and that it can be undone."""

import json
from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _

from defaults.models import Approval, CaseEvent, DefaultCase
from defaults.services.undo import FOLLOWED, SECONDS, undoable_kinds
from defaults.views.claiming import marked

from ..services.case_acts import ENDS_WITH
from .event_words import EVENTS
from .panel import TOLD


def done_answer(case: DefaultCase, done: DefaultCase | Approval | dict, *, now: datetime) -> HttpResponse:
    """`done` as `case_acts.perform` answers it."""
    if isinstance(done, Approval):
        return answer(f"{case.number}: {TOLD['approval']}")
    if isinstance(done, dict):
        return _reminded(case, done, now=now)
    # What closed it may have held the row by another name.
    done.refresh_from_db(fields=["state", "outcome"])
    event = _act(done)
    told: dict[str, object] = {}
    if event is not None and event.kind in undoable_kinds():
        told["undoable"] = {"seconds": SECONDS}
    if done.is_closed:
        told["closed"] = done.number
    if done.pk != case.pk:
        told["goes-on"] = done.number
    words = EVENTS.get(event.kind, event.kind) if event else _("Done.")
    return answer(f"{done.number}: {words}", **told)


def _reminded(case: DefaultCase, decision: dict, *, now: datetime) -> HttpResponse:
    if "leaves_at" not in decision:
        return answer(f"{case.number}: {decision['sentence']}")
    seconds = int((decision["leaves_at"] - now).total_seconds())
    said = _("%(case)s: the reminder leaves in %(seconds)d s.") % {"case": case.number, "seconds": seconds}
    return answer(said, **({"undoable": {"seconds": seconds}} if seconds else {}))


def answer(said: str, **events: object) -> HttpResponse:
    """Closes the dialog, refreshes the list or the page, and says so; further events of the page by their names."""
    told = HttpResponse(status=204)
    told["HX-Trigger"] = json.dumps({"said": said, **events, "changed": "", "done": ""})
    return marked(told)


def _act(case: DefaultCase) -> CaseEvent | None:
    """The latest entry that is an act, not what followed from one, nor the hold that a dispute or an agreement brings."""
    acts = case.events.exclude(kind__in=FOLLOWED).exclude(kind="held", reason__in=ENDS_WITH)
    return acts.order_by("-seq").first()
