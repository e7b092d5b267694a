"""What the page costs a phone: until the first paint, and while it follows live."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.webui.conftest import Guitar

SLOW_PHONE = 4  # times slower than this machine
SLOW_WIFI = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
BUSY_MACHINE = 2.5  # by which the limits are wider than what the page is held to on a quiet machine


def first_paint_ms(browser: Browser, guitar: Guitar, phone: dict[str, object]) -> float:
    page = browser.new_context(**phone).new_page()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_WIFI)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_PHONE})
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad", timeout=30000)
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.context.close()
    return float(paint)


def test_a_slow_phone_paints_within_a_second(browser: Browser, guitar: Guitar, phone: dict[str, object]) -> None:
    assert min(first_paint_ms(browser, guitar, phone) for _ in range(3)) < 1000 * BUSY_MACHINE


def test_following_live_costs_little(page: Page, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    page.wait_for_timeout(1500)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # time on the processor, not on the clock

    def metrics() -> dict[str, float]:
        return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}

    before = metrics()
    seconds = page.evaluate("() => new Promise((settle) => { const at = performance.now(); "
                            "setTimeout(() => settle((performance.now() - at) / 1000), 5000); })")  # fmt: skip
    after = metrics()

    def each_second(name: str) -> float:
        return (after[name] - before[name]) / seconds

    assert each_second("TaskDuration") < 0.05 * BUSY_MACHINE
    # ten updates a second, each drawn once; nothing moves between them
    assert 4 < each_second("LayoutCount") < 14
    assert each_second("RecalcStyleCount") < 18
