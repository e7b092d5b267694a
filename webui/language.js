/**
 * The page in the visitor's language. English text is the key of a flat dictionary, lang-<code>.json; what it lacks
 * stays English. A new language is one more such file, whose entry "English" is its own name.
 */

const STORED = 'affetto.language';
const ENGLISH = 'en';
const LONGEST_WAIT_MS = 4000;
const ATTRIBUTES = ['aria-label', 'title', 'placeholder', 'alt', 'label'];

let code = ENGLISH;
let dictionary = {};
const formats = new Map();

/** Settled when everything can be said in the visitor's language; never rejected. */
export const ready = load();

/** The code of the language that is spoken, such as "it". */
export const language = () => code;

/**
 * Say a text in the visitor's language.
 *
 * @param {string} english - a whole sentence or label, with {name} where a value stands
 * @param {Object<string, *>} values - by name; numbers are written as the language does
 */
export function t(english, values = {}) {
  return filled(dictionary[english] ?? english, values);
}

/**
 * Say a text that depends on a count, which stands in it as {count}.
 *
 * A dictionary holds an object by plural category (Intl.PluralRules) under the text for many.
 *
 * @param {number} count
 * @param {string} one - for exactly one in English
 * @param {string} many - for all others in English
 * @param {Object<string, *>} values - further values by name
 */
export function plural(count, one, many, values = {}) {
  const said = dictionary[many];
  const english = count === 1 ? one : many;
  const text = typeof said === 'object' ? said[new Intl.PluralRules(code).select(count)] ?? said.other : english;
  return filled(text, { ...values, count });
}

/** A number as the language writes it; with `digits` after its decimal sign if given, and a true minus sign. */
export function number(value, digits) {
  const key = digits ?? 'any';
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat(code, { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  return formats.get(key).format(value).replace('-', '−');
}

/** Translate texts and labels of a piece of markup, once; what is marked translate="no" is left. */
export function translate(root) {
  if (code === ENGLISH) return;
  const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node.nodeType === Node.ELEMENT_NODE && node.translate === false ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) {
      const [, before, text, after] = node.data.match(/^(\s*)(.*?)(\s*)$/s);
      const said = dictionary[text.replace(/\s+/g, ' ')];
      if (said) node.data = before + said + after;
    } else {
      for (const name of ATTRIBUTES) if (node.hasAttribute(name)) node.setAttribute(name, t(node.getAttribute(name)));
    }
  }
}

/** The languages that there are: [{ code, name }], each name in its own language. */
export async function languages() {
  const answer = await fetch('api/languages', { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
  if (!answer.ok) throw new Error(`languages: ${answer.status}`);
  return (await answer.json()).languages;
}

/** Speak another language from now on; '' for that of the browser. */
export function choose(chosen) {
  try {
    if (chosen) localStorage.setItem(STORED, chosen);
    else localStorage.removeItem(STORED);
  } catch {
    // a browser that keeps nothing goes on with its own language
  }
  location.reload();
}

/** What was chosen, '' if nothing was. */
export function chosen() {
  try {
    return localStorage.getItem(STORED) ?? '';
  } catch {
    return '';
  }
}

async function load() {
  try {
    const wanted = (chosen() ? [chosen()] : navigator.languages).map((tag) => tag.toLowerCase().split('-')[0]);
    if (wanted[0] === ENGLISH) return;
    const known = new Set((await languages()).map((each) => each.code));
    const found = wanted.find((each) => known.has(each)) ?? ENGLISH;
    if (found === ENGLISH) return;
    const answer = await fetch(`lang-${found}.json`, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
    if (!answer.ok) return;
    dictionary = await answer.json();
    code = found;
    document.documentElement.lang = found;
  } catch {
    // a page in English is better than none
  }
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!(name in values)) return whole;
    return typeof values[name] === 'number' ? number(values[name]) : String(values[name]);
  });
}
