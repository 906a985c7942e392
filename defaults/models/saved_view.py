from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SavedView(models.Model):
    """An address of the queue under a name. Shared: everybody has it, and sees in it what they may see anyway."""

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views", db_index=False)
    name = models.CharField(_("name"), max_length=60)
    parts = models.JSONField(help_text="The parts of the address: view, q, merchant, order and filters.")
    is_shared = models.BooleanField(db_default=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="a_person_names_a_view_once"),
            # What is searched for may be a customer's name or address, and colleagues may not see that customer.
            models.CheckConstraint(
                condition=models.Q(is_shared=False) | ~models.Q(parts__has_key="q"),
                name="a_search_is_never_shared",
            ),
        ]
        indexes = [
            models.Index(fields=["is_shared"], name="saved_view_shared", condition=models.Q(is_shared=True))
        ]
