"""A page by keyboard alone: where Tab leads, whether that is seen, and whether anything is left out."""

from typing import Any

from playwright.sync_api import Locator, Page

WATCH = """(root) => {
  const all = `a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, iframe,
    audio[controls], video[controls], [contenteditable], [tabindex]:not([tabindex='-1'])`;
  // A page scrolls to what has the focus after it says so: what was not seen then is looked at again when it loses it.
  const named = (one) => one.outerHTML.slice(0, 160);
  const ring = (one) => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(one);
    return outlineStyle + outlineWidth + boxShadow;
  };
  const unfocused = new Map();
  const isSeen = (one) => [...one.getClientRects()].some(({left, right, top, bottom}) => {
    const [x, x2] = [Math.max(left, 0), Math.min(right, document.documentElement.clientWidth)];
    const [y, y2] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
    const hit = x2 - x > 1 && y2 - y > 1 ? document.elementFromPoint((x + x2) / 2, (y + y2) / 2) : null;
    return hit && (one.contains(hit) || hit.contains(one) || hit.control === one);
  });
  const isLeft = (one) => one.type === "radio" && !one.checked && [...document.getElementsByName(one.name)]
    .some((other) => other.form === one.form && (other.checked || other.compareDocumentPosition(one) & 4));
  const within = document.querySelector(root);
  const wanted = () => [...within.querySelectorAll(all)].filter((one) => !one.disabled && !isLeft(one)
    && one.checkVisibility({visibilityProperty: true, opacityProperty: true}) && one.getClientRects().length);
  const walk = window.walk = {met: [], faults: new Set(), wanted};
  document.activeElement.blur();
  for (const one of wanted()) { unfocused.set(one, ring(one)); }
  for (const one of within.querySelectorAll("[onclick], [role=button], [role=link], label[hx-get]")) {
    if (one.tabIndex < 0) { walk.faults.add(`by mouse only: ${named(one)}`); }
  }
  addEventListener("focusin", ({target}) => {
    if (!within.contains(target) || target.id === "main" || walk.met.includes(target)) { return; }
    walk.met.push(target);
    walk.wasSeen = isSeen(target);
    const style = getComputedStyle(target);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2 || ring(target) === unfocused.get(target)) {
      walk.faults.add(`focus is not seen: ${named(target)}`);
    }
  });
  addEventListener("focusout", ({target}) => {
    if (!walk.met.includes(target)) { return; }
    if (!walk.wasSeen && !isSeen(target)) { walk.faults.add(`focus is out of sight: ${named(target)}`); }
  });
  walk.told = () => {
    const faults = [...walk.faults];
    for (const one of wanted()) {
      if (one.tabIndex > 0) { faults.push(`out of order: ${named(one)}`); }
      if (!walk.met.includes(one)) { faults.push(`not reached: ${named(one)}`); }
    }
    walk.met.slice(1).forEach((one, place) => {
      if (!(walk.met[place].compareDocumentPosition(one) & 4)) { faults.push(`before its turn: ${named(one)}`); }
    });
    return faults;
  };
}"""
SHORTEN = """() => {
  const further = "tbody tr:nth-of-type(n+3), main ol > li:nth-of-type(n+4)";
  for (const one of document.querySelectorAll(further)) { one.remove(); }
}"""
"""What repeats on a page is walked twice or thrice, not fifty times."""
CLOSED = """() => {
  const one = [...document.querySelectorAll("main summary")]
    .find((one) => !one.parentElement.open && one.checkVisibility() && !one.dataset.pressed);
  if (one) { one.dataset.pressed = "yes"; one.focus(); }
  return Boolean(one);
}"""
LEFT = "() => walk.wanted().filter((one) => !walk.met.includes(one)).length"
FROM_TOP = "() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); }"
PATIENCE = 12
"""Presses beyond the number of things to reach: a date takes one for each of its parts, a player one for each knob."""


def walked(page: Page, *, whole: bool = False) -> list[str]:
    """Open what opens, press Tab through the page, and give what is wrong; without its frame unless the `whole`."""
    page.wait_for_load_state()
    page.evaluate(SHORTEN)
    faults = []
    for turn in range(40):
        if not page.evaluate(CLOSED):
            break
        page.keyboard.press(("Enter", "Space")[turn % 2])
        if not page.evaluate("document.activeElement.parentElement.open"):
            faults.append(f"does not open: {page.evaluate('document.activeElement.outerHTML')}")
    page.evaluate(WATCH, "body" if whole else "main")
    page.evaluate(FROM_TOP if whole else "document.getElementById('main').focus()")
    if whole:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
    left, patience = page.evaluate(LEFT), PATIENCE
    while left and patience:
        for _ in range(left):
            page.keyboard.press("Tab")
        was, left = left, page.evaluate(LEFT)
        patience -= left == was
    page.keyboard.press("Tab")
    return faults + list(page.evaluate("walk.told()"))


def press_to(page: Page, wanted: Locator, *, most: int = 80) -> None:
    """Press Tab until something has the focus."""
    handle: Any = wanted.element_handle()
    for _ in range(most):
        if handle.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {wanted}")
