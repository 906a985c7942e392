"""Which forms stand in the dialog of each key."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from defaults.agreement_states import OfferState
from defaults.models import DefaultCase, Dispute
from defaults.reports.due import left_of_offer

from ..services.act_shapes import STAFF_REASONS
from .act_fields import Field, Form, amount_field, method_field, plain, words_field
from .act_forms import groups_of

# The words of a dialog's heading; a name that is not here is no dialog of one case.
TITLES: Mapping[str, str] = {
    "remind": gettext_lazy("Remind"),
    "offer": gettext_lazy("Offer"),
    "promise": gettext_lazy("Payment date"),
    "snooze": gettext_lazy("Snooze"),
    "dispute": gettext_lazy("Dispute"),
    "answer": gettext_lazy("Answer the dispute"),
    "close": pgettext_lazy("act", "Close as"),
    "note": gettext_lazy("Note"),
    "hold": gettext_lazy("Put on hold"),
    "assign": gettext_lazy("Assign"),
}
_KEYS = (
    ("r", "remind"), ("o", "offer"), ("p", "promise"), ("s", "snooze"), ("d", "dispute"), ("e", "close"), ("c", "note"),
)  # fmt: skip
# What is said where the case as it stands allows none of the forms.
NOT_NOW: Mapping[str, str] = {
    "offer": gettext_lazy("No offer can be made now: the case is closed, or an agreement stands."),
    "promise": gettext_lazy(
        "No payment date can be taken now: the case is closed, or something is agreed already."
    ),
    "snooze": gettext_lazy("The case is closed: it waits for nobody."),
    "dispute": gettext_lazy("The case is closed: nothing of it is asked for."),
    "answer": gettext_lazy("No dispute waits for an answer."),
    "hold": gettext_lazy("The case is closed. There is nothing to hold."),
    "assign": gettext_lazy("There is nobody else who works for this merchant."),
}
Forms = Callable[[DefaultCase, User, date, int], list[Form]]


def act_keys(case: DefaultCase) -> list[dict[str, str]]:
    """The buttons that open the dialogs, each with its key; of a closed case only the note."""
    shown = [(key, name) for key, name in _KEYS if name == "note" or not case.is_closed]
    buttons = [{"key": key, "name": name, "title": TITLES[name]} for key, name in shown if name in FORMS]
    return buttons if case.is_closed else [*buttons, {"key": "m", "name": "macro", "title": _("Macro")}]


def _by_action(*actions: str) -> Forms:
    """Those of the forms of the case's page that do one of these."""

    def forms(case: DefaultCase, user: User, today: date, claimed_minor: int) -> list[Form]:
        groups = groups_of(case, user=user, today=today, claimed_minor=claimed_minor)
        return [form for group in groups for form in group.forms if form.action in actions]

    return forms


def _note(case: DefaultCase, user: User, today: date, claimed_minor: int) -> list[Form]:
    text = replace(words_field("text", _("Internal note")), longest=500)
    return [Form(action="note", title=_("Keep the note"), fields=[text])]


def _hold(case: DefaultCase, user: User, today: date, claimed_minor: int) -> list[Form]:
    if case.is_closed:
        return []
    reasons = [(reason.value, reason.label) for reason in STAFF_REASONS]
    first = (today + timedelta(days=1)).isoformat()
    fields = [
        Field(name="reason", label=_("Why"), kind="choice", choices=reasons),
        Field(
            name="until",
            label=_("Asking goes on again on (empty: when a person ends it)"),
            kind="date",
            least=first,
            is_required=False,
        ),
        Field(name="note", label=_("Remark"), is_required=False),
    ]
    return [Form(action="hold", title=_("Put on hold"), fields=fields)]


def _remind(case: DefaultCase, user: User, today: date, claimed_minor: int) -> list[Form]:
    return [] if case.is_closed else [Form(action="remind", title=_("Send the reminder"))]


def _close(case: DefaultCase, user: User, today: date, claimed_minor: int) -> list[Form]:
    """Paid elsewhere, settled, written off, not owed: in this order, on the keys 1 to 4."""
    if case.is_closed:
        return [Form(action="", title="", told=_("The case is closed already."))]
    (written_off,) = _by_action("write-off")(case, user, today, claimed_minor)
    whole = plain(claimed_minor, case.currency)
    return [
        Form(
            action="record-payment",
            title=_("Paid elsewhere"),
            fields=[amount_field(case, value=whole), method_field()],
            told=_("The whole amount closes the case as paid."),
        ),
        next(_settled(case)),
        replace(written_off, title=_("Written off")),
        next(_not_owed(case)),
    ]


def _settled(case: DefaultCase) -> Iterator[Form]:
    """What is left of an accepted offer; else the acceptance of the one that stands."""
    for offer in case.offers.all():
        if offer.state == OfferState.ACCEPTED:
            yield Form(
                action="record-payment",
                title=_("Settled"),
                hidden={"choice": "settled"},
                fields=[
                    amount_field(case, value=plain(left_of_offer(offer), case.currency)),
                    method_field(),
                ],
                told=_("What was agreed has come: the case closes as settled."),
            )
        if offer.state == OfferState.LIVE:
            yield Form(
                action="accept-offer",
                title=_("Settled"),
                hidden={"offer": str(offer.pk)},
                told=_(
                    "The customer accepts the offer that stands. The case closes when the agreed amount comes."
                ),
            )
    yield Form(
        action="",
        title=_("Settled"),
        told=_("No offer stands. Make one first; the case closes as settled when it is paid."),
    )


def _not_owed(case: DefaultCase) -> Iterator[Form]:
    """The dispute that stands is upheld; without one the claim is withdrawn."""
    answer = words_field("answer", _("What the customer is told"), is_required=False)
    told = _("The sale is undone, the customer is told, and what was paid of it becomes credit.")
    for dispute in case.disputes.all():
        hidden = {"dispute": str(dispute.pk), "verdict": "upheld"}
        yield Form(action="resolve-dispute", title=_("Not owed"), hidden=hidden, fields=[answer], told=told)
    reason = Field(name="reason", label=_("Why"), kind="choice", choices=Dispute.Reason.choices)
    yield Form(action="withdraw", title=_("Not owed"), fields=[reason, answer], told=told)


FORMS: Mapping[str, Forms] = {
    "remind": _remind,
    "offer": _by_action("offer", "accept-offer"),
    "promise": _by_action("promise"),
    "snooze": _by_action("snooze"),
    "dispute": _by_action("dispute"),
    "answer": _by_action("resolve-dispute"),
    "close": _close,
    "note": _note,
    "hold": _hold,
    "assign": _by_action("assign"),
}
