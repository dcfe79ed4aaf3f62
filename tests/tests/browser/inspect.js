// What the checks ask of a page. It is evaluated from outside, which the content security policy does not concern.
globalThis.inspect = (() => {
  const INTERACTIVE = "a[href], button, input, select, textarea, summary, [tabindex]";
  let unreached = new Set();
  let first = null;
  let rounds = 0;

  const seen = (e) => e.checkVisibility({ visibilityProperty: true }) && e.getClientRects().length > 0;
  const style = (e, pseudo) => getComputedStyle(e, pseudo);

  function name(e) {
    const kind = e.id ? `#${e.id}` : [...e.classList].map((word) => `.${word}`).join("");
    const text = (e.innerText || e.getAttribute("aria-label") || e.name || "").trim().slice(0, 40);
    return `${e.tagName.toLowerCase()}${kind} ${JSON.stringify(text)}`;
  }

  function focusable() {
    const takesFocus = (e) => e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && seen(e);
    return [...document.querySelectorAll(INTERACTIVE)].filter(takesFocus);
  }

  // Pages that follow what happens elsewhere would change under the checks.
  function hold() {
    const last = setTimeout(() => {});
    for (let id = 1; id <= last; id += 1) clearTimeout(id);
    globalThis.fetch = () => new Promise(() => {});
  }

  function open() {
    for (const folded of document.querySelectorAll("details")) folded.open = true;
  }

  function structure() {
    const faults = [];
    const heads = document.querySelectorAll("h1").length;
    if (heads !== 1) faults.push(`it has ${heads} h1`);
    if (!["sv", "en"].includes(document.documentElement.lang)) faults.push("it does not say its language");
    const first = focusable()[0];
    const target = first?.hash && document.querySelector(first.hash);
    if (!first?.matches("a.skip") || first.accessKey.toUpperCase() !== "S" || !target) {
      faults.push("the first that takes focus is not the link to the text of the page, with access key S (R42)");
    }
    for (const [word, selector] of [["Skriv ut", "[data-print]"], ["Stäng", "[data-close]"]]) {
      if (![...document.querySelectorAll(selector)].some(seen)) faults.push(`it lacks ${word} (R42)`);
    }
    return faults;
  }

  function overflow() {
    const width = document.documentElement.clientWidth;
    const all = document.scrollingElement.scrollWidth;
    if (all <= width) return [];
    const wide = [...document.querySelectorAll("body *")].filter((e) => seen(e) && e.getBoundingClientRect().right > width + 1);
    return [`it is ${all} px wide: ${wide.slice(0, 6).map(name).join(", ")}`];
  }

  function motion() {
    const moves = (e, pseudo) => {
      const { animationName, transitionDuration } = style(e, pseudo);
      return animationName !== "none" || transitionDuration.split(",").some((time) => parseFloat(time) > 0);
    };
    const all = [...document.querySelectorAll("*")];
    return all.filter((e) => [null, "::before", "::after"].some((pseudo) => moves(e, pseudo))).map((e) => `it moves: ${name(e)}`);
  }

  function paper() {
    const needless = [...document.querySelectorAll("nav, .skip, footer, main button, main .button")].filter(seen);
    return needless.map((e) => `it prints ${name(e)}`);
  }

  // The next press of the Tab key goes to the first of the page.
  function begin() {
    const start = document.createElement("span");
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    unreached = new Set(focusable());
    first = null;
    rounds = 0;
    return unreached.size;
  }

  function rgb(colour) {
    const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
    return { parts: [red, green, blue], alpha };
  }

  function light({ parts }) {
    const [red, green, blue] = parts.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  }

  function ground(e) {
    for (let around = e.parentElement; around; around = around.parentElement) {
      const colour = rgb(style(around).backgroundColor);
      if (colour.alpha === 1) return colour;
    }
    return rgb("rgb(255, 255, 255)");
  }

  // A ring may have two colours, so that one of them stands out on every ground (WCAG 1.4.11: 3 to 1).
  function hasRing(e) {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = style(e);
    if (outlineStyle === "none" || parseFloat(outlineWidth) < 2) return false;
    const colours = [outlineColor, ...(boxShadow.match(/rgba?\([^)]*\)/g) ?? [])].map(rgb);
    return colours.some((colour) => colour.alpha === 1 && contrast(colour, ground(e)) >= 3);
  }

  function isCovered(e) {
    const box = e.getClientRects()[0];
    const on = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !on || !(e.contains(on) || on.contains(e) || on.control === e);
  }

  // After a press of the Tab key; null once all has been reached, or the focus came round twice: on its way through a
  // frame of another process it is nowhere for a moment.
  function step() {
    const e = document.activeElement;
    if (unreached.size === 0 || rounds === 2) return null;
    if (!e || e === document.body || e === document.documentElement) return [];
    if (e === first) rounds += 1;
    first ??= e;
    const isNew = unreached.delete(e);
    // One of several radio buttons takes the focus for all.
    if (e.type === "radio") {
      for (const other of unreached) if (other.name === e.name && other.form === e.form) unreached.delete(other);
    }
    if (!isNew) return [];
    const faults = [];
    if (!e.matches(":focus-visible") || !hasRing(e)) faults.push(`the focus is not seen on ${name(e)}`);
    if (isCovered(e)) faults.push(`it has the focus and is covered: ${name(e)}`);
    return faults;
  }

  function missed() {
    return [...unreached].filter((e) => e.isConnected && seen(e)).map((e) => `the Tab key does not reach ${name(e)}`);
  }

  async function axe() {
    const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await globalThis.axe.run(document, { runOnly, resultTypes: ["violations"] });
    return violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${node.target.flat().join(" ")}: ${help}`));
  }

  return { hold, open, structure, overflow, motion, paper, begin, step, missed, axe };
})();
true;
