"""A page of another origin can do nothing to the playground; programs and its own page can."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.playground.people import TLS, TOKEN, Person

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
METHODS = (
    f"/bot{TOKEN}/getUpdates",
    f"/bot{TOKEN}/getMe",
    f"/bot{TOKEN}/sendMessage?chat_id=1&text=x",
    f"/file/bot{TOKEN}/documents/1",
)
LOOKS = ("/play/events", "/play/history", "/play/about", "/play/sample_pictures", "/play/file/x")
FOREIGN: dict[str, dict[str, str]] = {
    "an image of another port": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "image"},
    "an image of another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
    "a script of another site": {"Sec-Fetch-Site": "cross-site", "Origin": "http://evil.example"},
    "a sandboxed frame": {"Origin": "null"},
    "a page of another port": {"Origin": "http://localhost:3000"},
    "an image in an old browser": {"Accept": "image/*"},
    "an old browser without referrers": {},
    "an old browser": {"Referer": "http://evil.example/x"},
}


@pytest.fixture
async def http(address: str) -> Any:
    async with httpx.AsyncClient(base_url=address, verify=TLS, timeout=20) as client:
        yield client


@pytest.mark.parametrize("headers", FOREIGN.values(), ids=FOREIGN.keys())
async def test_a_foreign_page_gets_nothing(
    http: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    browser = {"User-Agent": CHROME} | headers
    for path in (*METHODS, *LOOKS):
        assert (await http.get(path, headers=browser)).status_code == 403, path
    for path in (*METHODS[:3], "/play/send", "/play/press", "/play/vote", "/play/faults"):
        answer = await http.post(path, headers=browser, data={"text": "/start"})
        assert answer.status_code == 403, path
    assert (await http.get("/play/history")).json()["messages"] == []


@pytest.mark.parametrize("path", METHODS)
async def test_not_even_its_own_page_speaks_for_the_bot(http: httpx.AsyncClient, path: str) -> None:
    own = {"User-Agent": CHROME, "Sec-Fetch-Site": "same-origin"}
    assert (await http.get(path, headers=own)).status_code == 403


async def test_the_page_and_programs_are_answered(http: httpx.AsyncClient, address: str) -> None:
    own: list[dict[str, str]] = [
        {"User-Agent": CHROME, "Sec-Fetch-Site": "same-origin"},
        {"User-Agent": CHROME, "Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"},
        {"User-Agent": CHROME, "Referer": f"{address}/"},
        {"User-Agent": CHROME, "Origin": address},
        {},
    ]
    for headers in own:
        assert (await http.get("/play/about", headers=headers)).status_code == 200, headers
    for answer in (await http.get(METHODS[1]), await http.post(METHODS[1])):
        assert answer.json()["ok"], "Telegram answers both"


async def test_a_link_opens_the_page_and_no_frame_shows_it(http: httpx.AsyncClient) -> None:
    link = {"User-Agent": CHROME, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "document"}
    opened = await http.get("/", headers=link)
    assert opened.status_code == 200
    assert "frame-ancestors 'none'" in opened.headers["Content-Security-Policy"]
    assert opened.headers["X-Frame-Options"] == "DENY"
    assert (await http.get("/", headers={"User-Agent": CHROME})).status_code == 200
    framed = link | {"Sec-Fetch-Dest": "iframe"}
    assert (await http.get("/", headers=framed)).status_code == 403


async def test_another_host_name_is_not_answered(http: httpx.AsyncClient) -> None:
    rebound = await http.get("/play/about", headers={"Host": "evil.example"})
    assert rebound.status_code == 403


async def test_a_person_is_still_heard(anna: Person) -> None:
    assert await anna.say("hello")
