"""The HTTP interface by its own schema: what schemathesis makes of it must be answered as the schema says, never with a failure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.web.live import LARGE, Live, live, write_pictures

schema = schemathesis.pytest.from_fixture("api")


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


@pytest.fixture(scope="module")
def api(running: Live) -> Any:
    return schemathesis.openapi.from_url(running.address.rstrip("/") + "/openapi.json")


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_route_keeps_to_its_schema(case: Any, running: Live, session: str) -> None:
    if "session" in case.path_parameters and hash(str(case.path_parameters["session"])) % 3:
        case.path_parameters["session"] = session
    if case.path.endswith("/close") or (case.method.upper() == "DELETE" and case.path == "/api/sessions/{session}"):
        case.path_parameters["session"] = "another"
    case.call_and_validate(timeout=30)
