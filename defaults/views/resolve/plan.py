"""Paying in instalments: how many and from when, then every date and amount, then the agreement."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.services.checkouts import minimum_of
from accounts.views.wording import day

from ...agreement_states import OfferState
from ...models import PaymentPlan
from ...negotiation import LONGEST_GAP_DAYS, MOST_PARTS, Counter, Refer, equal_instalments, most_parts
from ...services.negotiate import load_bounds
from ...services.plans import propose_plan
from .act import Act, Field, Form, Option, Receipt, Summary, Way, Wrong
from .pay import NEXT
from .simple import CUSTOMER
from .visit import Visit

Instalments = Sequence[tuple[int, date]]


class PayInParts(Act):
    name = "instalments"

    def way(self, visit: Visit) -> Way | None:
        said, owed = visit.answers, visit.claim.owed_minor
        is_bound = said.plan or (said.offer and said.offer.state == OfferState.ACCEPTED)
        if not visit.is_open or not owed or is_bound:
            return None
        if most_parts(owed, load_bounds(visit.case.merchant_id, visit.case.currency)) < 2:
            return None
        return Way(_("Pay in instalments"), _("Two or more parts, a month apart. You see every date first."))

    def form(self, visit: Visit, said: QueryDict) -> Form:
        owed, last = visit.claim.owed_minor, visit.today + timedelta(days=LONGEST_GAP_DAYS)
        options = tuple(
            Option(
                str(parts),
                _("%(parts)d instalments of %(amount)s")
                % {"parts": parts, "amount": visit.amount(owed // parts)},
                is_chosen=said.get("parts") == str(parts),
            )
            for parts in range(2, MOST_PARTS + 1)
        )
        first = Field(
            kind="date",
            name="first",
            label=_("First payment"),
            value=said.get("first", visit.today.isoformat()),
            first=visit.today.isoformat(),
            last=last.isoformat(),
            detail=_("The others follow a month apart. The last one takes what is left over."),
            is_needed=True,
        )
        how_many = Field(kind="choice", name="parts", label=_("How many?"), options=options, is_needed=True)
        return Form(title=_("Pay in instalments"), fields=(how_many, first))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        wanted = _named(said) if "instalment" in said else _chosen(visit, said)
        return _shown(visit, wanted, title=_("Your instalments"))

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> Summary | Receipt | None:
        answer = propose_plan(
            case_id=visit.case.pk,
            instalments=_named(said),
            evidence=visit.evidence(summary.text),
            actor=CUSTOMER,
            now=visit.now,
        )
        if isinstance(answer, Counter):
            return _shown(
                visit,
                answer.instalments,
                title=_("We can offer this instead"),
                first_note=_("As you proposed it is not possible. This would be:"),
            )
        if isinstance(answer, Refer):
            return Receipt(
                title=_("A person looks at this"),
                notes=(_("We cannot agree to this by ourselves. You are told what is possible."),),
                colour="amber",
            )
        return None

    def receipt(self, visit: Visit) -> Receipt | None:
        plan = visit.answers.plan
        if plan is None:
            return None
        return Receipt(
            title=_("Agreed. Thank you."),
            lines=_lines(visit, _of(plan)),
            notes=(_("No reminder is sent while you keep to these dates."),),
            go=_pay(visit),
        )


def _shown(visit: Visit, wanted: Instalments, *, title: str, first_note: str = "") -> Summary:
    together = (_("Together"), visit.amount(sum(minor for minor, _on in wanted)))
    return Summary(
        title=title,
        lines=(*_lines(visit, wanted), together),
        notes=(
            *filter(None, [first_note]),
            _("No reminder is sent while you keep to these dates. If one is missed, we tell you, and you get a second chance."),
            _("By agreeing you acknowledge the debt, so its limitation period starts again from that day "
              "(Korean Civil Act 168(3), 178)."),
        ),
        button=_("Agree to these instalments"),
        said={"instalment": [f"{minor}@{on.isoformat()}" for minor, on in wanted]},
    )  # fmt: skip


def _lines(visit: Visit, instalments: Instalments) -> tuple[tuple[str, str], ...]:
    return tuple((day(on), visit.amount(minor)) for minor, on in instalments)


def _chosen(visit: Visit, said: QueryDict) -> Instalments:
    parts = said.get("parts", "")
    if parts not in {str(number) for number in range(2, MOST_PARTS + 1)}:
        raise Wrong(_("Choose how many instalments."))
    try:
        first_on = date.fromisoformat(said.get("first", ""))
    except ValueError:
        raise Wrong(_("Choose a day for the first payment.")) from None
    if not visit.today <= first_on <= visit.today + timedelta(days=LONGEST_GAP_DAYS):
        raise Wrong(_("The first payment is within a month from today."))
    return equal_instalments(visit.claim.owed_minor, parts=int(parts), first_on=first_on)


def _named(said: QueryDict) -> Instalments:
    """As they stood on the page that was agreed to."""
    try:
        pairs = [one[:40].split("@") for one in said.getlist("instalment")[:MOST_PARTS]]
        return tuple((int(minor), date.fromisoformat(on)) for minor, on in pairs)
    except ValueError:
        raise Wrong(_("Choose how many instalments.")) from None


def _of(plan: PaymentPlan) -> Instalments:
    return [(one.amount_minor, one.due_on) for one in plan.instalments.all()]


def _pay(visit: Visit) -> tuple[str, str] | None:
    if minimum_of(visit.case.merchant_id, visit.case.currency) is None:
        return None
    return _("Pay the first instalment now"), visit.address("pay", how=NEXT)
