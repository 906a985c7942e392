from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class LastLook(models.Model):
    """Up to when the history of cases has been looked through for entries to answer; one row, by the database's clock.

    What is recorded before `at` and not yet committed then is never behind it: see `services.correspondence`.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="one_last_look")]
