from django.db import models
from django.db.models.functions import Now

from .customer import Customer


class Person(models.Model):
    """One human being whom a merchant keeps under several references, as staff have found. Nothing is moved between them."""

    created_at = models.DateTimeField(db_default=Now())


class PersonRecord(models.Model):
    """A customer record that belongs to a person; of two records or more, all of one merchant (trigger).

    Who joined and separated them, and why, stands in the audit log and in the history of their cases.
    """

    customer = models.OneToOneField(Customer, models.PROTECT, primary_key=True, related_name="person_record")
    person = models.ForeignKey(Person, models.CASCADE, related_name="records")
    joined_at = models.DateTimeField()
