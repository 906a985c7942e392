"""A rehearsal lives through a file on the business clock, in a database of its own, and proves what came of it."""

import json
import os

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Merchant
from reminders.models import ChannelSetup
from reminders.rehearsal import world

MAPPING = """
[file]
columns = ["who", "ref", "amount", "bought_at", "paid_at"]
[merchant]
currency = "BRL"
jurisdiction = "BR"
time_zone = "America/Sao_Paulo"
[dates]
format = "iso"
zone = "UTC"
[payment]
reference = "{ref}"
amount = "amount"
told_at = "bought_at"
due_on = { column = "bought_at", plus_days = 7 }
[customer]
reference = "{who}"
email = "{who}@example.com"
[paid]
at = "paid_at"
"""
# Due on the 8th, in a case from the 14th on. Ann pays in time, Ben after a reminder, Cem never, Dan owes too little.
LINES = """who,ref,amount,bought_at,paid_at
ann,a1,5.00,2019-03-01 12:00:00,2019-03-05 12:00:00
ben,b1,5.00,2019-03-01 12:00:00,2019-03-16 15:00:00
ben,b2,7.00,2019-03-01 13:00:00,2019-03-16 15:01:00
cem,c1,9.90,2019-03-01 12:00:00,
dan,d1,3.00,2019-03-01 12:00:00,2019-03-20 12:00:00
"""


@pytest.fixture(scope="module")
def rehearse(tmp_path_factory, migrated_once, django_db_blocker):
    """Rehearse LINES from the day before the first case, outside any test's transaction; answers what was written as JSON."""
    folder = tmp_path_factory.mktemp("rehearsal")
    (folder / "map.toml").write_text(MAPPING)

    def rehearse(*options: str, lines: str = LINES) -> dict:
        (folder / "file.csv").write_text(lines)
        arguments = [
            "--merchant",
            "tim",
            "--mapping",
            str(folder / "map.toml"),
            "--json",
            str(folder / "out.json"),
        ]
        span = ["--from", "2019-03-13", "--to", "2019-04-10"]
        with django_db_blocker.unblock():
            call_command("rehearse", str(folder / "file.csv"), *arguments, *span, *options)
        return json.loads((folder / "out.json").read_text())

    return rehearse


@pytest.fixture(scope="module")
def seen(rehearse):
    return rehearse()


def test_a_rehearsal_tells_who_was_asked_who_paid_and_who_never_did(seen):
    total = seen["total"]
    assert seen["events"] == {"applied": 9}
    assert total["opened"] == {"open": 2, "pooling": 1}
    assert total["closed"] == {"cured": 1, "self-cured": 1, "written_off": 1}
    assert total["messages"] == {"last-notice": 1, "offer": 1, "reminder-1": 2, "reminder-2": 1}
    assert [(row["payment"], row["outcome"]) for row in seen["unpaid"]] == [("c1", "written_off")]


def test_every_promise_is_checked_and_holds(seen):
    assert [check["name"] for check in seen["checks"] if not check["holds"]] == []
    assert seen["accounts"] == {"cash": 2000, "receivable": 0, "sales": -2990, "written_off": 990}


def test_reminders_due_at_midnight_wait_for_the_morning(seen):
    assert seen["total"]["deferred"]["BASE-NIGHT"] >= 5


@pytest.mark.django_db
def test_it_leaves_nothing_behind_in_the_products_own_database(seen):
    assert not Merchant.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_database WHERE datname LIKE %s AND datname <> %s",
            [f"amends_rehearsal_{os.getpid()}_%", world.TEMPLATE],
        )
        assert cursor.fetchone() == (0,)


def test_events_in_another_order_end_in_the_same_states(seen, rehearse):
    assert rehearse("--shuffle", "3")["states_sha256"] == seen["states_sha256"]


@pytest.mark.django_db
def test_in_place_is_refused_while_a_channel_really_sends(rehearse):
    ChannelSetup.objects.update_or_create(channel="email", defaults={"adapter": "email", "memory": "none"})
    with pytest.raises(CommandError, match="really sends"):
        rehearse("--in-place")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--policy", "no-such"], "No policy no-such is in force; there are: standard"),
        (["--to", "2018-01-01"], "--from is after --to"),
        (["--in-place", "--policy", "standard"], "not with --in-place"),
    ],
)
def test_what_cannot_be_rehearsed_is_refused_in_words(rehearse, options, words):
    with pytest.raises(CommandError, match=words):
        rehearse(*options)


def test_a_bad_line_stops_it_before_a_database_is_made(rehearse):
    with pytest.raises(CommandError, match="line 2, column amount"):
        rehearse(lines=LINES.splitlines()[0] + "\nann,a1,much,2019-03-01,\n")
