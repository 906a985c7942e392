"""The published contract, the guide, and that neither leans on another host."""

import re
from pathlib import Path

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from accounts.event_shapes import AnyEvent

STORED = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"


@pytest.fixture(scope="module")
def schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def test_the_stored_schema_is_the_one_the_code_has(schema: dict) -> None:
    """If not: `manage.py spectacular --file docs/openapi.yaml`, and look at what changed for callers."""
    assert OpenApiYamlRenderer().render(schema, renderer_context={}).decode() == STORED.read_text()


def test_the_schema_is_valid_openapi_3_1(schema: dict) -> None:
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)


def test_every_reference_leads_somewhere(schema: dict) -> None:
    references = set(re.findall(r"#/components/schemas/([\w.-]+)", str(schema)))
    assert references <= schema["components"]["schemas"].keys()


def test_pushing_events_is_documented_with_every_type(schema: dict) -> None:
    operation = schema["paths"]["/api/v1/events/"]["post"]
    assert operation["requestBody"]["content"].keys() == {"application/json", "application/x-ndjson"}
    named = str(schema["components"]["schemas"])
    assert all(shape.__struct_config__.tag in named for shape in AnyEvent.__args__)


def test_every_operation_names_its_failures_as_problems(schema: dict) -> None:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            failures = {code: answer for code, answer in operation["responses"].items() if code >= "400"}
            assert {"400", "401", "503"} <= failures.keys(), (path, method)
            assert all(
                answer["content"].keys() == {"application/problem+json"} for answer in failures.values()
            )


def test_the_schema_is_served(client) -> None:
    response = client.get("/api/schema/")
    assert response.status_code == 200
    assert yaml.safe_load(response.content)["info"]["title"] == "Amends API"


def test_the_guide_names_no_other_host_and_has_nothing_inline(client) -> None:
    response = client.get("/api/docs/")
    page = response.content.decode()
    assert response.status_code == 200
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*', page) == []
    assert "<style" not in page
    assert " style=" not in page
    assert re.findall(r"<script(?![^>]* src=)", page) == []
    assert "'unsafe" not in response["Content-Security-Policy"]


def test_everything_the_guide_loads_is_there(client) -> None:
    page = client.get("/api/docs/").content.decode()
    places = re.findall(r'(?:<script src|<link rel="(?:stylesheet|icon)" href)="([^"]+)"', page)
    assert len(places) >= 5
    for place in places:
        assert client.get(place.replace("&amp;", "&")).status_code == 200, place
