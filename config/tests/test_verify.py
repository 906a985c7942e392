import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config.verifying import CHECKS, verify
from defaults import services
from defaults.case_states import Outcome
from defaults.tests.world import NOW, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """Every kind of case: open, pooling, promised, disputed, cured, reopened, forgiven, stopped."""
    world = World()
    for number, amount in enumerate([9900, 500, 9900, 9900, 9900, 9900, 9900], start=1):
        world.owes(f"ord-{number}", amount, by=f"u-{number}")
    world.tick()
    services.promise(case_id=world.case("u-3").id, on=NOW.date(), now=NOW, actor="customer")
    services.dispute(case_id=world.case("u-4").id, reason="not_mine", now=NOW, actor="customer")
    world.pays("ord-5")
    world.tick()
    world.says("payment.reversed", "ord-5", amount=9900, reason="chargeback")
    services.close_by_policy(
        case_ids=[world.case("u-6").id], outcome=Outcome.FORGIVEN, now=NOW, actor="system", reason="end"
    )
    services.stop_contact(customer_id=world.case("u-7").customer_id, now=NOW, actor="customer")
    world.tick()
    return world


def test_a_world_of_every_kind_of_case_breaks_nothing(world):
    assert [finding for finding in verify() if not finding.ok] == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_an_empty_database_breaks_nothing(check):
    assert [finding.violations for finding in verify([check])] == [0]


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("UPDATE accounts_payment SET outstanding_minor = outstanding_minor + 1 WHERE reference = 'ord-1'",
         {"money: what a payment owes is the sum", "money: what a payment owes follows", "money: a case claims"}),
        ("UPDATE accounts_ledgerentry SET amount_minor = 1", {"money: what a payment owes is the sum"}),
        ("UPDATE accounts_payment SET in_case = false WHERE reference = 'ord-1'", {"money: a payment is marked"}),
        ("UPDATE defaults_defaultcase SET claimed_minor = 1 WHERE state = 'open'", {"money: a case claims"}),
        ("UPDATE defaults_defaultcase SET state = 'closed', outcome = 'cured', closed_at = now()"
         " WHERE state = 'pooling'",
         {"closing: a closed case has exactly one", "closing: a closed case lets", "audit: the last state"}),
        ("UPDATE defaults_defaultcase SET outcome = 'cured' WHERE outcome = 'forgiven'", {"closing: a case is cured"}),
        ("UPDATE defaults_caseevent SET reason = 'never' WHERE kind = 'promised'",
         {"audit: every entry carries the seal"}),
        ("UPDATE defaults_caseevent SET at = at + interval '1 second' WHERE seq = 1",
         {"audit: every entry carries the seal"}),
        ("DELETE FROM defaults_caseevent WHERE kind = 'contact_stopped'", {"audit: the history of every case"}),
        ("DELETE FROM defaults_caseevent WHERE kind = 'promised'",
         {"audit: the history of every case", "audit: every entry carries the seal"}),
        ("UPDATE defaults_defaultcase SET merchant_id = merchant_id + 1", {"tenancy: a case, its customer"}),
        ("UPDATE defaults_caseitem SET case_id = case_id + 1 WHERE released_at IS NULL",
         {"money: the payments of a case"}),
        ("UPDATE defaults_promisetopay SET state = 'void'", {"closing: nothing that is agreed"}),
        ("UPDATE defaults_defaultcase SET next_review_at = NULL WHERE state = 'open'", {"end: every live case"}),
    ],
)  # fmt: skip
def test_damage_by_hand_is_found(world, damage, found):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("accounts_ledgerentry", "defaults_caseevent"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(damage)
        assert cursor.rowcount > 0
    broken = {finding.name for finding in verify() if not finding.ok}
    missed = [start for start in found if not any(name.startswith(start) for name in broken)]
    assert missed == []


def test_the_command_says_so_in_json_and_by_its_exit_code(world):
    out = StringIO()
    call_command("verify", json=True, stdout=out)
    report = json.loads(out.getvalue())
    assert report["ok"]
    assert set(report["checks"][0]) == {"name", "ok", "violations", "examples"}
    with connection.cursor() as cursor:
        cursor.execute("UPDATE defaults_defaultcase SET claimed_minor = 1 WHERE state = 'open'")
    with pytest.raises(CommandError, match="money: a case claims") as broken:
        call_command("verify", json=True, stdout=StringIO())
    assert broken.value.returncode == 1
