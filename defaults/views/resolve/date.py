"""Naming a day to pay on."""

from datetime import date, timedelta

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.views.wording import day

from ...negotiation import Counter
from ...reports.due import left_of_offer
from ...services.negotiate import load_bounds, propose_date
from .act import Act, Field, Form, Receipt, Summary, Way, Wrong
from .simple import CUSTOMER
from .visit import Visit


class PayOnDate(Act):
    name = "date"

    def way(self, visit: Visit) -> Way | None:
        answers = visit.answers
        is_bound = answers.promise or answers.plan or left_of_offer(answers.offer)
        if not visit.is_open or not visit.claim.owed_minor or is_bound:
            return None
        return Way(_("Pay on a date I choose"), _("Reminders pause until then."))

    def form(self, visit: Visit, said: QueryDict) -> Form:
        first, last = _days(visit)
        asked = Field(
            kind="date",
            name="on",
            label=_("Payment date"),
            value=said.get("on", ""),
            first=first.isoformat(),
            last=last.isoformat(),
            detail=_("From %(first)s to %(last)s.") % {"first": day(first), "last": day(last)},
            is_needed=True,
        )
        return Form(title=_("When will you pay?"), fields=(asked,))

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        on = _chosen(visit, said)
        return Summary(
            title=_("You pay by this day"),
            lines=(
                (_("Amount"), visit.amount(visit.claim.owed_minor)),
                (_("Payment date"), day(on)),
            ),
            notes=(
                _("No reminder is sent until then. When the payment arrives, this is closed by itself."),
                _(
                    "A promise acknowledges the debt, so the limitation period starts again (Korean Civil Act 168(3))."
                ),
            ),
            button=_("Confirm this date"),
            said={"on": [on.isoformat()]},
        )

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> None:
        answer = propose_date(case_id=visit.case.pk, on=_chosen(visit, said), actor=CUSTOMER, now=visit.now)
        if isinstance(answer, Counter):
            raise _out_of_range(visit)

    def receipt(self, visit: Visit) -> Receipt | None:
        made = visit.answers.promise
        if made is None:
            return None
        return Receipt(
            title=_("Thank you. We have noted your payment date."),
            lines=((_("Amount"), visit.amount(made.amount_minor)), (_("Payment date"), day(made.on))),
            notes=(_("No reminder is sent until then. When the payment arrives, this is closed by itself."),),
        )


def _chosen(visit: Visit, said: QueryDict) -> date:
    first, last = _days(visit)
    try:
        on = date.fromisoformat(said.get("on", ""))
    except ValueError:
        raise _out_of_range(visit) from None
    if not first <= on <= last:
        raise _out_of_range(visit)
    return on


def _out_of_range(visit: Visit) -> Wrong:
    first, last = _days(visit)
    return Wrong(_("Choose a day from %(first)s to %(last)s.") % {"first": day(first), "last": day(last)})


def _days(visit: Visit) -> tuple[date, date]:
    """The first and the last day that can be promised, where the customer lives."""
    bounds = load_bounds(visit.case.merchant_id, visit.case.currency)
    return visit.today, visit.today + timedelta(days=bounds.longest_promise_days)
