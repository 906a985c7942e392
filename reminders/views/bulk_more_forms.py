"""The acts on many cases that have no key of their own."""

from collections.abc import Iterator, Sequence
from datetime import date

from django.utils.translation import gettext as _

from accounts.models import Merchant
from defaults.models import Agency, Deferral
from defaults.services.dispute_evidence import LABELS

from ..services.act_shapes import STAFF_REASONS
from .act_fields import Field, Form, method_field, reason_field, words_field


def more_forms(merchants: Sequence[Merchant], today: date) -> Iterator[Form]:
    yield from _of_asking(today)
    yield from _of_money()
    yield from _of_protections()
    yield from _of_ends(merchants)


def percent_field(label: str, value: int) -> Field:
    return Field(name="percent", label=label, kind="amount", value=str(value), longest=3, hint="numeric")


def why_field(choices: Sequence[tuple[str, str]]) -> Field:
    return Field(name="reason", label=_("Why"), kind="choice", choices=choices)


def in_words_field() -> Field:
    return words_field("text", _("In the customer's words"), is_required=False)


def _lines() -> list[tuple[str, str]]:
    return [(item, str(label)) for item, label in LABELS.items()]


def _of_asking(today: date) -> Iterator[Form]:
    reasons = [(reason.value, reason.label) for reason in STAFF_REASONS]
    until = Field(name="until", label=_("Until"), kind="date", least=today.isoformat(), is_required=False)
    yield Form(
        action="hold",
        title=_("Suspend asking"),
        fields=[
            Field(name="reason", label=_("Why"), kind="choice", choices=reasons),
            until,
            Field(name="note", label=_("Note for colleagues"), is_required=False),
        ],
    )
    yield Form(action="release", title=_("Go on asking"), told=_("Ends the hold of each case that has one."))
    yield Form(action="cancel-message", title=_("Take the waiting message back"))


def _of_money() -> Iterator[Form]:
    yield Form(
        action="plan",
        title=_("Instalments"),
        fields=[
            Field(name="parts", label=_("How many"), kind="amount", value="3", longest=1, hint="numeric"),
            Field(name="in_days", label=_("The first in (days)"), kind="amount", value="7", longest=3),
            Field(name="every_days", label=_("Then every (days)"), kind="amount", value="30", longest=3),
        ],
        told=_("Equal parts of what each case claims."),
    )
    yield Form(
        action="waive",
        title=_("Waive a part"),
        fields=[percent_field(_("Waived (percent of what is open)"), 10), reason_field()],
        told=_("Released for good: fees first, then the oldest amounts."),
    )
    yield Form(
        action="forgive",
        title=_("Forgive"),
        fields=[reason_field()],
        told=_("Closes the case from the merchant's budget: asking costs more than it is worth."),
    )
    yield Form(
        action="recover",
        title=_("Record money that came after all"),
        fields=[percent_field(_("How much (percent of what was open)"), 100), method_field()],
    )


def _of_protections() -> Iterator[Form]:
    verdicts = [("upheld", _("Upheld: not owed")), ("rejected", _("Rejected: owed"))]
    yield Form(
        action="resolve-dispute",
        title=_("Dispute: answer it"),
        fields=[
            Field(name="verdict", label=_("Answer"), kind="choice", choices=verdicts),
            words_field("answer", _("What the customer is told")),
        ],
    )
    yield Form(
        action="note-evidence",
        title=_("Dispute: note what was looked at"),
        fields=[
            Field(name="item", label=_("Looked at"), kind="choice", choices=_lines()),
            words_field("note", _("What was found")),
        ],
    )
    yield Form(
        action="defer",
        title=_("Cannot pay now"),
        fields=[why_field(Deferral.Reason.choices), in_words_field()],
        told=_("Asking rests for three months, and no fees run."),
    )
    yield Form(action="ask-adjustment", title=_("Asks to change the debt"), fields=[in_words_field()])
    yield Form(
        action="offer-adjustment",
        title=_("Adjustment: grant it"),
        fields=[words_field("proposal", _("What we offer, in words"))],
    )
    yield Form(
        action="refuse-adjustment",
        title=_("Adjustment: refuse it"),
        fields=[words_field("refusal", _("Why, and which routes are left"))],
        told=_("Name the routes that are left: the court (법원), and the committee (신용회복위원회)."),
    )
    yield Form(action="accept-adjustment", title=_("Adjustment: the customer accepts"))


def _of_ends(merchants: Sequence[Merchant]) -> Iterator[Form]:
    chosen = Agency.objects.filter(merchants__in=merchants, is_active=True).distinct().order_by("name")
    agencies = [(agency.slug, agency.name) for agency in chosen]
    why_back = Field(name="reason", label=_("Why"), longest=60, is_required=False)
    yield Form(
        action="place",
        title=_("Hand over to an agency"),
        fields=[Field(name="agency", label=_("Agency"), kind="choice", choices=agencies)],
        told=_("The customer is told first; five business days later the agency gets the case."),
        needs=_("A second person decides, always."),
    )
    yield Form(action="recall", title=_("Take them back from the agency"), fields=[why_back])
    yield Form(action="return", title=_("The agency gave them back"), fields=[why_back])
    yield Form(action="reopen", title=_("Go on with it in a linked case"), fields=[reason_field()])
