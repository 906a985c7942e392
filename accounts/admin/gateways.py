"""Settings of paying: gateways and their keys, which nobody can read back; payments under way; over-payment given back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from common import clock
from common.money import is_currency

from ..models import Checkout, CheckoutItem, CreditRefund, GatewayEvent, GatewaySetup, Payment
from ..services.credit_refunds import RefundRefused, ask_refund, decide_refund, paid_by_hand
from ..services.gateway_setups import write_keys
from .base import ReadOnlyAdmin, SettingsAdmin, actor_of
from .difference import values_of


class GatewaySetupForm(forms.ModelForm):
    """Keys are written and never shown; a field left empty leaves what is there."""

    new_secret = forms.CharField(
        label=_("secret key"), required=False, widget=forms.PasswordInput(attrs={"autocomplete": "off"})
    )
    new_webhook_secret = forms.CharField(
        label=_("webhook secret"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("The one before stays good until it is ended."),
    )

    class Meta:
        model = GatewaySetup
        fields = ["merchant", "gateway", "public_key", "minimums", "is_active"]

    def clean_minimums(self) -> dict[str, int]:
        told = self.cleaned_data["minimums"] or {}
        if not isinstance(told, dict) or not all(_is_minimum(*one) for one in told.items()):
            raise forms.ValidationError(_('Write currencies and whole minor units, as {"KRW": 1000}.'))
        return told


def _is_minimum(currency: str, minor: object) -> bool:
    return is_currency(currency) and isinstance(minor, int) and not isinstance(minor, bool) and minor > 0


@admin.register(GatewaySetup)
class GatewaySetupAdmin(SettingsAdmin):
    form = GatewaySetupForm
    list_display = ["merchant", "gateway", "is_active", "has_secret", "has_webhook_secret", "has_previous"]
    list_select_related = ["merchant"]
    list_filter = ["gateway", "is_active"]
    actions = ["end_previous_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: GatewaySetup | None = None) -> list[str]:
        """Keys are sealed for one merchant and one gateway."""
        return ["merchant", "gateway"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: GatewaySetup | None = None) -> bool:
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: GatewaySetup,
        form: GatewaySetupForm,
        change: bool,  # noqa: FBT001
    ) -> None:
        told = form.cleaned_data
        write_keys(obj, secret=told["new_secret"], webhook_secret=told["new_webhook_secret"])
        super().save_model(request, obj, form, change)

    @admin.display(description=_("secret key"), boolean=True)
    def has_secret(self, setup: GatewaySetup) -> bool:
        return setup.secret is not None

    @admin.display(description=_("webhook secret"), boolean=True)
    def has_webhook_secret(self, setup: GatewaySetup) -> bool:
        return setup.webhook_secret is not None

    @admin.display(description=_("previous webhook secret"), boolean=True)
    def has_previous(self, setup: GatewaySetup) -> bool:
        return setup.previous_webhook_secret is not None

    @admin.action(description=_("End the previous webhook secret"))
    def end_previous_secret(self, request: HttpRequest, setups: models.QuerySet[GatewaySetup]) -> None:
        for setup in setups:
            before = values_of(setup)
            GatewaySetup.objects.filter(pk=setup.pk).update(previous_webhook_secret=None)
            self.note(request, "setting_changed", setup, before=before, after=values_of(setup))


class CheckoutItemInline(admin.TabularInline):
    model = CheckoutItem
    fields = readonly_fields = ["payment", "amount_minor"]
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin):
    list_display = ["reference", "merchant", "gateway", "amount_minor", "currency", "state", "created_at"]
    list_filter = ["state", "gateway", "merchant"]
    list_select_related = ["merchant"]
    search_fields = ["=reference", "=gateway_reference", "=customer__reference", "=origin"]
    inlines = [CheckoutItemInline]


@admin.register(GatewayEvent)
class GatewayEventAdmin(ReadOnlyAdmin):
    """What nobody could apply stands under `unknown`, with the reason."""

    list_display = ["event_id", "merchant", "gateway", "kind", "status", "detail", "received_at"]
    list_filter = ["status", "gateway", "merchant"]
    list_select_related = ["merchant"]
    search_fields = ["=event_id", "=checkout__reference"]
    exclude = ["body"]


class RefundForm(forms.ModelForm):
    merchant_slug = forms.CharField(label=_("merchant"), help_text=_("Its slug."))
    reference = forms.CharField(label=_("payment"), help_text=_("Its reference."))

    class Meta:
        model = CreditRefund
        fields = ["amount_minor", "reason"]

    def clean(self) -> dict[str, Any]:
        told = super().clean()
        rows = Payment.objects.filter(merchant__slug=told.get("merchant_slug"))
        found = rows.filter(reference=told.get("reference")).first()
        if found is None:
            raise forms.ValidationError(_("There is no such payment."))
        if not 0 < (told.get("amount_minor") or 0) <= found.credit_minor:
            raise forms.ValidationError(_("That much was not over-paid."))
        if found.credit_refunds.filter(state__in=["asked", "agreed", "failed"]).exists():
            raise forms.ValidationError(_("A refund of this payment is under way."))
        return told | {"found": found}


@admin.register(CreditRefund)
class CreditRefundAdmin(SettingsAdmin):
    """One person asks here, another agrees by the action of the list."""

    form = RefundForm
    list_display = ["payment", "amount_minor", "state", "asked_by", "decided_by", "detail", "asked_at"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    actions = ["agree", "refuse", "note_paid_by_hand"]

    def has_change_permission(self, request: HttpRequest, obj: CreditRefund | None = None) -> bool:
        return obj is None and self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: CreditRefund | None = None) -> bool:
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: CreditRefund,
        form: RefundForm,
        change: bool,  # noqa: FBT001
    ) -> None:
        asked = ask_refund(
            payment_id=form.cleaned_data["found"].pk,
            amount_minor=obj.amount_minor,
            reason=obj.reason,
            actor=actor_of(request),
            now=clock.now(),
        )
        obj.__dict__.update(asked.__dict__)

    @admin.action(description=_("Agree to the selected refunds"))
    def agree(self, request: HttpRequest, refunds: models.QuerySet[CreditRefund]) -> None:
        self._each(request, refunds, decide_refund, verdict=CreditRefund.State.AGREED)

    @admin.action(description=_("Refuse the selected refunds"))
    def refuse(self, request: HttpRequest, refunds: models.QuerySet[CreditRefund]) -> None:
        self._each(request, refunds, decide_refund, verdict=CreditRefund.State.REFUSED)

    @admin.action(description=_("These were paid out by hand"))
    def note_paid_by_hand(self, request: HttpRequest, refunds: models.QuerySet[CreditRefund]) -> None:
        self._each(request, refunds, paid_by_hand)

    def _each(
        self, request: HttpRequest, refunds: models.QuerySet[CreditRefund], act: Any, **told: str
    ) -> None:
        for refund in refunds.order_by("pk"):
            try:
                act(refund_id=refund.pk, actor=actor_of(request), now=clock.now(), **told)
            except RefundRefused as refusal:
                self.message_user(request, f"{refund.payment}: {_REFUSALS[refusal.code]}", messages.ERROR)


_REFUSALS = {
    "own_request": _("Somebody else must decide this."),
    "already_decided": _("This was decided before."),
}
