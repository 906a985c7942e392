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
from defaults.views import resolve
from defaults.views.claiming import claim, take_next
from defaults.views.queue import queue, queue_counts
from reminders.api import acts, approvals, cases, deliveries, messages, placements, runs, timeline
from reminders.api.next import CaseNext
from reminders.views import acts as act_pages
from reminders.views import approvals as approval_pages
from reminders.views import case, mail, said
from reminders.views import placements as placement_pages
from reminders.views.pane import pane

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
    path("queue/claim/", claim, name="queue-claim"),
    path("queue/next/", take_next, name="queue-next"),
    path("case/<str:number>/pane/", pane, name="case-pane"),
    path("case/<str:number>/", case.case_page, name="case"),
    path("case/<str:number>/note/", case.note, name="case-note"),
    path("case/<str:number>/hold/", case.hold, name="case-hold"),
    path("case/<str:number>/hold/<int:hold_id>/end/", case.end_hold, name="case-hold-end"),
    path("case/<str:number>/act/<slug:action>/", act_pages.act, name="case-act"),
    path("case/<str:number>/refund/", act_pages.refund, name="case-refund"),
    path("approvals/", approval_pages.approvals, name="approvals"),
    path("approvals/<int:approval_id>/<slug:verb>/", approval_pages.decide, name="approval"),
    path(
        "approvals/refund/<int:refund_id>/<slug:verdict>/",
        approval_pages.decide_credit,
        name="approval-refund",
    ),
    path("placements/<int:placement_id>/package/", placement_pages.package, name="placement-package"),
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
