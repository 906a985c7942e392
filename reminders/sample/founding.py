"""Who is there before anything happens: merchants with their terms, gateways and agency, and the staff."""

import secrets

from django.db import transaction

from accounts.models import Gateway, Merchant, Role, User
from accounts.services.gateway_setups import set_up_gateway
from defaults.models import Agency, NegotiationTerms

from .cast import AGENCY, SHOPS, STAFF, Shop


@transaction.atomic
def found() -> tuple[dict[str, Merchant], str, list[str]]:
    """Make merchants and staff. Answers the merchants by slug, a password, and whom it lets in; who was there keeps theirs."""
    merchants = {shop.slug: _merchant(shop) for shop in SHOPS}
    slug, name, licence, email, contact_line = AGENCY
    agency = Agency.objects.create(
        slug=slug, name=name, licence_number=licence, email=email, contact_line=contact_line
    )
    agency.merchants.set(merchants.values())
    password = secrets.token_urlsafe(9)
    return merchants, password, _staff(merchants, password)


def _merchant(shop: Shop) -> Merchant:
    merchant = Merchant.objects.create(
        slug=shop.slug,
        name=shop.name,
        jurisdiction=shop.jurisdiction,
        time_zone=shop.time_zone,
        locale=shop.locale,
        currency=shop.currency,
        contact_line=shop.contact_line,
    )
    NegotiationTerms.objects.create(
        merchant=merchant,
        currency=shop.currency,
        discount_percent=shop.discount_percent,
        floor_percent=60,
        least_instalment_minor=shop.least_instalment_minor,
    )
    set_up_gateway(merchant_id=merchant.pk, gateway=Gateway.SANDBOX)
    return merchant


def _staff(merchants: dict[str, Merchant], password: str) -> list[str]:
    made = []
    for username, role, first_name, last_name in STAFF:
        if User.objects.filter(username=username).exists():
            continue
        user = User.objects.create_user(
            username,
            password=password,
            role=role,
            first_name=first_name,
            last_name=last_name,
            is_staff=role == Role.ADMIN,
            is_superuser=role == Role.ADMIN,
        )
        user.merchants.set(merchants.values())
        made.append(username)
    return made
