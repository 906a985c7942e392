"""Which page opens to which role, of their own merchants, of others', and without any (docs/roles.md; promise D2)."""

import pytest
from django.test import Client
from django.urls import get_resolver

from accounts.models import Merchant, Role, User
from accounts.tests.factories import merchant
from defaults.models import DefaultCase
from defaults.tests.showcase import case, songbird, staff

pytestmark = pytest.mark.django_db

ROLES = [Role.AGENT, Role.LEAD, Role.COMPLIANCE, Role.ADMIN]
LIMITED = ROLES[:3]
EVERYBODY = [
    "/queue/", "/queue/counts/", "/approvals/", "/settings/", "/settings/password/", "/settings/second/app/",
    "/settings/second/passkey/",
]  # fmt: skip
ADMINS_ONLY = [
    "/admin/",
    "/admin/accounts/user/",
    "/admin/accounts/merchant/",
    "/admin/defaults/defaultcase/",
]
OF_A_CASE = sorted(
    {
        str(one.pattern)
        for one in get_resolver().url_patterns
        if str(one.pattern).startswith(("case/<str:number>", "api/v1/cases/<str:number>"))
    }
)
READ = [
    "/case/{}/",
    "/case/{}/pane/",
    "/api/v1/cases/{}/",
    "/api/v1/cases/{}/timeline/",
    "/api/v1/cases/{}/why/",
]


def signed_in(role: str, *merchants: Merchant) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(staff(role, role=role, merchants=merchants, is_staff=role == Role.ADMIN))
    return client


def filled(pattern: str, number: str) -> str:
    holes = {"<str:number>": number, "<slug:action>": "promise", "<slug:name>": "promise"}
    for hole, value in holes.items():
        pattern = pattern.replace(hole, value)
    while "<int:" in pattern:
        start = pattern.index("<int:")
        pattern = pattern[:start] + "1" + pattern[pattern.index(">", start) + 1 :]
    return f"/{pattern}"


@pytest.fixture
def ours() -> DefaultCase:
    return case(songbird(), 1)


@pytest.fixture
def theirs() -> DefaultCase:
    return case(merchant("papercut", name="Papercut"), 2)


@pytest.mark.parametrize("role", ROLES)
def test_what_everybody_works_with_opens_to_every_role_with_a_merchant_and_without(role) -> None:
    client = signed_in(role)
    assert {path: client.get(path).status_code for path in EVERYBODY} == dict.fromkeys(EVERYBODY, 200)
    User.objects.get(username=role).merchants.add(songbird())
    assert {path: client.get(path).status_code for path in EVERYBODY} == dict.fromkeys(EVERYBODY, 200)


@pytest.mark.parametrize("role", ROLES)
def test_the_settings_open_to_admins_only(role) -> None:
    client = signed_in(role)
    opened = [path for path in ADMINS_ONLY if client.get(path).status_code == 200]
    assert opened == (ADMINS_ONLY if role == Role.ADMIN else [])


@pytest.mark.parametrize("role", ROLES)
def test_a_case_opens_to_whoever_has_its_merchant(role, ours, theirs) -> None:
    client = signed_in(role, ours.merchant)
    foreign = 200 if role == Role.ADMIN else 404
    for path in READ:
        assert client.get(path.format(ours.number)).status_code == 200, path
        assert client.get(path.format(theirs.number)).status_code == foreign, path


@pytest.mark.parametrize("role", LIMITED)
def test_without_a_merchant_no_case_opens_at_all(role, ours) -> None:
    client = signed_in(role)
    assert {client.get(path.format(ours.number)).status_code for path in READ} == {404}


@pytest.mark.parametrize("role", LIMITED)
def test_nothing_at_a_case_tells_another_merchants_from_one_that_is_not(role, ours, theirs) -> None:
    client = signed_in(role, ours.merchant)
    asked = [(ask, pattern) for pattern in OF_A_CASE for ask in (client.get, client.post)]
    assert len(asked) > 20
    for ask, pattern in asked:
        foreign, absent = ask(filled(pattern, theirs.number)), ask(filled(pattern, "AM-999999"))
        assert foreign.status_code == absent.status_code
        assert foreign.status_code in (400, 404, 405, 415, 422), pattern
        assert len(foreign.content) == len(absent.content), pattern


@pytest.mark.parametrize("role", ROLES)
def test_lists_and_counts_are_of_the_persons_own_merchants(role, ours, theirs) -> None:
    client = signed_in(role, ours.merchant)
    listed = [row.number for row in client.get("/queue/").context["rows"]]
    wanted = {ours.number, theirs.number} if role == Role.ADMIN else {ours.number}
    assert set(listed) == wanted
    assert client.get("/queue/counts/").context["views"][0]["count"] == str(len(wanted))


@pytest.mark.parametrize("role", LIMITED)
def test_an_account_switched_off_opens_nothing_at_the_next_request(role, ours) -> None:
    client = signed_in(role, ours.merchant)
    User.objects.update(is_active=False)
    assert client.get("/queue/").status_code == 302
    assert client.get(f"/api/v1/cases/{ours.number}/").status_code == 401
