"""A database that is away is not the pusher's fault, and costs no event."""

import pytest
from django.db import OperationalError

from accounts.tests.api_client import key_of, problem
from accounts.tests.factories import due, merchant
from config import middleware

pytestmark = pytest.mark.django_db


def test_while_the_database_is_away_a_pusher_is_told_to_come_again(monkeypatch) -> None:
    caller = key_of(merchant())

    def away(*_, **__):
        raise OperationalError("the server closed the connection unexpectedly")

    monkeypatch.setattr(middleware, "receive_events", away)
    response = caller.post("events/", due())
    assert problem(response) == (503, "temporarily_unavailable")
    assert response["Retry-After"] == "1"
