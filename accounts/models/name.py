from django.db import models

from .customer import Customer
from .merchant import Merchant


class NameLetters(models.Model):
    """A customer's name as the search reads it: in capitals, syllables and accents taken apart into letters.

    Written by `services.names`, found by its parts (`name_by_parts`, migration 0007). A trigger drops it in the
    statement that changes the name, so a name that was erased is not kept here.
    """

    customer = models.OneToOneField(
        Customer, models.CASCADE, primary_key=True, related_name="letters", db_constraint=False
    )
    merchant = models.ForeignKey(
        Merchant, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    letters = models.TextField()


class NameToRead(models.Model):
    """A customer whose name is new: the queue of `services.names`, filled by triggers whoever writes the customer."""

    customer = models.ForeignKey(
        Customer, models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
