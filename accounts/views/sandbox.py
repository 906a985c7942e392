"""The sandbox's page in place of a bank: approve, decline, pay later, tell it twice. It exists for no other gateway."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from common import clock

from ..models import Checkout, SandboxPayment
from ..services.sandbox import choose, over_http, sandbox_checkout, tell_sandbox
from .public import language_for, public_page
from .wording import amount

MINUTES_LATER = 3
_APPROVED, _DECLINED = SandboxPayment.Answer.APPROVED, SandboxPayment.Answer.DECLINED
CHOICES: dict[str, dict] = {
    "approve": {"answer": _APPROVED},
    "twice": {"answer": _APPROVED, "callbacks": 2},
    "later": {"answer": _APPROVED, "minutes": MINUTES_LATER},
    "decline": {"answer": _DECLINED},
}


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_protect
@public_page
def sandbox(request: HttpRequest, reference: str) -> HttpResponse:
    checkout = sandbox_checkout(reference)
    if checkout is None:
        raise Http404
    with translation.override(language_for(request, checkout)):
        if request.method == "POST":
            return _choose(request, checkout)
        return _page(request, checkout)


def _page(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    context = {
        "checkout": checkout,
        "merchant": checkout.merchant,
        "amount": amount(checkout.amount_minor, checkout.currency),
        "is_over": checkout.state != Checkout.State.OPEN or hasattr(checkout, "sandbox"),
        "minutes": MINUTES_LATER,
    }
    return render(request, "accounts/sandbox.html", context)


def _choose(request: HttpRequest, checkout: Checkout) -> HttpResponse:
    """The bank's answer, told by a real callback; then back to where the customer came from."""
    choice = CHOICES.get(request.POST.get("choice", ""))
    if choice is not None:
        now = clock.now()
        choose(reference=checkout.reference, now=now, **choice)
        # What does not arrive is told by the sweep.
        tell_sandbox(now=now, send=over_http(request.build_absolute_uri("/").rstrip("/")), only=checkout)
    response = HttpResponseRedirect(f"/pay/{checkout.reference}/back/")
    response.status_code = 303
    return response
