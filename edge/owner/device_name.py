"""What a browser is, in words that a person recognises in a list: "iPhone · Safari"."""

from __future__ import annotations

# the first that occurs counts: each browser also names those that it resembles
_MACHINES = {
    "iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "CrOS": "Chromebook", "Windows": "Windows",
    "Macintosh": "Mac", "Linux": "Linux",
}  # fmt: skip
_BROWSERS = {
    "Edg": "Edge", "OPR/": "Opera", "SamsungBrowser": "Samsung Internet", "Firefox/": "Firefox", "FxiOS": "Firefox",
    "CriOS": "Chrome", "Chrome/": "Chrome", "Safari/": "Safari",
}  # fmt: skip
_LONGEST = 40


def device_name(user_agent: str) -> str:
    """Return machine and browser, or the beginning of what a program calls itself."""
    found = [next((name for sign, name in names.items() if sign in user_agent), "") for names in (_MACHINES, _BROWSERS)]
    readable = "".join(c for c in user_agent if c.isprintable())
    return " · ".join(filter(None, found)) or readable.partition(" ")[0][:_LONGEST] or "?"
