"""The report of `affetto analyze` in a real browser, opened from disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect

from edge.report import Analysis, write_html
from edge.types import EMOTIONS
from tests.edge.api.playing import prediction

NASTY = "<img src=x onerror=alert(1)>.wav"


def analysis(name: str, plan: dict[str, float], rate_hz: int = 22050) -> Analysis:
    """Play each emotion of the plan for some seconds."""
    times = np.arange(0, sum(plan.values()), 0.1)
    ends = np.cumsum(list(plan.values()))
    labels = [list(plan)[int(np.searchsorted(ends, t, side="right"))] for t in times]
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, int(ends[-1] * rate_hz)).astype(np.float32)
    document = {
        "schema": 1,
        "file": name,
        "duration_s": float(ends[-1]),
        "model": {"file": "model.onnx"},
        "overall": {"label": labels[0], "probabilities": dict.fromkeys(EMOTIONS, 0.25), "confidence": 0.0},
        "predictions": [prediction(e, time_s=float(t)).to_dict() for e, t in zip(labels, times, strict=True)],
    }
    return Analysis(document, samples, rate_hz)


def test_a_report_plays_seeks_and_explains(page: Page, tmp_path: Path, complaints: list[str]) -> None:
    report = tmp_path / "report.html"
    write_html(report, [analysis(NASTY, {"sad": 4, "happy": 4}), analysis("riff.wav", {"aggressive": 3})])
    page.goto(report.as_uri())
    expect(page.locator("h2")).to_have_text([NASTY, "riff.wav"])
    assert page.locator("img").count() == 0

    first = page.locator("section").first
    expect(first.locator(".trust b")).to_have_text("live, sad")
    timeline = first.locator(".timeline")
    box = timeline.bounding_box()
    assert box
    timeline.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
    expect(first.locator(".trust b")).to_have_text("live, happy")
    expect(first.locator("h3 b")).to_have_text("happy")
    assert first.locator("audio").evaluate("e => e.currentTime") > 5.5
    left = float(first.locator(".cursor").evaluate("e => parseFloat(e.style.left)"))
    assert 74 < left < 76

    timeline.press("Home")
    expect(first.locator(".trust b")).to_have_text("live, sad")
    before = first.locator(".why .fill").first.evaluate("e => e.style.transform")
    # muted, a browser lets a script start the sound
    first.locator("audio").evaluate("e => { e.muted = true; e.currentTime = 3.6; return e.play(); }")
    expect(first.locator(".trust b")).to_have_text("live, happy")
    assert first.locator(".why .fill").first.evaluate("e => e.style.transform") != before
    assert complaints == []


def test_a_report_is_drawn_in_the_colours_of_its_emotions(page: Page, tmp_path: Path) -> None:
    write_html(tmp_path / "report.html", [analysis("riff.wav", {"sad": 2, "aggressive": 2})])
    page.goto((tmp_path / "report.html").as_uri())
    page.wait_for_timeout(300)
    pixel = """(e, x) => [...e.getContext('2d').getImageData(Math.round(x * e.width), 4, 1, 1).data.slice(0, 3)]"""
    canvas = page.locator("canvas")
    assert canvas.evaluate(pixel, 0.4) == [0x1D, 0x4C, 0xC0]
    assert canvas.evaluate(pixel, 0.9) == [0xC3, 0x23, 0x1B]


def test_an_empty_report_says_so(page: Page, tmp_path: Path, complaints: list[str]) -> None:
    empty = analysis("nothing.wav", {"sad": 1})
    empty.document.update(predictions=[], duration_s=0.0)
    empty.document["overall"]["label"] = ""
    write_html(tmp_path / "report.html", [empty])
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.locator(".result")).to_contain_text("nobody plays in it")
    assert complaints == []
