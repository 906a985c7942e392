"""A browser, and a desk at the queue in it. A test module's own fixture of the same name comes first."""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from playwright.sync_api import Browser, sync_playwright

from defaults.models import DefaultCase
from defaults.tests.showcase import case, songbird, staff
from reminders.rehearsal import world
from reminders.tests.browsing import Visit, launch, visit
from reminders.tests.queue_desk import PLAIN, shows
from reminders.tests.showcase import refused, sent
from reminders.tests.test_browser_pages import sign_in


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright keeps a loop in this thread; the database is used from it all the same, and never from the loop.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def migrated_once(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Rehearsals of this run copy a database that has its tables, instead of making them each time."""
    with django_db_blocker.unblock():
        with world.own_database(keep=True) as name:
            pass
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(world, "TEMPLATE", name)
            yield
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}"')


@pytest.fixture
def cases() -> list[DefaultCase]:
    """Six open cases in the order of the list."""
    seller = songbird()
    made = [case(seller, number) for number in (9, 8, 7, 5, 4, 3)]
    sent(made[0])
    refused(made[0])
    return made


@pytest.fixture
def desk(browser, live_server, cases, at_the_worlds_instant) -> Iterator[Visit]:
    """Mina's queue, with the panel showing the first case; nothing to complain about at the end."""
    staff(merchants=(cases[0].merchant,))
    with visit(browser, live_server.url, **PLAIN) as there:
        sign_in(there, "mina")
        shows(there, cases[0])
        yield there
        assert there.faults + there.page.evaluate("window.violations") == []
