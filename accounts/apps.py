"""What we are told, and what is owed."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Merchants and money")

    def ready(self) -> None:
        """A session's beginning is noted whatever begins it, before the first request too."""
        from .views import sessions  # noqa: F401
