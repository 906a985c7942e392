from django.db import models
from django.db.models.functions import Now

from accounts.models import User

from .case import DefaultCase


class Presence(models.Model):
    """Who has which case before their eyes: one row per person and kind of page, for as long as the page says so.

    Instants are the database's, so that no machine's clock has a say in who is there.
    """

    class Page(models.TextChoices):
        PANE = "pane"
        CASE = "case"

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    page = models.CharField(max_length=4, choices=Page)
    case = models.ForeignKey(DefaultCase, models.CASCADE, related_name="+", db_constraint=False)
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "page"], name="one_case_per_person_and_page")]
