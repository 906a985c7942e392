"""Agreeing to the offer that stands: its whole text first, then the agreement."""

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.services.checkouts import minimum_of

from ...agreement_states import OfferState
from ...models import SettlementOffer
from ...reports.due import left_of_offer
from ...services.negotiate import load_bounds
from ...services.offers import accept_offer
from .act import Act, Receipt, Summary, Way
from .pay import OFFER
from .simple import CUSTOMER
from .visit import Visit


class TakeOffer(Act):
    name = "offer"

    def way(self, visit: Visit) -> Way | None:
        offer = visit.answers.offer
        if not visit.is_open or offer is None or offer.state != OfferState.LIVE:
            return None
        terms = {"owed": visit.amount(offer.outstanding_minor), "until": visit.last_moment(offer.expires_at)}
        return Way(
            _("Close this with %s") % visit.amount(offer.pay_minor),
            _("Instead of %(owed)s, if you agree by %(until)s.") % terms,
        )

    def summary(self, visit: Visit, said: QueryDict) -> Summary:
        offer = visit.answers.offer
        days = load_bounds(visit.case.merchant_id, visit.case.currency).pay_within_days
        waived = visit.amount(offer.outstanding_minor - offer.pay_minor)
        return Summary(
            title=_("Close this for less"),
            lines=(
                (_("You pay"), visit.amount(offer.pay_minor)),
                (_("Instead of"), visit.amount(offer.outstanding_minor)),
                (pgettext("payee", "To"), visit.case.merchant.name),
                (_("Agree by"), visit.last_moment(offer.expires_at)),
                (_("Pay by"), ngettext("%d day after you agree", "%d days after you agree", days) % days),
            ),
            notes=(
                _("Once it is paid, everything that is open here is closed. The remaining %s is given up for good and does not "
                  "come back.") % waived,
                _("By agreeing you acknowledge the debt, so its limitation period starts again from that day "
                  "(Korean Civil Act 168(3), 178)."),
                _("If it is not paid in time, the offer ends and the whole amount stays open."),
                _("You do not have to agree. Waiting does not bring a better offer."),
            ),
            button=_("Agree to %s") % visit.amount(offer.pay_minor),
            said={"offer": [str(offer.pk)]},
        )  # fmt: skip

    def carry_out(self, visit: Visit, said: QueryDict, summary: Summary) -> Summary | None:
        shown, offer = said.get("offer"), visit.answers.offer
        if shown != str(offer.pk):
            # Another one stands since the page was read: nobody agrees to what they have not seen.
            return summary
        accept_offer(offer_id=offer.pk, now=visit.now, actor=CUSTOMER, evidence=visit.evidence(summary.text))
        return None

    def receipt(self, visit: Visit) -> Receipt | None:
        offer = visit.answers.offer or _paid(visit)
        if offer is None or offer.state == OfferState.LIVE:
            return None
        if offer.state == OfferState.PAID:
            return Receipt(
                title=_("Paid as agreed. This is closed."),
                lines=((_("Paid"), visit.amount(offer.pay_minor)),),
                notes=(_("The rest is given up for good and does not come back."),),
            )
        return _agreed(visit, offer)


def _agreed(visit: Visit, offer: SettlementOffer) -> Receipt:
    left = left_of_offer(offer)
    by_gateway = minimum_of(visit.case.merchant_id, visit.case.currency) is not None
    return Receipt(
        title=_("Agreed. Please pay in time."),
        lines=(
            (_("Still to pay"), visit.amount(left)),
            (_("Pay by"), visit.last_moment(offer.pay_until)),
        ),
        notes=(_("Once it is paid, the rest is given up for good. No reminder is sent until then."),),
        go=(_("Pay %s") % visit.amount(left), visit.address("pay", how=OFFER))
        if by_gateway and left
        else None,
    )


def _paid(visit: Visit) -> SettlementOffer | None:
    return visit.case.offers.filter(state=OfferState.PAID).order_by("-ended_at").first()
