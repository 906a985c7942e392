import pytest

from accounts.models import ContactPoint, ContactPreference
from accounts.services.contacts import fingerprint_of
from defaults import services
from defaults.services.preferences import blocked_minutes

from .world import NOW, World, kinds

pytestmark = pytest.mark.django_db
EVERY_DAY = list(range(7))


@pytest.fixture
def world() -> World:
    world = World()
    world.opened()
    return world


def _set(world, **fields) -> ContactPreference:
    return services.set_preferences(customer_id=world.case().customer_id, now=NOW, actor="customer", **fields)


def _reach(world, *channels, health="ok") -> None:
    customer_id = world.case().customer_id
    for channel in channels:
        ContactPoint.objects.create(
            customer_id=customer_id, channel=channel, sealed=b"-", fingerprint=fingerprint_of(channel, channel),
            health=health,
        )  # fmt: skip


def _band(start, until, days=EVERY_DAY) -> dict:
    return {"days": days, "from": start, "until": until}


def test_28_hours_a_week_can_be_closed(world):
    kept = _set(world, blocked_bands=[_band("08:00", "12:00")])
    assert kept.blocked_bands == [_band("08:00", "12:00")]
    assert kinds(world.case())[-1] == "preferences_set"


def test_a_minute_more_is_refused(world):
    bands = [_band("08:00", "12:00"), _band("12:00", "12:01", [3])]
    with pytest.raises(services.PreferenceRefused) as refused:
        _set(world, blocked_bands=bands)
    assert (refused.value.code, refused.value.field) == ("too_many_hours", "blocked_bands")
    assert not ContactPreference.objects.exists()


@pytest.mark.parametrize(
    ("bands", "minutes"),
    [
        ([_band("09:00", "11:00", [0]), _band("10:00", "12:00", [0])], 180),
        ([_band("22:00", "02:00", [6])], 240),
        ([_band("23:00", "01:00", [6]), _band("00:00", "01:00", [0])], 120),
        ([_band("09:00", "09:00", [0])], 1440),
        ([], 0),
    ],
)
def test_minutes_are_counted_once_over_midnight_and_over_the_week(bands, minutes):
    assert blocked_minutes(bands) == minutes


@pytest.mark.parametrize(
    "band",
    [
        _band("25:00", "26:00"),
        _band("9:00", "10:00"),
        _band("09:00", "10:00", [7]),
        _band("09:00", "10:00", []),
        {"days": [0]},
        _band("09:00", "10:00") | {"note": "lunch"},
        "evening",
    ],
)
def test_what_is_no_band_is_refused(world, band):
    with pytest.raises(services.PreferenceRefused) as refused:
        _set(world, blocked_bands=[band])
    assert refused.value.code == "bad_band"


@pytest.mark.parametrize(
    ("working", "blocked"),
    [(("email", "sms"), ["email"]), (("email",), ["sms"]), ((), ["email", "sms"])],
)
def test_means_can_be_closed_while_one_that_works_stays_open(world, working, blocked):
    _reach(world, *working)
    assert _set(world, blocked_channels=blocked).blocked_channels == blocked


@pytest.mark.parametrize(
    ("working", "blocked", "code"),
    [
        (("email", "sms"), ["email", "sms"], "no_channel_left"),
        (("email",), ["email"], "no_channel_left"),
        (("email",), ["pigeon"], "unknown_channel"),
    ],
)
def test_the_last_means_that_works_is_not_closed(world, working, blocked, code):
    _reach(world, *working)
    with pytest.raises(services.PreferenceRefused) as refused:
        _set(world, blocked_channels=blocked)
    assert (refused.value.code, refused.value.field) == (code, "blocked_channels")
    assert not ContactPreference.objects.exists()


def test_a_means_that_bounces_does_not_count_as_open(world):
    _reach(world, "email")
    _reach(world, "sms", health="bounced")
    with pytest.raises(services.PreferenceRefused):
        _set(world, blocked_channels=["email"])


def test_what_is_left_out_stays_and_what_is_empty_is_taken_back(world):
    _set(world, language="en", blocked_channels=["sms"])
    kept = _set(world, blocked_channels=[])
    assert (kept.language, kept.blocked_channels) == ("en", [])


def test_what_changes_nothing_is_not_told(world):
    for _ in range(2):
        _set(world, language="ko")
    assert kinds(world.case()).count("preferences_set") == 1


def test_a_language_we_do_not_write_is_refused(world):
    with pytest.raises(services.PreferenceRefused) as refused:
        _set(world, language="tlh")
    assert (refused.value.code, refused.value.field) == ("unknown_language", "language")


def test_the_stop_is_another_matter(world):
    services.stop_contact(customer_id=world.case().customer_id, now=NOW, actor="customer")
    _set(world, language="en")
    assert ContactPreference.objects.get().stopped_at == NOW
