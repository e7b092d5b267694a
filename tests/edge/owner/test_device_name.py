"""Browsers, in words."""

from __future__ import annotations

import pytest

from edge.owner.device_name import device_name


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Mobile/15E148 Safari/604.1", "iPhone · Safari"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "CriOS/125.0.6422.80 Mobile/15E148 Safari/604.1", "iPhone · Chrome"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 Mobile "
         "Safari/537.36", "Android · Chrome"),
        ("Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
         "Chrome/121.0.0.0 Mobile Safari/537.36", "Android · Samsung Internet"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0 "
         "Safari/537.36 Edg/125.0.0.0", "Windows · Edge"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0", "Linux · Firefox"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Safari/605.1.15", "Mac · Safari"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "?"),
        ("\x00\x1b[31m" + "x" * 5000, "[31m" + "x" * 36),
    ],
)  # fmt: skip
def test_known_browsers_are_named_and_others_kept_short(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name
