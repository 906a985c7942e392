"""Every address of the product, on one page."""

from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from accounts.api import customers, events, hooks, payments
from accounts.views import my_settings, pay, sandbox, second_factor, sign_in, viewer
from config import docs, health
from defaults.api import netting, reports
from defaults.views import presence, queue_saved, resolve
from defaults.views.claiming import claim, take_next
from defaults.views.customers import customers as customers_page
from defaults.views.queue import queue, queue_counts
from reminders.api import acts, approvals, cases, deliveries, jobs, messages, placements, runs, timeline
from reminders.api.next import CaseNext
from reminders.views import acts as act_pages
from reminders.views import approvals as approval_pages
from reminders.views import bulk as bulk_pages
from reminders.views import (
    case,
    customer,
    exports,
    mail,
    policies,
    policy_edit,
    policy_publish,
    policy_version,
    said,
)
from reminders.views import jobs as job_pages
from reminders.views import macros as macro_pages
from reminders.views import placements as placement_pages
from reminders.views import runs as run_pages
from reminders.views.audit import audit
from reminders.views.dialogs import dialog
from reminders.views.drafts import draft
from reminders.views.pane import pane
from reminders.views.printing import print_case
from reminders.views.undoing import undo_last

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs.Guide.as_view(url_name="schema"), name="api-docs"),
    path("api/v1/events/", events.EventList.as_view()),
    path("api/v1/events/<path:event_id>/", events.EventDetail.as_view()),
    path("api/v1/payments/", payments.PaymentList.as_view()),
    path("api/v1/payments/<path:reference>/", payments.PaymentDetail.as_view()),
    path("api/v1/customers/", customers.CustomerList.as_view()),
    path("api/v1/customers/<path:reference>/netting/", netting.NettingView.as_view()),
    path("api/v1/customers/<path:reference>/", customers.CustomerDetail.as_view()),
    path("api/v1/cases/", cases.CaseList.as_view()),
    path("api/v1/cases/next/", CaseNext.as_view()),
    path("api/v1/cases/bulk/", jobs.CasesBulk.as_view()),
    path("api/v1/jobs/", jobs.JobList.as_view()),
    path("api/v1/jobs/<str:job_id>/", jobs.JobDetail.as_view()),
    path("api/v1/cases/<str:number>/", cases.CaseDetail.as_view()),
    path("api/v1/cases/<str:number>/timeline/", timeline.TimelineView.as_view()),
    path("api/v1/cases/<str:number>/why/", cases.CaseWhy.as_view()),
    *(path(f"api/v1/cases/<str:number>/{name}/", view) for name, view in acts.VIEWS.items()),
    path("api/v1/approvals/", approvals.ApprovalList.as_view()),
    path("api/v1/approvals/<str:approval_id>/grant/", approvals.ApprovalGrant.as_view()),
    path("api/v1/approvals/<str:approval_id>/refuse/", approvals.ApprovalRefuse.as_view()),
    path("api/v1/placements/", placements.PlacementList.as_view()),
    path("api/v1/placements/<str:placement_id>/package/", placements.PlacementPackage.as_view()),
    path("api/v1/messages/", messages.MessageList.as_view()),
    path("api/v1/runs/", runs.RunList.as_view()),
    path("api/v1/runs/<str:run_id>/", runs.RunDetail.as_view()),
    path("api/v1/runs/<str:run_id>/pause/", runs.RunPause.as_view()),
    path("api/v1/runs/<str:run_id>/resume/", runs.RunResume.as_view()),
    path("api/v1/runs/<str:run_id>/stop/", runs.RunStop.as_view()),
    path("api/v1/reports/aging/", reports.AgingView.as_view()),
    path("api/v1/deliveries/<str:channel>/", deliveries.DeliveryCallback.as_view()),
    path("api/v1/hooks/<str:gateway>/<str:merchant>/", hooks.GatewayHook.as_view()),
    path("pay/<str:reference>/", pay.pay, name="pay"),
    path("pay/<str:reference>/back/", pay.back, name="pay-back"),
    path("sandbox/<str:reference>/", sandbox.sandbox, name="sandbox"),
    path("", RedirectView.as_view(pattern_name="queue"), name="home"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-in/second/", sign_in.SecondStep.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", sign_in.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("language/", viewer.switch_language, name="language"),
    path("look/", viewer.choose_look, name="look"),
    path("settings/", my_settings.my_settings, name="my-settings"),
    path("settings/password/", my_settings.ChangePassword.as_view(), name="my-password"),
    path("settings/sessions/", my_settings.sign_out_elsewhere, name="my-sessions"),
    path("settings/second/", second_factor.second_factor, name="second-factor"),
    path("settings/second/app/", second_factor.AddApp.as_view(), name="mfa_activate_totp"),
    path("settings/second/app/remove/", second_factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("settings/second/passkey/", second_factor.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path(
        "settings/second/passkey/<int:pk>/remove/",
        second_factor.RemovePasskey.as_view(),
        name="mfa_remove_webauthn",
    ),
    path("settings/second/codes/", second_factor.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path(
        "settings/second/codes/new/",
        second_factor.NewRecoveryCodes.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("settings/second/again/", second_factor.Again.as_view(), name="mfa_reauthenticate"),
    path(
        "settings/second/again/passkey/",
        second_factor.AgainByPasskey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    # The library asks for pages by its own names.
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("settings/", my_settings.my_settings, name="mfa_index"),
    path("settings/", my_settings.my_settings, name="mfa_list_webauthn"),
    path("queue/", queue, name="queue"),
    path("queue/counts/", queue_counts, name="queue-counts"),
    path("queue/views/", queue_saved.save, name="queue-save"),
    path("queue/views/<int:view_id>/<slug:verb>/", queue_saved.change, name="queue-saved"),
    path("presence/", presence.here, name="presence"),
    path("presence/left/", presence.left, name="presence-left"),
    path("queue/claim/", claim, name="queue-claim"),
    path("queue/next/", take_next, name="queue-next"),
    path("queue/bulk/macro/", macro_pages.macro, name="macro"),
    path("queue/bulk/<slug:name>/", bulk_pages.bulk, name="bulk"),
    path("queue/matching/", bulk_pages.matching, name="queue-matching"),
    path("queue/csv/", exports.queue_csv, name="queue-csv"),
    path("queue/jobs/<int:job_id>/undo/", job_pages.undo, name="job-undo"),
    path("jobs/", job_pages.jobs, name="jobs"),
    path("jobs/<int:job_id>/", job_pages.job, name="job"),
    path("jobs/<int:job_id>/stop/", job_pages.stop, name="job-stop"),
    path("jobs/<int:job_id>/retry/", job_pages.retry, name="job-retry"),
    path("jobs/<int:job_id>/csv/", exports.job_csv, name="job-csv"),
    path("case/<str:number>/pane/", pane, name="case-pane"),
    path("case/<str:number>/", case.case_page, name="case"),
    path("case/<str:number>/print/", print_case, name="case-print"),
    path("case/<str:number>/note/", case.note, name="case-note"),
    path("case/<str:number>/hold/", case.hold, name="case-hold"),
    path("case/<str:number>/hold/<int:hold_id>/end/", case.end_hold, name="case-hold-end"),
    path("case/<str:number>/act/<slug:action>/", act_pages.act, name="case-act"),
    path("case/<str:number>/refund/", act_pages.refund, name="case-refund"),
    path("case/<str:number>/dialog/macro/", macro_pages.macro_of_case),
    path("case/<str:number>/dialog/<slug:name>/", dialog, name="case-dialog"),
    path("case/<str:number>/draft/<slug:form>/<slug:field>/", draft, name="case-draft"),
    path("undo/", undo_last, name="undo"),
    path("customers/", customers_page, name="customers"),
    path("customer/<str:key>/", customer.customer_page, name="customer"),
    path("customer/<int:customer_id>/show/", customer.show, name="customer-show"),
    path("customer/<int:customer_id>/join/", customer.join, name="customer-join"),
    path("customer/<int:customer_id>/separate/", customer.separate, name="customer-separate"),
    path("audit/", audit, name="audit"),
    path("approvals/", approval_pages.approvals, name="approvals"),
    path("approvals/publish/<int:request_id>/<slug:verb>/", policy_publish.decide, name="policy-decide"),
    path("approvals/<int:approval_id>/<slug:verb>/", approval_pages.decide, name="approval"),
    path(
        "approvals/refund/<int:refund_id>/<slug:verdict>/",
        approval_pages.decide_credit,
        name="approval-refund",
    ),
    path("placements/<int:placement_id>/package/", placement_pages.package, name="placement-package"),
    path("policies/", policies.policies, name="policies"),
    path("policies/own/", policies.own_policy, name="policy-own"),
    path("policy/<slug:slug>/", policies.policy, name="policy"),
    path("policy/<slug:slug>/draft/", policies.new_draft, name="policy-draft"),
    path("policy/<slug:slug>/v<int:number>/", policy_version.version_page, name="policy-version"),
    path("policy/<slug:slug>/v<int:number>/discard/", policies.discard_draft, name="policy-discard"),
    path("policy/<slug:slug>/v<int:number>/settings/", policy_edit.save_settings, name="policy-settings"),
    path("policy/<slug:slug>/v<int:number>/steps/", policy_edit.new_step, name="policy-steps"),
    path("policy/<slug:slug>/v<int:number>/step/<slug:key>/", policy_edit.save_step, name="policy-step"),
    path(
        "policy/<slug:slug>/v<int:number>/step/<slug:key>/text/", policy_edit.save_words, name="policy-text"
    ),
    path(
        "policy/<slug:slug>/v<int:number>/step/<slug:key>/<slug:verb>/", policy_edit.move, name="policy-move"
    ),
    path(
        "policy/<slug:slug>/v<int:number>/against/v<int:other>/",
        policy_publish.difference,
        name="policy-difference",
    ),
    path("policy/<slug:slug>/v<int:number>/publish/", policy_publish.publish, name="policy-publish"),
    path("runs/", run_pages.runs, name="runs"),
    path("runs/start/", run_pages.start, name="run-start"),
    path("run/<int:run_id>/csv/", exports.run_csv, name="run-csv"),
    path("run/<int:run_id>/", run_pages.run_page, name="run"),
    path("run/<int:run_id>/progress/", run_pages.progress, name="run-progress"),
    path("run/<int:run_id>/<slug:verb>/", run_pages.move, name="run-move"),
    path("mail/", mail.letters, name="mail"),
    path("mail/<str:key>/", mail.letter, name="letter"),
    path("r/new-link/", resolve.new_link),
    path("r/<str:token>/", resolve.resolve, name="resolve"),
    path("r/case/<str:number>/", resolve.home),
    path("r/case/<str:number>/you/", resolve.you),
    path("r/case/<str:number>/you/code/", resolve.code),
    path("r/case/<str:number>/messages/", said.said),
    path("r/case/<str:number>/papers/<str:name>.pdf", resolve.paper),
    path("r/case/<str:number>/<slug:name>/", resolve.act_page),
    path("r/case/<str:number>/<slug:name>/done/", resolve.receipt_page),
    path("r/<path:rest>", resolve.nothing),
    path("admin/login/", RedirectView.as_view(pattern_name="sign-in", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="my-password")),
    path("admin/logout/", RedirectView.as_view(pattern_name="my-settings")),
    path("admin/", admin.site.urls),
]
