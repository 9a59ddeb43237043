"""The HTTP interface by its own schema: what schemathesis makes of it must be answered as the schema says, never with a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.web.live import LARGE, Live, live, write_pictures

NOT_FROM_A_SCHEMA = [positive_data_acceptance]
"""No schema can say that a click lies within its image, or that bytes are one: such requests fit it and are refused all the same."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(write_pictures(tmp_path_factory.mktemp("photos"), "a.png", "b.png")) as server:
        yield server


@pytest.fixture(scope="module")
def session(running: Live) -> str:
    """A session with an object, so that what is asked of one is answered too."""
    told = running.client.request("POST", "/api/sessions", {"image": "a.png", "take": True, "masks": False})
    path = f"/api/sessions/{told['session']}"
    running.client.request("POST", f"{path}/clicks", {"clicks": [{"x": LARGE[0], "y": LARGE[1]}]})
    running.client.request("POST", f"{path}/finish", {})
    running.client.request("POST", f"{path}/clicks", {"clicks": [{"x": LARGE[0], "y": LARGE[1]}]})
    return str(told["session"])


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_route_keeps_to_its_schema(mode: GenerationMode, running: Live, session: str) -> None:
    schema = schemathesis.openapi.from_url(running.address.rstrip("/") + "/openapi.json")

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        try:
            keep_to(found.ok(), mode, session)
        except Unsatisfiable:
            continue  # what has no bounds cannot be beyond them


def keep_to(operation: Any, mode: GenerationMode, session: str) -> None:
    ends_sessions = operation.path.endswith("/close") or (operation.method.upper(), operation.path) == ("DELETE", "/api/sessions/{session}")

    @given(case=operation.as_strategy(generation_mode=mode), meant=st.booleans())
    @settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def kept(case: Any, meant: bool) -> None:
        if "session" in case.path_parameters and meant and not ends_sessions:
            case.path_parameters["session"] = session
        case.call_and_validate(timeout=30, excluded_checks=NOT_FROM_A_SCHEMA)

    kept()
