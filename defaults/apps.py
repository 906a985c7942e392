"""What we decide about a debt."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DefaultsConfig(AppConfig):
    name = "defaults"
    verbose_name = _("Cases")
