from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Merchant


class Macro(models.Model):
    """Several acts under one name, done in their order. `steps`: [{"action", "args"}], args as of a bulk act."""

    name = models.CharField(_("name"), max_length=80)
    merchant = models.ForeignKey(
        Merchant,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="macros",
        verbose_name=_("merchant"),
        help_text=_("Empty: for every merchant."),
    )
    steps = models.JSONField(_("acts"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "name"], name="one_macro_of_a_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name
