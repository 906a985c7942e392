"""The forms of the case page: which acts this person may do to this case as it stands, and what each asks for."""

from collections.abc import Iterator
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from accounts.views.wording import amount
from defaults.agreement_states import OfferState, PlacementState, PlanState
from defaults.authority import LEAD, may_decide
from defaults.case_states import Outcome
from defaults.models import Agency, DefaultCase

from .act_fields import (
    Field,
    Form,
    Group,
    amount_field,
    date_field,
    method_field,
    plain,
    reason_field,
)
from .protection_forms import of_customer
from .snooze_form import snooze_forms

MOST_INSTALMENTS = 6


def groups_of(case: DefaultCase, *, user: User, today: date, claimed_minor: int) -> list[Group]:
    """Forms by what they are about; an empty group is left out. A constant number of queries."""
    if case.is_closed:
        groups = [Group(_("Closed case"), list(_of_closed(case, user)))]
    else:
        groups = [
            Group(_("Who works on it"), [*_of_desk(case, user), *snooze_forms(case, today=today)]),
            Group(_("Money and agreements"), list(_of_money(case, today, claimed_minor))),
            Group(_("What the customer says"), list(of_customer(case))),
            Group(_("Ending it, or handing it on"), list(_of_ends(case, user))),
        ]
    return [group for group in groups if group.forms]


def _of_desk(case: DefaultCase, user: User) -> Iterator[Form]:
    if case.assignee_id != user.pk:
        yield Form(action="claim", title=_("Take it over"))
    team = User.objects.filter(is_active=True, merchants=case.merchant_id).order_by("username")
    people = [
        (one.username, one.get_full_name() or one.username) for one in team if one.pk != case.assignee_id
    ]
    if people:
        choice = Field(name="assignee", label=_("To whom"), kind="choice", choices=people)
        yield Form(action="assign", title=_("Give it to somebody"), fields=[choice])


def _of_money(case: DefaultCase, today: date, claimed_minor: int) -> Iterator[Form]:
    whole = plain(claimed_minor, case.currency)
    yield Form(
        action="record-payment",
        title=_("Record a payment"),
        fields=[amount_field(case, value=whole), method_field()],
    )
    if any(plan.state == PlanState.LIVE for plan in case.plans.all()):
        return
    accepted = [offer for offer in case.offers.all() if offer.state == OfferState.ACCEPTED]
    live = [offer for offer in case.offers.all() if offer.state == OfferState.LIVE]
    if accepted:
        return
    for offer in live:
        yield Form(
            action="accept-offer",
            title=_("Accept the offer of %s for the customer") % amount(offer.pay_minor, case.currency),
            hidden={"offer": str(offer.pk)},
            told=_(
                "Only when the customer has said so. Acceptance acknowledges the debt: limitation starts anew."
            ),
        )
    if not any(promise.state == "made" for promise in case.promises.all()):
        yield Form(
            action="promise",
            title=_("Payment date promised"),
            fields=[amount_field(case, value=whole), date_field("on", _("Pays on"), today)],
        )
        yield Form(action="plan", title=_("Instalments"), fields=_instalments(case, today))
    if not live:
        yield Form(
            action="offer",
            title=_("Offer to close for less"),
            fields=[
                amount_field(case, name="pay", label=_("Closes for (%s)") % case.currency),
                date_field("expires_on", _("Last day to accept"), today + timedelta(days=14), least=today),
            ],
        )
    yield Form(
        action="waive",
        title=_("Waive a part"),
        fields=[amount_field(case, label=_("Waived (%s)") % case.currency), reason_field()],
        told=_("Released for good: fees first, then the oldest amounts."),
    )


def _of_ends(case: DefaultCase, user: User) -> Iterator[Form]:
    running = [
        one for one in case.placements.all() if one.state in (PlacementState.ANNOUNCED, PlacementState.PLACED)
    ]
    why_back = Field(name="reason", label=_("Why"), longest=60, is_required=False)
    for one in running:
        yield Form(action="recall", title=_("Take it back from %s") % one.agency, fields=[why_back])
        if one.state == PlacementState.PLACED:
            yield Form(action="return", title=_("%s gave it back") % one.agency, fields=[why_back])
    second = "" if may_decide(user.role, LEAD) else _("A lead decides.")
    yield Form(
        action="forgive",
        title=_("Forgive"),
        fields=[reason_field()],
        told=_("Closes the case from the merchant's budget: asking costs more than it is worth."),
    )
    yield Form(
        action="write-off",
        title=_("Write off"),
        fields=[reason_field()],
        told=_("We stop asking; the debt leaves the active book."),
        needs=second,
    )
    agencies = [] if running else _agencies(case)
    if agencies:
        yield Form(
            action="place",
            title=_("Hand over to an agency"),
            fields=[Field(name="agency", label=_("Agency"), kind="choice", choices=agencies)],
            told=_("The customer is told first; five business days later the agency gets the case."),
            needs=_("A second person decides, always."),
        )


def _of_closed(case: DefaultCase, user: User) -> Iterator[Form]:
    if case.outcome in (Outcome.WRITTEN_OFF, Outcome.FORGIVEN):
        yield Form(
            action="recover",
            title=_("Record money that came after all"),
            fields=[amount_field(case), method_field()],
        )
    if case.outcome not in (Outcome.SETTLED, Outcome.BARRED, Outcome.CURED):
        yield Form(
            action="reopen",
            title=_("Go on with it in a linked case"),
            fields=[reason_field()],
            needs="" if may_decide(user.role, LEAD) else _("A lead decides."),
        )


def _agencies(case: DefaultCase) -> list[tuple[str, str]]:
    chosen = Agency.objects.filter(merchants=case.merchant_id, is_active=True).order_by("name")
    return [(agency.slug, agency.name) for agency in chosen]


def _instalments(case: DefaultCase, today: date) -> list[Field]:
    found = []
    for number in range(1, MOST_INSTALMENTS + 1):
        later = today + timedelta(days=30 * (number - 1) + 7)
        label = pgettext("instalment", "%d. amount") % number
        needed = number <= 2
        found.append(amount_field(case, name=f"amount-{number}", label=label, is_required=needed))
        found.append(
            Field(
                name=f"on-{number}",
                label=pgettext("instalment", "%d. date") % number,
                kind="date",
                value=later.isoformat() if needed else "",
                least=today.isoformat(),
                is_required=needed,
            )
        )
    return found
