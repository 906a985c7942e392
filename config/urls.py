"""Every address of the product, on one page."""

from accounts.views import viewer
from defaults.views.queue import queue
from defaults.views.resolve import resolve
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from config import health
from reminders.views import case, mail

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("", RedirectView.as_view(pattern_name="queue"), name="home"),
    path("sign-in/", viewer.SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("language/", viewer.switch_language, name="language"),
    path("queue/", queue, name="queue"),
    path("case/<str:number>/", case.case_page, name="case"),
    path("case/<str:number>/note/", case.note, name="case-note"),
    path("case/<str:number>/hold/", case.hold, name="case-hold"),
    path("case/<str:number>/hold/<int:hold_id>/end/", case.end_hold, name="case-hold-end"),
    path("mail/", mail.letters, name="mail"),
    path("mail/<str:key>/", mail.letter, name="letter"),
    path("r/<str:token>/", resolve, name="resolve"),
    path("admin/login/", RedirectView.as_view(pattern_name="sign-in", query_string=True)),
    path("admin/", admin.site.urls),
]
