from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from accounts.models import PaymentEvent
from defaults import services
from defaults.models import Hold, Incident
from defaults.services import incidents

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
DAY = {"starts_at": datetime(2026, 9, 1, tzinfo=UTC), "ends_at": datetime(2026, 12, 1, tzinfo=UTC)}
STAFF = {"now": NOW, "actor": "staff:mina"}


@pytest.fixture
def world() -> World:
    world = World()
    for number in range(3):
        told = {
            "reference": f"u-{number}",
            "phone": f"+8210000000{number}0",
            "email": f"u{number}@example.com",
        }
        world.owes(f"ord-{number}", by=f"u-{number}", customer=told)
    world.tick()
    return world


def _open(world, *lines, **fields) -> Incident:
    told = {
        "merchant_id": world.merchant.id,
        "name": "femtocell",
        "reason": "false base station",
        "lines": lines,
    }
    return services.open_incident(**told | DAY | STAFF | fields)


def _preview(world, *lines, **fields) -> list[tuple]:
    found = services.preview_incident(**{"merchant_id": world.merchant.id, "lines": lines} | DAY | fields)
    return [(line.kind, len(line.payment_ids), line.outside) for line in found]


def test_lines_are_references_phones_and_mails_each_found_through_its_fingerprint(world):
    lines = ["ord-0", "+821000000010", "010-0000-0020", "U2@Example.com", "ord-99", "+821099999999"]
    assert _preview(world, *lines) == [
        ("reference", 1, 0),
        ("phone", 1, 0),
        ("phone", 1, 0),
        ("email", 1, 0),
        ("unknown", 0, 0),
        ("unknown", 0, 0),
    ]


def test_a_payment_belongs_to_the_time_it_was_told_of(world):
    told_at = world.payment("ord-0").told_at
    tick = timedelta(microseconds=1)
    assert _preview(world, "ord-0", starts_at=told_at, ends_at=told_at + tick) == [("reference", 1, 0)]
    assert _preview(world, "ord-0", starts_at=told_at - tick, ends_at=told_at) == [("reference", 0, 1)]


def test_another_merchant_s_payments_are_not_found(world):
    other = World()
    assert _preview(other, "ord-0", "u0@example.com") == [("unknown", 0, 0), ("unknown", 0, 0)]


def test_an_incident_holds_its_customers_and_nobody_else(world):
    incident = _open(world, "ord-0", "u1@example.com")
    held = Hold.objects.running(NOW).filter(reason="fraud")
    assert sorted(held.values_list("customer__reference", flat=True)) == ["u-0", "u-1"]
    assert incident.payments.count() == 2
    assert kinds(world.case("u-0"))[-1] == "held"
    assert kinds(world.case("u-2")) == ["opened"]


def test_a_case_that_opens_later_is_held_too(world):
    _open(world, "ord-0")
    world.pays("ord-0")
    world.owes("ord-8", by="u-0")
    world.tick()
    assert Hold.objects.running(NOW).filter(customer=world.case("u-0").customer_id).exists()


def test_an_incident_about_nothing_is_refused(world):
    with pytest.raises(services.Refused) as refused:
        _open(world, "ord-99")
    assert (refused.value.code, Incident.objects.count()) == ("no_payments", 0)


def test_an_empty_range_is_refused(world):
    with pytest.raises(services.Refused) as refused:
        _open(world, "ord-0", ends_at=DAY["starts_at"])
    assert refused.value.code == "range_is_empty"


def test_opened_twice_it_is_one_and_more_lines_join_it(world):
    first, second = _open(world, "ord-0"), _open(world, "ord-0", "ord-1")
    assert (first, second.payments.count(), second.holds.count()) == (second, 2, 2)


def test_a_hold_of_an_open_incident_does_not_end_by_hand(world):
    hold = _open(world, "ord-0").holds.get()
    with pytest.raises(services.Refused) as refused:
        services.end_hold(hold_id=hold.id, **STAFF)
    assert refused.value.code == "hold_is_needed"


def test_released_its_customers_are_asked_again(world):
    incident = _open(world, "ord-0", "ord-1")
    services.release_incident(incident_id=incident.id, **STAFF)
    assert not Hold.objects.running(NOW).exists()
    assert (kinds(world.case("u-0"))[-1], world.case("u-0").next_review_at) == ("hold_ended", NOW)
    assert world.payment("ord-0").outstanding_minor == 9900


def test_voided_its_purchases_are_undone_and_the_cases_close(world):
    world.pays("ord-1", 4000)
    incident = _open(world, "ord-0", "ord-1")
    services.void_incident(incident_id=incident.id, **STAFF)
    world.tick()
    assert [world.payment(f"ord-{n}").outstanding_minor for n in range(3)] == [0, 0, 9900]
    assert world.payment("ord-1").credit_minor == 4000
    assert (world.case("u-0").outcome, world.case("u-2").outcome) == ("withdrawn", None)


