"""Who looks at a page of cases, as the services know them."""

from django.http import HttpRequest

from defaults.services.limited_acts import Maker


def maker_of(request: HttpRequest) -> Maker:
    return Maker(f"staff:{request.user.get_username()}", request.user.role)
