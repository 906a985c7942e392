"""All settings, from the environment. docs/operations.md lists the variables.

`AMENDS_ENV` is `development` (the default), `test` or `production`. In production nothing is made up:
secrets, hosts, database and broker must be given.
"""

import json
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from config import embedded, keys

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
ENVIRONMENT = env.str("AMENDS_ENV", default="development")
PRODUCTION = ENVIRONMENT == "production"
if ENVIRONMENT not in ("development", "test", "production"):
    raise ImproperlyConfigured(f"AMENDS_ENV is {ENVIRONMENT!r}; it can be development, test or production.")
DEBUG = env.bool("AMENDS_DEBUG", default=False)
if DEBUG and PRODUCTION:
    raise ImproperlyConfigured("AMENDS_DEBUG shows secrets to strangers: not in production.")


def _required(name: str) -> str:
    value = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} must be set in production.")
    return value


# Where this instance lives
INSTANCE = embedded.place(Path(env.str("AMENDS_VAR_DIR", default="") or BASE_DIR / "var"))
VAR_DIR = INSTANCE.var
PORT = env.int("PORT", default=8000)
PUBLIC_URL = env.str("AMENDS_PUBLIC_URL", default=f"http://localhost:{PORT}").rstrip("/")

# Secrets
KEYS_FILE = Path(env.str("AMENDS_KEYS_FILE", default="") or VAR_DIR / "keys.json")
if PRODUCTION:
    SECRET_KEY = _required("SECRET_KEY")
    if not KEYS_FILE.exists():
        raise ImproperlyConfigured(
            f"There is no key file {KEYS_FILE}. Make one: python -m config.keys > {KEYS_FILE}"
        )
else:
    SECRET_KEY = env.str("SECRET_KEY", default="") or keys.read_or_make(
        VAR_DIR / "secret-key", keys.fresh_secret_key
    )
try:
    AMENDS_KEYS = json.loads(keys.read_or_make(KEYS_FILE, keys.fresh_keys))
except (OSError, ValueError) as problem:
    raise ImproperlyConfigured(f"The key file {KEYS_FILE} cannot be read: {problem}") from problem
if wrong := keys.check_keys(AMENDS_KEYS):
    raise ImproperlyConfigured(f"The key file {KEYS_FILE} is broken: {'; '.join(wrong)}.")

# Database and broker
DATABASE_URL = _required("DATABASE_URL") if PRODUCTION else env.str("DATABASE_URL", default="")
REDIS_URL = _required("REDIS_URL") if PRODUCTION else env.str("REDIS_URL", default="")
DATABASE_URL = DATABASE_URL or INSTANCE.database_url
REDIS_URL = REDIS_URL or INSTANCE.redis_url


def _database(url: str) -> dict:
    """Django's entry for a libpq URL; its query may name the host, for a Unix socket has no place before it."""
    try:
        entry = env.db_url_config(url)
    except ValueError as problem:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {problem}") from problem
    options = entry.setdefault("OPTIONS", {})
    for name in ("host", "port", "user", "password"):
        if name in options:
            entry[name.upper()] = options.pop(name)
    if entry.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database: postgresql://…")
    options.setdefault("application_name", "amends")
    return entry | {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}


DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)

# Time. The business clock can be moved for rehearsals only (common.clock).
USE_TZ = True
TIME_ZONE = "UTC"
AMENDS_CLOCK_FILE = env.str("AMENDS_CLOCK_FILE", default="")
AMENDS_REHEARSAL = env.bool("AMENDS_REHEARSAL", default=False)

# Languages
USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [BASE_DIR / "locale"]

INSTALLED_APPS = [
    "config",
    "common",
    "accounts",
    "defaults",
    "reminders",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "config.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.views.sessions.SessionMiddleware",
    "accounts.views.viewer.ViewerMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.views.viewer.shell",
                "reminders.views.waiting.waiting",
            ],
        },
    },
]

# Staff
AUTH_USER_MODEL = "accounts.User"
if ENVIRONMENT == "test":
    # Slow on purpose everywhere else: hundreds of tests sign somebody in.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "queue"
LOGOUT_REDIRECT_URL = "sign-in"
CSRF_FAILURE_VIEW = "accounts.views.viewer.csrf_failure"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# In all, and without a hand on it (accounts.views.sessions).
SESSION_COOKIE_AGE = 12 * 3600
AMENDS_SESSION_IDLE = 30 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# The second factor: whoever has one uses it; "required" lets lead and above do nothing before they have one.
AMENDS_SECOND_FACTOR = env.str(
    "AMENDS_SECOND_FACTOR", default="optional" if ENVIRONMENT == "development" else "required"
)
if AMENDS_SECOND_FACTOR not in ("required", "optional"):
    raise ImproperlyConfigured(
        f"AMENDS_SECOND_FACTOR is {AMENDS_SECOND_FACTOR!r}; it can be required or optional."
    )
# Where the proxy says who asks; without a proxy anybody could say so.
AMENDS_BEHIND_PROXY = PRODUCTION and env.bool("AMENDS_BEHIND_PROXY", default=False)
ACCOUNT_ADAPTER = "accounts.views.adapters.StaffAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = False  # ours are in the database: accounts.services.sign_in
MFA_ADAPTER = "accounts.views.adapters.FactorAdapter"
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Amends"
MFA_TOTP_TOLERANCE = 1

# The browser's rules
LOCAL_HOSTS = [".localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("AMENDS_SSL_REDIRECT", default=True)
    # Orchestrators ask over plain HTTP from inside.
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if AMENDS_BEHIND_PROXY:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Static files
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("AMENDS_STATIC_ROOT", default="") or VAR_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
# Outside production files are served from where they lie; nothing to collect.
if not PRODUCTION:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = not PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Mail: files to look at, unless a server is named
MAILDIR = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = env.str("AMENDS_FROM_EMAIL", default="Amends <amends@localhost>")
EMAIL_TIMEOUT = 5
if PRODUCTION or env.str("EMAIL_URL", default=""):
    _required("EMAIL_URL")
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "config.maildir.EmailBackend"

# API
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.problems.exception_handler",
}
# A key's token bucket: refilled at this rate, this large (accounts.api.limits).
AMENDS_RATE_PER_SECOND = env.float("AMENDS_RATE_PER_SECOND", default=100.0)
AMENDS_RATE_BURST = env.int("AMENDS_RATE_BURST", default=200)
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["common.openapi.add_components"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "am_live_… or am_staff_…"},
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        }
    },
    "SECURITY": [{"key": []}, {"session": []}],
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None, "defaultModelsExpandDepth": -1},
    "TITLE": "Amends API",
    "DESCRIPTION": "Payment events in; payments, cases and their reasons out. The guide is at /api/docs/.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": env.str("AMENDS_LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handlers would print the line a second time.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A tick every two seconds is no news.
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
