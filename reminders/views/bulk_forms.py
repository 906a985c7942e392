"""What the dialog of an act on many cases asks for: as for one case, with parts and days where cases differ."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import Merchant, User
from defaults.models import Dispute

from .act_fields import Field, Form, date_field, method_field, reason_field, words_field
from .bulk_more_forms import in_words_field, more_forms, percent_field, why_field
from .snooze_form import snooze_fields

# Whose cases are chosen, and the viewer's today.
Forms = Callable[[Sequence[Merchant], date], Iterator[Form]]

TITLES: Mapping[str, str] = {
    "claim": gettext_lazy("Claim"),
    "assign": gettext_lazy("Assign"),
    "remind": gettext_lazy("Remind"),
    "offer": gettext_lazy("Offer"),
    "promise": gettext_lazy("Payment date"),
    "snooze": gettext_lazy("Snooze"),
    "dispute": gettext_lazy("Dispute"),
    "close": pgettext_lazy("act", "Close as"),
    "note": gettext_lazy("Note"),
    "macro": gettext_lazy("Macro"),
    "more": gettext_lazy("More acts"),
}


def forms_of(name: str, *, merchants: Sequence[Merchant], today: date) -> list[Form]:
    return list(_FORMS[name](merchants, today)) if name in _FORMS else []


def titles() -> dict[str, str]:
    """What each act is called on its button."""
    today = date(2000, 1, 1)
    return {form.action: form.title for forms in _FORMS.values() for form in forms((), today)}


def _claim(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    yield Form(action="claim", title=_("Take them over"), told=_("Whoever has one of them loses it to you."))


def _assign(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    team = User.objects.filter(is_active=True, merchants__in=merchants).distinct().order_by("username")
    people = [(one.username, one.get_full_name() or one.username) for one in team]
    choice = Field(name="assignee", label=_("To whom"), kind="choice", choices=people)
    yield Form(action="assign", title=_("Give them to somebody"), fields=[choice])


def _remind(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    yield Form(action="remind", title=_("Send what may be sent"))


def _offer(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    last = date_field("expires_on", _("Last day to accept"), today + timedelta(days=14), least=today)
    yield Form(
        action="offer",
        title=_("Offer to close for less"),
        fields=[percent_field(_("Closes for (percent of what is open)"), 80), last],
    )


def _promise(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    yield Form(
        action="promise",
        title=_("Payment date promised"),
        fields=[date_field("on", _("Pays on"), today)],
        told=_("All that each case claims."),
    )


def _snooze(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    fields, told = snooze_fields(today=today)
    yield Form(action="snooze", title=_("Put them away"), fields=fields, told=told)
    yield Form(action="wake", title=_("Put them back on the desk"))


def _dispute(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    yield Form(
        action="dispute",
        title=_("Says it is not owed"),
        fields=[why_field(Dispute.Reason.choices), in_words_field()],
        told=_("All that is open in each case."),
    )


def _close(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    answer = words_field("answer", _("What the customer is told"), is_required=False)
    yield Form(
        action="record-payment",
        title=_("Paid elsewhere"),
        fields=[percent_field(_("How much (percent of what is open)"), 100), method_field()],
        told=_("The whole amount closes the case as paid."),
    )
    yield Form(
        action="accept-offer",
        title=_("Settled"),
        told=_("The customer accepts the offer that stands. The case closes when the agreed amount comes."),
    )
    yield Form(
        action="write-off",
        title=_("Written off"),
        fields=[reason_field()],
        told=_("We stop asking; the debt leaves the active book."),
    )
    yield Form(
        action="withdraw",
        title=_("Not owed"),
        fields=[why_field(Dispute.Reason.choices), answer],
        told=_("The sale is undone, the customer is told, and what was paid of it becomes credit."),
    )


def _note(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    text = Field(name="text", label=_("Internal note"), kind="words", longest=500)
    yield Form(action="note", title=_("Keep the note"), fields=[text])


_FORMS: dict[str, Forms] = {
    "claim": _claim,
    "assign": _assign,
    "remind": _remind,
    "offer": _offer,
    "promise": _promise,
    "snooze": _snooze,
    "dispute": _dispute,
    "close": _close,
    "note": _note,
    "more": more_forms,
}
