"""The gate: what a page of another site, another machine or a careless program could send, sent to a running server."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from clickcut.web.http.security import Access, is_loopback
from tests.web.live import Answer, Live, asked, live

pytestmark = pytest.mark.slow

JSON = {"content-type": "application/json"}
OPEN = json.dumps({"image": "a.png"}).encode()


def code_of(answer: Answer) -> str:
    return str(answer.json["error"]["code"])


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "10.0.0.1", ""])
def test_another_name_for_this_machine_is_refused(server: Live, host: str) -> None:
    answer = asked(server.address, "GET", "/api/workspace", headers={"host": host})

    assert (answer.status, code_of(answer)) == (400, "wrong_host")


@pytest.mark.parametrize("host", ["localhost", "localhost:1234", "127.0.0.1", "[::1]:80"])
def test_loopbacks_own_names_are_answered(server: Live, host: str) -> None:
    assert asked(server.address, "GET", "/api/workspace", headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_changes_from_pages_of_other_sites_are_refused(server: Live, headers: dict[str, str]) -> None:
    answer = asked(server.address, "POST", "/api/sessions", body=OPEN, headers=JSON | headers)

    assert (answer.status, code_of(answer)) == (403, "wrong_origin")


def test_the_page_itself_may(server: Live) -> None:
    host = urlsplit(server.address).netloc

    answer = asked(
        server.address, "POST", "/api/sessions", body=OPEN, headers=JSON | {"origin": f"http://{host}", "sec-fetch-site": "same-origin"}
    )

    assert answer.status == 201


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_what_a_form_of_any_site_can_send_is_refused(server: Live, kind: str) -> None:
    answer = asked(server.address, "POST", "/api/sessions", body=OPEN, headers={"content-type": kind})

    assert (answer.status, code_of(answer)) == (415, "wrong_content_type")


def test_every_answer_forbids_what_the_page_does_not_need(server: Live) -> None:
    for path in ("/api/workspace", "/docs", "/nothing"):
        headers = asked(server.address, "GET", path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_a_body_beyond_the_bound_is_refused_before_it_is_read(folder: Path) -> None:
    with live(folder, access=Access(body_bytes=1000)) as server:
        answer = asked(server.address, "POST", "/api/images", body=bytes(1001), headers={"content-type": "application/octet-stream"})

        assert (answer.status, code_of(answer)) == (413, "too_large")


def test_a_body_that_does_not_say_its_length_is_cut_off_too(folder: Path) -> None:
    with live(folder, access=Access(body_bytes=1000)) as server:
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=20)
        connection.request(
            "POST",
            "/api/images",
            body=iter([bytes(600), bytes(600)]),
            headers={"content-type": "application/octet-stream"},
            encode_chunked=True,
        )

        assert connection.getresponse().status == 413
        connection.close()


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static/..%2f..%2fclient.py", "/api/images/..%2f..%2fetc%2fpasswd"]
)
def test_paths_do_not_lead_out(server: Live, path: str) -> None:
    parts = urlsplit(server.address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)  # as it is: urllib would tidy it up
    connection.request("GET", path)

    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.parametrize("name", ["../photos2/secret.png", "/etc/passwd", "a.png/../../x.png", "..\\x.png", ".clickcut/classes.json"])
def test_images_are_named_not_reached_by_paths(server: Live, folder: Path, name: str) -> None:
    (folder.parent / "photos2").mkdir()
    (folder.parent / "photos2" / "secret.png").write_bytes((folder / "a.png").read_bytes())

    answer = asked(server.address, "POST", "/api/sessions", body=json.dumps({"image": name}).encode(), headers=JSON)

    assert (answer.status, code_of(answer)) == (404, "no_such_image")


def test_with_a_token_nothing_is_answered_without_it(folder: Path) -> None:
    with live(folder, access=Access(token="a-long-secret")) as server:
        for path in ("/", "/api/workspace", "/docs", "/openapi.json", "/static/docs.css", "/?token=wrong-one"):
            assert code_of(asked(server.address, "GET", path)) == "token_needed", path
        assert asked(server.address, "GET", "/api/workspace", headers={"authorization": "Bearer wrong"}).status == 401
        assert asked(server.address, "GET", "/api/workspace", headers={"cookie": "clickcut=a-long-secret"}).status == 401
        assert asked(server.address, "GET", "/api/workspace", headers={"authorization": "Bearer a-long-secret"}).status == 200


def test_the_printed_address_gives_a_browser_its_cookie(folder: Path) -> None:
    with live(folder, access=Access(token="a-long-secret")) as server:
        greeting = asked(server.address, "GET", "/?token=a-long-secret")
        cookie = greeting.headers["set-cookie"]

        assert (greeting.status, greeting.headers["location"]) == (303, "/")
        assert "HttpOnly" in cookie
        assert "SameSite" in cookie
        assert "a-long-secret" not in cookie
        assert asked(server.address, "GET", "/api/workspace", headers={"cookie": cookie.partition(";")[0]}).status == 200


def test_a_host_that_others_reach_needs_a_token() -> None:
    for host in ("0.0.0.0", "192.168.1.5", "example.org", "::"):
        with pytest.raises(ValueError, match="--token"):
            Access(host)
        Access(host, "a-long-secret")
    with pytest.raises(ValueError, match="8 characters"):
        Access("0.0.0.0", "short")


def test_with_a_token_addresses_and_the_machines_name_are_known_hosts() -> None:
    access = Access("0.0.0.0", "a-long-secret")

    assert all(access.knows_host(host) for host in ("192.168.1.5:8765", "[fe80::1]:80", socket.gethostname(), "localhost"))
    assert not access.knows_host("evil.example")


def test_loopback_is_told_from_what_only_looks_like_it() -> None:
    assert all(is_loopback(name) for name in ("127.0.0.1", "127.8.8.8", "::1", "localhost"))
    assert not any(is_loopback(name) for name in ("127.0.0.1.example", "0.0.0.0", "", "128.0.0.1"))
