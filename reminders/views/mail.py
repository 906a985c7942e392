"""The letters of the development mailbox, as they would have arrived."""

import email.policy
import mailbox
from datetime import UTC
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.views.viewer import has_mail
from accounts.views.wording import moment

SHOWN = 200


@login_required
@never_cache
@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    box = _box(request)
    # A key starts with the second of delivery: the newest first, and only those are opened.
    keys = sorted(box.keys(), reverse=True)[:SHOWN]
    parser = BytesHeaderParser(policy=email.policy.default)
    rows = [_head(key, parser.parsebytes(box.get_bytes(key))) for key in keys]
    return render(request, "reminders/mail.html", {"current": "mail", "letters": rows, "total": len(box)})


@login_required
@never_cache
@require_safe
def letter(request: HttpRequest, key: str) -> HttpResponse:
    try:
        message = BytesParser(policy=email.policy.default).parsebytes(_box(request).get_bytes(key))
    except KeyError:
        raise Http404 from None
    part = message.get_body(preferencelist=("plain",))
    context = {"current": "mail", **_head(key, message), "body": part.get_content() if part else ""}
    return render(request, "reminders/letter.html", context)


def _box(request: HttpRequest) -> mailbox.Maildir:
    if not has_mail(request.user):
        raise Http404
    return mailbox.Maildir(settings.MAILDIR, create=True)


def _head(key: str, message: EmailMessage) -> dict:
    return {
        "key": key,
        "subject": message["subject"] or "",
        "sender": message["from"] or "",
        "recipient": message["to"] or "",
        "spoken": (message["content-language"] or "").split(",")[0].strip(),
        "at": _date(message["date"]),
    }


def _date(text: str | None) -> str:
    try:
        at = parsedate_to_datetime(str(text))
    except ValueError:
        return ""
    return moment(at if at.tzinfo else at.replace(tzinfo=UTC))
