"""By which gateway a merchant's customers pay, with its keys sealed."""

from django.db import transaction

from ..gateways import open_gateway, seal_key
from ..gateways.protocol import Gateway
from ..models import Gateway as Kind
from ..models import GatewaySetup


def set_up_gateway(
    *,
    merchant_id: int,
    gateway: str,
    public_key: str = "",
    secret: str = "",
    webhook_secret: str = "",
    minimums: dict[str, int] | None = None,
) -> GatewaySetup:
    """Make `gateway` the one that this merchant's customers pay by; what is left empty stays as it was.

    Another webhook secret makes the one before the previous one, which stays good until `forget_previous_secret`.
    Raises ValueError for an unknown gateway.
    """
    if gateway not in Kind.values:
        raise ValueError(f"Gateways are {', '.join(Kind.values)}; not {gateway}.")
    with transaction.atomic():
        rows = GatewaySetup.objects.select_for_update().filter(merchant_id=merchant_id)
        rows.exclude(gateway=gateway).update(is_active=False)
        setup = rows.filter(gateway=gateway).first() or GatewaySetup(merchant_id=merchant_id, gateway=gateway)
        setup.is_active = True
        setup.public_key = public_key or setup.public_key
        setup.minimums = setup.minimums if minimums is None else minimums
        write_keys(setup, secret=secret, webhook_secret=webhook_secret)
        setup.save()
    return setup


def write_keys(setup: GatewaySetup, *, secret: str, webhook_secret: str) -> None:
    """Seal these keys into the setup, unsaved; an empty one leaves what is there."""
    if secret:
        setup.secret = seal_key(secret, setup=setup, name="secret")
    if webhook_secret:
        setup.previous_webhook_secret = setup.webhook_secret
        setup.webhook_secret = seal_key(webhook_secret, setup=setup, name="webhook_secret")


def forget_previous_secret(*, merchant_id: int, gateway: str) -> None:
    """End the overlap: callbacks signed with the webhook secret before the present one are refused from now on."""
    GatewaySetup.objects.filter(merchant_id=merchant_id, gateway=gateway).update(previous_webhook_secret=None)


def gateway_of(*, merchant_id: int, gateway: str) -> Gateway | None:
    """The merchant's adapter of that kind, also one that is not the active one any more: late money still counts."""
    setup = GatewaySetup.objects.filter(merchant_id=merchant_id, gateway=gateway).first()
    return open_gateway(setup) if setup else None


def active_setup(merchant_id: int) -> GatewaySetup | None:
    return GatewaySetup.objects.filter(merchant_id=merchant_id, is_active=True).first()