def test_voided_twice_is_once(world):
    incident = _open(world, "ord-0")
    for _ in range(2):
        services.void_incident(incident_id=incident.id, **STAFF)
    assert PaymentEvent.objects.filter(event_id__startswith="amends:incident").count() == 1


def test_what_was_released_is_not_voided(world):
    incident = _open(world, "ord-0")
    services.release_incident(incident_id=incident.id, **STAFF)
    with pytest.raises(services.Refused) as refused:
        services.void_incident(incident_id=incident.id, **STAFF)
    assert (refused.value.code, world.payment("ord-0").is_void) == ("already_released", False)


@pytest.mark.parametrize(
    ("verb", "dies_in"), [("release", "_release"), ("void", "_release"), ("void", "_void_all")]
)
def test_an_end_that_was_cut_off_is_finished_by_the_next_tick(world, monkeypatch, verb, dies_in):
    incident = _open(world, "ord-0", "ord-1")
    with monkeypatch.context() as cut:
        cut.setattr(incidents, dies_in, _dies)
        with pytest.raises(RuntimeError):
            getattr(services, f"{verb}_incident")(incident_id=incident.id, **STAFF)
    assert services.finish_incidents(now=NOW + timedelta(minutes=1)) == 1
    assert not Hold.objects.running(NOW).exists()
    assert world.payment("ord-0").is_void == (verb == "void")
    assert services.finish_incidents(now=NOW) == 0


def test_an_opening_that_was_cut_off_is_finished_by_the_next_tick(world, monkeypatch):
    with monkeypatch.context() as cut:
        cut.setattr(incidents, "_hold", _dies)
        with pytest.raises(RuntimeError):
            _open(world, "ord-0", "ord-1")
    assert services.finish_incidents(now=NOW) == 1
    assert Hold.objects.running(NOW).count() == 2
    assert services.finish_incidents(now=NOW) == 0


@pytest.mark.parametrize("customers", [3, 30])
def test_holding_takes_the_same_queries_for_any_number(world, customers, django_assert_max_num_queries):
    for number in range(3, customers):
        world.owes(f"ord-{number}", by=f"u-{number}")
    world.tick()
    with django_assert_max_num_queries(35):
        _open(world, *(f"ord-{number}" for number in range(customers)))
    assert Hold.objects.running(NOW).count() == customers


def _command(*args, capsys) -> str:
    call_command("incident", *args)
    return capsys.readouterr().out


def _file(tmp_path, *lines) -> str:
    path = tmp_path / "lines.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return str(path)


def _opening(world, path) -> list[str]:
    return [
        "open", path, "--merchant", world.merchant.slug, "--name", "femtocell", "--reason", "false base station",
        "--from", "2026-09-01", "--to", "2026-12-01",
    ]  # fmt: skip


def test_the_command_says_what_each_line_is_and_does_nothing_unless_told(world, tmp_path, capsys):
    path = _file(tmp_path, "# phones", "ord-0,9900", "", "010-0000-0010", "nobody@example.com")
    said = _command(*_opening(world, path), capsys=capsys)
    assert "line 2: found (reference, 1 payments)" in said
    assert "line 4: found (phone, 1 payments)" in said
    assert "line 5: unknown (unknown)" in said
    assert "nobody@example.com" not in said
    assert not Incident.objects.exists()


def test_the_command_opens_lists_and_voids(world, tmp_path, capsys):
    _command(*_opening(world, _file(tmp_path, "ord-0")), "--do", capsys=capsys)
    number = str(Incident.objects.get().pk)
    assert "1 payments, 1 customers held  femtocell" in _command("list", capsys=capsys)
    assert "1 payments would be void" in _command("void", number, capsys=capsys)
    assert not world.payment("ord-0").is_void
    assert "1 payments void, of 1" in _command("void", number, "--do", capsys=capsys)
    assert world.payment("ord-0").is_void


@pytest.mark.parametrize("verb", ["release", "void"])
def test_the_command_knows_no_other_incident(world, verb):
    with pytest.raises(CommandError, match="no incident 99"):
        call_command("incident", verb, "99", "--do")


def test_the_command_refuses_a_merchant_or_a_time_it_does_not_know(world, tmp_path):
    told = _opening(world, _file(tmp_path, "ord-0"))
    with pytest.raises(CommandError, match="no merchant"):
        call_command("incident", *["nobody" if word == world.merchant.slug else word for word in told])
    with pytest.raises(CommandError, match="no date or time"):
        call_command("incident", *["yesterday" if word == "2026-09-01" else word for word in told])


def _dies(*_args, **_kwargs) -> None:
    raise RuntimeError("power cut")
