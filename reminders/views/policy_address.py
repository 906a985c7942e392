"""What the address of a version's page chooses, read and written."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import Channel
from accounts.views.wording import language as viewers_language

from ..correspondence import SOFT
from ..models import PolicyVersion
from .policy_words import LANGUAGES


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address chooses: the step, the text of it, and the case it is shown on."""

    step: str = ""
    channel: str = Channel.EMAIL
    language: str = "ko"
    variant: str = ""
    case: str = ""

    @classmethod
    def read(cls, values: Mapping[str, str]) -> "Asked":
        """What no address of ours holds falls back to the first of its kind."""
        channel, language = values.get("channel", ""), values.get("language", "")
        return cls(
            step=values.get("step", "")[:40].replace("\0", ""),
            channel=channel if channel in Channel.values else Channel.EMAIL,
            language=language if language in LANGUAGES else viewers_language(),
            variant=SOFT if values.get("variant") == SOFT else "",
            case=values.get("case", "")[:20].strip(),
        )

    def address(self, **changes: str) -> str:
        return "?" + urlencode({name: value for name, value in (self._fields() | changes).items() if value})

    @property
    def kept(self) -> list[tuple[str, str]]:
        """For the forms of a step, whose key is in their address."""
        return [(name, value) for name, value in self._fields().items() if value and name != "step"]

    @property
    def kept_with_step(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in self._fields().items() if value]

    @property
    def kept_for_case(self) -> list[tuple[str, str]]:
        """For the form that chooses another case."""
        return [(name, value) for name, value in self._fields().items() if value and name != "case"]

    def _fields(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in ("step", "channel", "language", "variant", "case")}


def version_address(version: PolicyVersion, asked: Asked) -> str:
    address = reverse("policy-version", args=[version.policy.slug, version.number])
    return address + asked.address()
