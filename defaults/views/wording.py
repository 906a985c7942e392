"""What a case is, and what comes next, in words: the facts of `defaults` alone."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from accounts.views.wording import day, overdue, short_day, short_moment
from common.calendar import days_past_due

from ..case_states import CaseState, Outcome
from ..models import DefaultCase, Hold

LATE_FROM_DAYS = 30
RED, AMBER, GREEN, GREY = "red", "amber", "green", "grey"

STATES = {
    CaseState.POOLING: (pgettext_lazy("case state", "Pooling"), GREY),
    CaseState.OPEN: (pgettext_lazy("case state", "Open"), GREY),
    CaseState.PROMISED: (pgettext_lazy("case state", "Promised"), GREEN),
    CaseState.IN_PLAN: (pgettext_lazy("case state", "In a plan"), GREEN),
    CaseState.PLACED: (pgettext_lazy("case state", "With an agency"), GREY),
    CaseState.CLOSED: (pgettext_lazy("case state", "Closed"), GREY),
}
OUTCOMES = {
    Outcome.CURED: (pgettext_lazy("case outcome", "Paid"), GREEN),
    Outcome.SETTLED: (pgettext_lazy("case outcome", "Settled"), GREEN),
    Outcome.FORGIVEN: (pgettext_lazy("case outcome", "Forgiven"), GREY),
    Outcome.WRITTEN_OFF: (pgettext_lazy("case outcome", "Written off"), GREY),
    Outcome.WITHDRAWN: (pgettext_lazy("case outcome", "Withdrawn"), GREY),
    Outcome.BARRED: (pgettext_lazy("case outcome", "Time-barred"), GREY),
}
VIEW_NAMES = {
    "open": gettext_lazy("All open"),
    "mine": gettext_lazy("My cases"),
    "unassigned": gettext_lazy("Unassigned"),
    "due": gettext_lazy("Due for review"),
    "soon": gettext_lazy("Due in 24 h"),
    "staff": gettext_lazy("Needs staff"),
    "disputed": pgettext_lazy("queue view", "Disputed"),
    "promised": pgettext_lazy("queue view", "Promised"),
    "snoozed": gettext_lazy("Snoozed"),
    "held": gettext_lazy("On hold"),
    "closed": pgettext_lazy("queue view", "Closed"),
}
VIEW_EMPTY = {
    "open": gettext_lazy("No payment is overdue beyond its grace. Cases open by themselves when one is."),
    "mine": gettext_lazy("You have no case. Take the next one, or look at those that nobody has."),
    "unassigned": gettext_lazy("Every open case has somebody who looks after it."),
    "due": gettext_lazy(
        "Every case has been looked at. The next one comes by itself when its time is there."
    ),
    "soon": gettext_lazy("Nothing happens by itself within a day: no reminder, no offer, no other step."),
    "staff": gettext_lazy("No case waits for a person. The system is working on the rest."),
    "disputed": gettext_lazy("No customer says that a payment is not owed."),
    "promised": gettext_lazy("No customer has named a payment date yet."),
    "snoozed": gettext_lazy(
        "You and your colleagues have put no case away. Snooze one, and it comes back here by itself."
    ),
    "held": gettext_lazy("Nobody is on hold. A dispute, a promise or you yourself put a case here."),
    "closed": gettext_lazy("No case has ended yet. Paid and settled ones come to rest here."),
}
FILTER_NAMES = {
    "state": gettext_lazy("State"),
    "bucket": gettext_lazy("Days overdue"),
    "amount": gettext_lazy("At least"),
    "assignee": gettext_lazy("Owner"),
    "hold": pgettext_lazy("queue filter", "Hold"),
    "disputed": pgettext_lazy("queue filter", "Disputed"),
}
BUCKET_NAMES = {
    "current": gettext_lazy("not overdue"),
    "1-30": gettext_lazy("1 to 30"),
    "31-60": gettext_lazy("31 to 60"),
    "61-90": gettext_lazy("61 to 90"),
    "90+": gettext_lazy("more than 90"),
}
ASSIGNEE_NAMES = {
    "me": pgettext_lazy("owner", "me"),
    "none": pgettext_lazy("owner", "nobody"),
    "others": pgettext_lazy("owner", "somebody else"),
}
HOLD_NAMES = {
    "any": pgettext_lazy("hold", "any"),
    "none": pgettext_lazy("hold", "none"),
    **dict(Hold.Reason.choices),
}
YES_NO = {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")}


@dataclass(frozen=True, slots=True)
class Chip:
    word: str
    colour: str


def state_of(case: DefaultCase, hold: Hold | None, *, now: datetime) -> Chip:
    if case.outcome:
        return Chip(*OUTCOMES[Outcome(case.outcome)])
    if hold and hold.reason == Hold.Reason.DISPUTE:
        return Chip(_("Disputed"), RED)
    if case.needs_staff:
        return Chip(_("Needs staff"), AMBER)
    if case.state == CaseState.OPEN and hold:
        return Chip(_("On hold"), GREY)
    if case.state == CaseState.OPEN and case.next_review_at and case.next_review_at <= now:
        return Chip(_("Review due"), AMBER)
    return Chip(*STATES[CaseState(case.state)])


def due_chip(case: DefaultCase, hold: Hold | None, *, now: datetime) -> Chip:
    """How long overdue, in words; or that the clock stands still, and until when."""
    today = timezone.localtime(now).date()
    if case.is_closed:
        return Chip(short_day(case.oldest_due_on, today=today), GREY)
    if hold and hold.reason == Hold.Reason.DISPUTE:
        return Chip(_("paused: disputed"), GREY)
    if hold and hold.until is None:
        return Chip(_("paused: %s") % hold.get_reason_display(), GREY)
    if hold:
        return Chip(_("paused until %s") % short_moment(hold.until, now=now), GREY)
    days = days_past_due(case.oldest_due_on, today)
    return Chip(overdue(days), RED if days > LATE_FROM_DAYS else AMBER if days > 0 else GREY)


def next_step(case: DefaultCase, hold: Hold | None, promised_on: date | None, *, now: datetime) -> str:
    """What happens to the case by itself, and when."""
    if case.closed_at:
        ended_on = timezone.localtime(case.closed_at).date()
        return _("Ended on %(day)s") % {"day": short_day(ended_on, today=timezone.localtime(now).date())}
    if promised_on:
        promised = short_day(promised_on, today=timezone.localtime(now).date())
        return _("Payment promised for %(day)s") % {"day": promised}
    if hold:
        return held_until(hold, now=now)
    if case.needs_staff:
        return _("A person decides")
    if case.next_review_at is None:
        return _("Waits for more items") if case.state == CaseState.POOLING else _("Waits for news")
    if case.next_review_at <= now:
        return _("Next step is decided now")
    return _("Next step is decided on %(moment)s") % {"moment": short_moment(case.next_review_at, now=now)}


def held_until(hold: Hold, *, now: datetime) -> str:
    if hold.until is None:
        return _("Held until a person ends it")
    return _("Held until %(moment)s") % {"moment": short_moment(hold.until, now=now)}


def snoozed_until(until: datetime | None, *, now: datetime) -> str:
    """Empty where nothing is snoozed, or no longer."""
    if until is None or until <= now:
        return ""
    return _("Snoozed until %(moment)s") % {"moment": short_moment(until, now=now)}


def initials(person: User) -> str:
    """김민아 is 김민, Mina Im is MI, joon is JO."""
    words = person.get_full_name().split()
    if len(words) > 1:
        return (words[0][0] + words[-1][0]).upper()
    return (words[0] if words else person.get_username())[:2].upper()


def due_phrase(due_on: date) -> str:
    return _("since %(day)s") % {"day": day(due_on)}
