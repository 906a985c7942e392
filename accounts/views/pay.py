"""On the way to a gateway and back.

`/pay/<reference>/` leads to the gateway by a page of its own: the policy of our forms lets no form lead elsewhere, also
not by a redirect. For a gateway that opens by a script only, this is the one page that may load it.
`/pay/<reference>/back/` asks the gateway what became of the payment and goes on to where the customer came from.
"""

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from common import clock

from ..gateways.portone import SCRIPT_HOST, PortOneGateway
from ..models import Checkout
from ..services.asking import finish_checkout
from ..services.checkouts import order_of
from ..services.gateway_setups import gateway_of
from .public import language_for, public_page
from .wording import amount


@require_safe
@public_page
def pay(request: HttpRequest, reference: str) -> HttpResponse:
    """Nothing is written here; a checkout that is over leads back."""
    checkout = _checkout(reference)
    if checkout.state != Checkout.State.OPEN or not checkout.redirect_url:
        return _see(checkout.return_url)
    if checkout.redirect_url == request.path:
        return _script_page(request, checkout)
    if checkout.redirect_url.startswith("/"):
        return _see(checkout.redirect_url)
    return _page(request, checkout, "accounts/pay.html", {"address": checkout.redirect_url})


@require_safe
@public_page
def back(request: HttpRequest, reference: str) -> HttpResponse:
    """Where gateways send the customer: what they claim in the address only makes us ask."""
    checkout = finish_checkout(reference=reference, query=request.GET.dict(), now=clock.now())
    if checkout is None:
        raise Http404
    return _see(checkout.return_url)


@csp_update(
    {
        "script-src": [SCRIPT_HOST],
        "connect-src": ["https://*.portone.io", "https://*.iamport.co"],
        "frame-src": ["https:"],
        "form-action": ["https:"],
        "img-src": ["https:"],
        "style-src": ["'unsafe-inline'"],
    }
)
def _script_page(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    adapter = gateway_of(merchant_id=checkout.merchant_id, gateway=checkout.gateway)
    if not isinstance(adapter, PortOneGateway):
        raise Http404
    asked = adapter.window(order_of(checkout, now=clock.now()))
    return _page(request, checkout, "accounts/pay_by_script.html", {"asked": asked, "host": SCRIPT_HOST})


def _page(request: HttpRequest, checkout: Checkout, template: str, context: dict) -> HttpResponse:
    with translation.override(language_for(request, checkout)):
        context |= {
            "merchant": checkout.merchant,
            "amount": amount(checkout.amount_minor, checkout.currency),
            "gateway": checkout.get_gateway_display(),
            "back": checkout.return_url,
        }
        return render(request, template, context)


def _checkout(reference: str) -> Checkout:
    rows = Checkout.objects.select_related("merchant", "customer")
    checkout = rows.filter(reference=reference).first()
    if checkout is None:
        raise Http404
    return checkout


def _see(path: str) -> HttpResponse:
    response = HttpResponseRedirect(path or "/")
    response.status_code = 303
    return response
