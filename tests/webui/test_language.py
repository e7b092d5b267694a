"""The page in another language: no text is forgotten, none is left over, and nothing falls out of its box."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from edge.api.languages import ENGLISH
from edge.types import EMOTIONS, TrustState
from tests.webui import texts
from tests.webui.conftest import Guitar
from webui import FOLDER

_PLACE = re.compile(r"\{(\w+)\}")

DICTIONARIES = dict(texts.dictionaries())


@pytest.mark.parametrize("path", DICTIONARIES, ids=lambda path: path.stem)
def test_a_dictionary_says_everything_and_nothing_else(path: Path) -> None:
    said = DICTIONARIES[path]
    assert sorted(texts.needed() - said.keys()) == [], "to be translated"
    assert sorted(said.keys() - texts.needed() - {ENGLISH}) == [], "not said any more"


@pytest.mark.parametrize("path", DICTIONARIES, ids=lambda path: path.stem)
def test_a_translation_has_the_places_of_its_text(path: Path) -> None:
    for english, said in DICTIONARIES[path].items():
        for text in said.values() if isinstance(said, dict) else [said]:
            assert text.strip(), english
            places = set(_PLACE.findall(english))
            found = set(_PLACE.findall(text))
            assert found == places or (isinstance(said, dict) and found | {"count"} == places), (english, text)


def test_counted_texts_have_their_plural_forms() -> None:
    counted = texts.counted()
    for said in DICTIONARIES.values():
        assert {english for english, text in said.items() if isinstance(text, dict)} == counted & said.keys()
        assert all("other" in text for text in said.values() if isinstance(text, dict))


def test_what_the_page_knows_of_the_guitars_sentences_is_what_it_says() -> None:
    code = "\n".join(path.read_text() for path in (FOLDER.parent / "edge").rglob("*.py"))
    code = re.sub(r"['\"]\s*\n\s*f?['\"]", "", code)  # texts over several lines
    composed = ("{file}: damaged", "explanations need", "around {first}")
    for text in texts.told():
        if text.startswith(composed):
            continue
        pattern = ".+?".join(re.escape(piece) for piece in _PLACE.split(text)[::2])
        assert re.search(pattern, code), f"nothing says {text!r} any more"


def test_the_live_page_speaks_italian(italian: BrowserContext, guitar: Guitar) -> None:
    page = italian.new_page()
    page.goto(guitar.url)
    words = {"aggressive": "aggressivo", "happy": "felice", "relaxed": "rilassato", "sad": "triste"}
    for emotion in EMOTIONS:
        guitar.player.label = emotion
        expect(page.locator("#word")).to_have_text(words[emotion])
        expect(page.locator("#because")).to_contain_text("perché la musica è ")
        assert texts.fits(page)
    expect(page.locator("html")).to_have_attribute("lang", "it")
    expect(page.locator("#state")).to_have_text("● dal vivo")
    expect(page.locator("#why li b").first).to_have_text(re.compile(r"^[+−]?\d,\d$"))
    expect(page.locator("#source")).to_contain_text("44,1 kHz")
    assert page.locator("#bars span").all_inner_texts() == list(words.values())
    page.locator("summary").click()
    for state in TrustState:
        guitar.player.state = state
        page.wait_for_timeout(300)
        left = [text for text in texts.english_in(page, "body") if "no port named Synth" not in text]
        assert left == []
        assert texts.fits(page)
    guitar.stop()
    expect(page.locator("#contact")).to_have_text("Nessun contatto con la chitarra, riprovo")
    assert texts.english_in(page, "body") == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_is_wider_than_the_screen_in_italian(browser: Browser, guitar: Guitar, width: int) -> None:
    context = browser.new_context(locale="it-IT", viewport={"width": width, "height": 800})
    page = context.new_page()
    guitar.player.label = "aggressive"
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("aggressivo")
    assert texts.fits(page)
    wide = page.locator("button:visible, #tabs a, #word, h2:visible, .head span").evaluate_all(
        "all => all.filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map((e) => e.outerHTML)"
    )
    assert wide == []
    context.close()


def test_english_needs_no_dictionary(page: Page, guitar: Guitar) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    assert not [url for url in asked if "/lang-" in url or "languages" in url]


def test_a_choice_counts_more_than_the_browser(page: Page, italian: BrowserContext, guitar: Guitar) -> None:
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    known = page.evaluate("import('./language.js').then(({ languages }) => languages())")
    assert {"code": "it", "name": "Italiano"} in known
    page.evaluate("import('./language.js').then(({ choose }) => choose('it'))")
    expect(page.locator("#word")).to_have_text("triste")
    page.reload()
    expect(page.locator("#word")).to_have_text("triste")
    page.evaluate("import('./language.js').then(({ choose }) => choose(''))")
    expect(page.locator("#word")).to_have_text("sad")


def test_without_its_language_the_page_speaks_english(
    browser: Browser, italian: BrowserContext, guitar: Guitar
) -> None:
    german = browser.new_context(locale="de-DE")
    page = german.new_page()
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    german.close()
    page = italian.new_page()
    page.route("**/lang-it.json", lambda route: route.abort())
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("sad")


def test_counts_and_numbers_are_written_as_the_language_does(italian: BrowserContext, guitar: Guitar) -> None:
    page = italian.new_page()
    page.goto(guitar.url)
    expect(page.locator("#word")).to_have_text("triste")
    said = page.evaluate(
        """async () => {
            const { number, plural, t } = await import('./language.js');
            const { phrase, told } = await import('./told.js');
            const blocks = (n) => plural(n, '{count} block lost by the driver', '{count} blocks lost by the driver');
            const counted = (number, digits) => ({ number, digits, sign: false });
            const share = { text: '{number} %', values: { number: counted(60, 0) } };
            const sad = { text: '{emotion} ({share})', first: 'upper', values: { emotion: { text: 'sad' }, share } };
            const at = { text: 'at {at} s', values: { at: counted(12.3, 1) } };
            return [
                blocks(1),
                blocks(12345),
                number(-1.25, 1),
                t('{seconds} s ago', { seconds: 2.5 }),
                t('not in any dictionary'),
                told('around E4 and G♯4, 9.0 to 9.8 s'),
                told('middle register, 200 to 800 Hz'),
                told('what nobody knows'),
                phrase(sad),
                phrase({ list: ['low strings', at, 'demo take'] }),
            ];
        }"""
    )
    assert said == [
        "1 blocco perso dal driver",
        "12.345 blocchi persi dal driver",
        "−1,3",
        "2,5 s fa",
        "not in any dictionary",
        "intorno a Mi4 e Sol♯4, da 9,0 a 9,8 s",
        "registro medio, da 200 a 800 Hz",
        "what nobody knows",
        "Triste (60\u00a0%)",
        "corde gravi, a 12,3\u00a0s e brano dimostrativo",
    ]


def test_nothing_is_seen_in_english_first(italian: BrowserContext, guitar: Guitar) -> None:
    page = italian.new_page()
    held: list[Route] = []
    page.route("**/lang-it.json", lambda route: held.append(route))
    page.goto(guitar.url)
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("#why-title")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#why-title")).to_have_text("Perché triste")
    expect(page.locator("#why-title")).to_be_visible()
