// Key sheet: one watch a page, whatever reruns. `?` opens and closes the sheet, and some keys lead to a field; neither
// says a word to the server. While she types in a field nothing here listens but Escape, which leads back to the picture.

function element(tag, text, ...children) {
  const node = document.createElement(tag);
  if (text) node.textContent = text;
  node.append(...children);
  return node;
}

function row({ words, caps, before }) {
  const keys = caps.flatMap((cap) => [" ", element("kbd", cap)]);
  return element("div", "", element("dt", words), element("dd", before, ...keys));
}

function draw(dialog, { title, note, groups }) {
  const heading = Object.assign(element("h2", title), { id: "title" });
  const close = Object.assign(element("button", "Close"), { type: "button", autofocus: true });
  close.addEventListener("click", () => dialog.close());
  const columns = groups.map((group) => element("section", "", element("h3", group.title), element("dl", "", ...group.rows.map(row))));
  const all = element("div", "", ...columns);
  all.className = "groups";
  dialog.replaceChildren(element("header", "", heading, element("p", note), close), all);
}

function typingIn(event) {
  return event.composedPath()[0].closest?.(TYPING) ?? null;
}

// In the search the browser takes Escape for "clear", in a choice Streamlit does: what stands there stays, and an open list
// closes with it. Any other list that is open closes first.
function leave(field, event) {
  if (event.key !== "Escape") return;
  if (field.matches('[type="search"], .stSelectbox input')) stop(event);
  else if (field.getAttribute("aria-expanded") === "true") return;
  const find = (selector) => document.querySelector(selector);
  const stage = find('.lucency-cell[data-active="true"] .lucency-stage') ?? find(".lucency-stage");
  if (stage) stage.focus({ preventScroll: true });
  else field.blur();
}

// Of several options the chosen one; the button that explains them is none.
function fieldOf(prefix) {
  const places = `[class*="st-key-${prefix}"] :is(textarea, input, button):not(.stTooltipIcon *)`;
  const fields = [...document.querySelectorAll(places)];
  return fields.find((field) => field.ariaChecked === "true") ?? fields[0] ?? null;
}

// The degrees of confidence while the focus is on one of them.
function degreesAt(event) {
  const place = event.target.closest?.('[class*="st-key-confidence-"]');
  return place ? [...place.querySelectorAll("[role=radio]")] : [];
}

// The one chosen already stays chosen: a click would take it back.
function chooseDegree(degree, event) {
  stop(event);
  degree.focus();
  if (!event.repeat && degree.ariaChecked !== "true") degree.click();
}

// The field that this key leads to on this page, if any.
function goalOf(event, fields) {
  const prefixes = keysOf(event).map((key) => fields[key]).filter(Boolean);
  return prefixes.map(fieldOf).find(Boolean) ?? null;
}

function asksForSheet(event) {
  return keysOf(event)[0] === "?";
}

// Nothing behind the open sheet hears a key.
function hearOpen(event, dialog) {
  event.stopImmediatePropagation();
  if (!asksForSheet(event) && event.key !== "Escape") return;
  event.preventDefault();
  if (!event.repeat) dialog.close();
}

// A key that stays down comes again and again. It presses no button a second time, and writes nothing into the field that
// it has just led to.
function isSpent(event, { data, led }) {
  if (!event.repeat) return false;
  if (event.code === led) return true;
  if (typingIn(event)) return false;
  const onButton = event.key === "Enter" && event.composedPath()[0].closest?.("button");
  return Boolean(onButton) || asksForSheet(event) || keysOf(event).some((key) => data.once.includes(key));
}

function stop(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

function hear(event, watched) {
  const { dialog, data } = watched;
  if (dialog.open) return hearOpen(event, dialog);
  if (isSpent(event, watched)) return stop(event);
  watched.led = null;
  const field = typingIn(event);
  if (field) return leave(field, event);
  if (event.ctrlKey !== event.altKey || event.metaKey) return undefined; // both together are AltGr
  const degrees = degreesAt(event);
  if (degrees.length) leave(event.target, event);
  const degree = keysOf(event).map((key) => degrees[key - 1]).find(Boolean);
  if (degree) return chooseDegree(degree, event);
  const goal = goalOf(event, data.fields);
  if (!asksForSheet(event) && !goal) return undefined;
  stop(event);
  if (!goal) return dialog.showModal();
  watched.led = event.code;
  return goal.focus();
}

export default function ({ data, parentElement }) {
  const dialog = parentElement.querySelector("dialog");
  draw(dialog, data);
  const known = globalThis.lucencyKeys;
  if (known) Object.assign(known, { data, dialog });
  else {
    const watched = (globalThis.lucencyKeys = { data, dialog });
    window.addEventListener("keydown", (event) => hear(event, watched), { capture: true });
  }
}
