"""What axe-core finds wrong for people who use a keyboard, a screen reader or little contrast (WCAG 2.2 AA)."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
_WORTH_MENDING = ("serious", "critical")


def findings(page: Page, within: str = "") -> list[str]:
    """Return a line for each serious finding in what the page shows now, or in the part that a selector names."""
    results = Axe().run(page, context=within or None, options=_RULES)
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for violation in results.response["violations"]
        if violation["impact"] in _WORTH_MENDING
        for node in violation["nodes"]
    ]


def too_small(page: Page, within: str = "body", least_px: int = 44) -> list[str]:
    """Return what is to be touched and smaller than `least_px`, hidden file pickers aside."""
    found: list[str] = page.locator(within).evaluate(
        """(root, least) => [...root.querySelectorAll('button, select, input, summary, a[href]')]
             .filter((e) => e.checkVisibility() && !e.closest('.hidden') && !e.classList.contains('hidden'))
             .map((e) => [e, e.getBoundingClientRect()])
             .filter(([, box]) => box.height < least - 0.5 || box.width < least - 0.5)
             .map(([e, box]) => `${e.outerHTML.slice(0, 120)} ${Math.round(box.width)}x${Math.round(box.height)}`)""",
        least_px,
    )
    return found
