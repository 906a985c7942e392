"""Working a case: one address for each act, on the version that was read, answered with the case as it is then.

What is beyond the caller's authority is not done but put to a second person: 403 `needs_approval`, with the approval.
Merchants' keys with `cases:write` may do what a merchant may decide (`CaseAct.for_merchants`); the rest is for staff.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.response import Response

from accounts.api.idempotency import HEADER as IDEMPOTENCY_KEY
from accounts.api.idempotency import idempotent
from accounts.models import Scope
from common import clock
from common.openapi import described
from common.problems import Problem, problem_response
from common.reading import check_span, invalid, read_body
from defaults.api.cases import ShownCase, etag, shown, with_details
from defaults.models import Approval, DefaultCase
from defaults.services.acts import Refused
from defaults.services.approvals import Maker
from defaults.services.desk import StaleEdit

from ..services.act_args import Unfit
from ..services.case_acts import ACTS, Done, perform
from .approvals import shown_approval
from .cases import CaseView, Explanation, explained, next_steps

TAG = "Working a case"
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description='The ETag of the case as it was read, such as "7".',
)
_ETAGS = re.compile(r'\s*(?:W/)?"?(\d{1,10})"?\s*(?:,|$)', re.ASCII)


class CaseActView(CaseView):
    scope = Scope.CASES_WRITE

    def act(self, request: HttpRequest, number: str, action: str) -> HttpResponse:
        found, act, now = self.case(number), ACTS[action], clock.now()
        if self.principal.role is None and not act.for_merchants:
            raise Problem(status=403, code="staff_only", detail="This act is for staff. Ask them to do it.")
        version = self._version(request, found)
        body = read_body(request, act.shape)
        _check_dates(body)
        maker = Maker(self.principal.actor, self.principal.role)
        try:
            done = perform(
                case_id=found.pk,
                version=version,
                action=action,
                body=body,
                maker=maker,
                user=self.principal.user,
                now=now,
            )
        except StaleEdit:
            return self._stale(request, number)
        except Refused as refusal:
            raise refused(refusal) from refusal
        except Unfit as unfit:
            raise invalid(f"/{unfit.field}", unfit.code, unfit.detail) from unfit
        return self._answer(request, found, done)

    def _version(self, request: HttpRequest, case: DefaultCase) -> int:
        """The version the caller read; of several the present one, if it is among them. Raises Problem 428."""
        text = request.META.get("HTTP_IF_MATCH", "").strip()
        if not text:
            detail = "Read the case, and send its ETag as If-Match, so that nobody's change is lost."
            raise Problem(status=428, code="version_needed", detail=detail)
        given = [int(found) for found in _ETAGS.findall(text)]
        return case.version if case.version in given else next(iter(given), 0)

    def _stale(self, request: HttpRequest, number: str) -> HttpResponse:
        case = self.case(number)
        last = case.events.order_by("-seq").values("kind", "actor", "at").first()
        detail = f"The case has changed since it was read: {last['kind']} by {last['actor']}. Look again."
        problem = Problem(
            status=412, code="stale_version", detail=detail, headers=etag(case),
            members={"case": msgspec.to_builtins(_shown(case)), "changed_by": last["actor"]},
        )  # fmt: skip
        return problem_response(problem, request)

    def _answer(self, request: HttpRequest, found: DefaultCase, done: Done) -> HttpResponse:
        if isinstance(done, Approval):
            return needs_approval(request, done)
        case_id = done.pk if isinstance(done, DefaultCase) else found.pk
        case = with_details(DefaultCase.objects.filter(pk=case_id)).get()
        headers = etag(case)
        if case.pk != found.pk:
            headers["Content-Location"] = f"/api/v1/cases/{case.number}/"
        if isinstance(done, dict):
            told = {
                "is_live": False,
                "next_lawful_at": done["at"] if done["kind"] == "send" else done["until"],
            }
            return Response(explained(done | told), headers=headers)
        return Response(_shown(case), headers=headers)


def needs_approval(request: HttpRequest, approval: Approval) -> HttpResponse:
    detail = f"This is beyond your authority. It was put to a second person: {approval.needs_role} or above."
    members: dict[str, Any] = {"approval": msgspec.to_builtins(shown_approval(approval))}
    problem = Problem(status=403, code="needs_approval", detail=detail, members=members)
    return problem_response(problem, request)


def refused(refusal: Refused) -> Problem:
    return Problem(status=409, code=refusal.code, detail=refusal.detail)


def _shown(case: DefaultCase) -> ShownCase:
    now = clock.now()
    (answer,) = shown([case], next_steps=next_steps([case], now=now), now=now)
    return answer


def _check_dates(body: msgspec.Struct) -> None:
    for name in ("on", "expires_on"):
        check_span(getattr(body, name, None), f"/{name}")
    for place, instalment in enumerate(getattr(body, "instalments", ())):
        check_span(instalment.on, f"/instalments/{place}/on")


def _view_of(action: str) -> Callable:
    act = ACTS[action]

    @described(
        operation=f"case_{action.replace('-', '_')}",
        summary=act.summary,
        tag=TAG,
        body={"application/json": act.shape},
        answers={200: Explanation if action == "remind" else ShownCase},
        path=("number",),
        problems=(409, 412, 413, 415, 428),
        description=f"{act.summary}. {'Staff and merchants.' if act.for_merchants else 'Staff only.'}",
        header_parameters=(IF_MATCH, IDEMPOTENCY_KEY),
    )
    @idempotent
    def post(self: CaseActView, request: HttpRequest, number: str) -> HttpResponse:
        return self.act(request, number, action)

    return type("CaseActView", (CaseActView,), {"post": post, "__module__": __name__}).as_view()


VIEWS = {action: _view_of(action) for action in ACTS}
