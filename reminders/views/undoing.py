"""The key `z`: what this person did last is taken back, or what stands against it is said."""

from django.contrib.auth.decorators import login_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from common import clock
from defaults.models import CaseEvent
from defaults.services.acts import Refused

from ..services.undo_last import Overtaken, PartOfJob
from ..services.undo_last import undo_last as undo_latest
from .done import answer
from .event_words import EVENTS
from .jobs import undo as undo_job
from .refusals import in_words
from .viewing import maker_of
from .wording import who


@login_required
@require_POST
def undo_last(request: HttpRequest) -> HttpResponse:
    merchants = list(request.user.visible_merchants().values_list("pk", flat=True))
    case, told = None, {}
    try:
        undone = undo_latest(merchant_ids=merchants, maker=maker_of(request), now=clock.now())
    except PartOfJob as part:
        return undo_job(request, part.job_id)
    except Overtaken as overtaken:
        said = _("Not undone: %(what)s. Changed since by others: %(since)s.") % {
            "what": _named(overtaken.event),
            "since": ", ".join(
                f"{who(one.actor)} ({EVENTS.get(one.kind, one.kind)})" for one in overtaken.since
            ),
        }
    except Refused as refusal:
        said = in_words(refusal)
    except OperationalError:
        said = in_words(Refused("already_leaving", ""))
    else:
        said, case = _("Undone: %s.") % _named(undone.event), undone.case
        if case.pk != undone.event.case_id:
            told = {"goes-on": case.number}
    if request.htmx:
        return answer(said, **told)
    return redirect("case", number=case.number) if case else redirect("queue")


def _named(event: CaseEvent) -> str:
    return f"{event.case.number}, {EVENTS.get(event.kind, event.kind)}"
