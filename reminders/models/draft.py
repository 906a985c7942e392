from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from defaults.models import DefaultCase


class Draft(models.Model):
    """What a person has begun to write at a case and not kept yet: theirs alone, on every device.

    `form` and `field` are those of the case's page (`Form.key`, `Field.name`).
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts", db_index=False)
    case = models.ForeignKey(DefaultCase, models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=60)
    field = models.CharField(max_length=30)
    text = models.TextField(max_length=2000)
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "case", "form", "field"], name="one_draft_per_person_case_and_field"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="an_empty_draft_is_none"),
        ]
