"""Who asks: the address a request came from."""

from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Behind a proxy what it put last; of IPv6 the network, of which one household has all addresses."""
    told = request.META.get("REMOTE_ADDR", "")
    if settings.AMENDS_BEHIND_PROXY:
        told = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or told
    try:
        address = ip_address(told)
    except ValueError:
        return told[:64]
    return str(address if address.version == 4 else ip_network((address, 64), strict=False).network_address)
