"""The customer's own view of what was sent to them about a case, and what comes next."""

import re
from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Channel
from accounts.views.wording import moment
from defaults.views.resolve.act import show
from defaults.views.resolve.frame import see
from defaults.views.resolve.visit import Visit, visited

from ..facts import ContactClass
from ..message_states import MessageState
from ..models import Message
from ..services.explain import why
from ..services.said import open_body
from .wording import CLASSES, MESSAGE_STATES

MOST_SHOWN = 50
# A link is a key to the case: it is not repeated where somebody may look over a shoulder.
_LINK = re.compile(r"/r/[^\s/]+/")


@require_safe
@visited
def said(visit: Visit) -> HttpResponse:
    if not visit.is_known:
        return see(visit.address("you"))
    sent = Message.objects.filter(case=visit.case, contacted_at__isnull=False).order_by(
        "-contacted_at", "-pk"
    )
    context = {"next": _next(visit), "sent": [_shown(message) for message in sent[:MOST_SHOWN]]}
    return show(visit, "messages", context)


def _next(visit: Visit) -> str:
    case, now = visit.case, visit.now
    if case.is_closed:
        return _("Nothing more is sent. This is closed.")
    if visit.answers.stopped_at:
        return _("Nothing more is sent, as you asked.")
    waiting = Message.objects.filter(case=case, state=MessageState.QUEUED).order_by("due_at").first()
    if waiting:
        return _next_by(waiting.channel, waiting.due_at)
    told = why(case, at=now, now=now)
    if told["next_lawful_at"] is None:
        return _("Nothing is planned. You hear from us when something changes.")
    return _next_by(told["channel"], told["next_lawful_at"])


def _next_by(channel: str, at: datetime) -> str:
    if not channel:
        return _("The next message comes on %s at the earliest.") % moment(at)
    told = {"channel": Channel(channel).label, "moment": moment(at)}
    return _("The next message comes by %(channel)s, on %(moment)s at the earliest.") % told


def _shown(message: Message) -> dict:
    state, _colour = MESSAGE_STATES[MessageState(message.state)]
    body = open_body(message) or ""
    return {
        "what": CLASSES[ContactClass(message.contact_class)],
        "channel": Channel(message.channel).label,
        "moment": moment(message.contacted_at),
        "state": state,
        "subject": message.subject,
        "language": message.language,
        "body": _LINK.sub("/r/…/", body),
    }
