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

// How the fields begin that this key leads to, and the one on this page, if any.
function prefixesOf(event, fields) {
  return keysOf(event).map((key) => fields[key]).filter(Boolean);
}

function goalOf(prefixes) {
  return prefixes.map(fieldOf).find(Boolean) ?? null;
}

function isRunning() {
  return document.querySelector('[data-testid="stApp"]')?.dataset.testScriptState !== "notRunning";
}

const MILLISECONDS = { start: 2_000, run: 10_000 }; // within which what she did begins a run, and a run is waited for

// The page runs, or what she has just done may yet begin a run.
function mayRun(watched) {
  return isRunning() || performance.now() - watched.acted < MILLISECONDS.start;
}

// On the page of a case each of its fields may yet come, or give way to another.
function mayCome(prefixes, watched) {
  const ofCase = prefixes.some((prefix) => prefix.endsWith("-"));
  return ofCase && document.querySelector(".st-key-reading") !== null && mayRun(watched);
}

// The focus follows to the field that comes, until she goes elsewhere herself.
function seek(watched, prefixes) {
  const sought = { prefixes };
  const end = performance.now() + MILLISECONDS.run;
  const follow = () => {
    if (watched.sought !== sought) return;
    if (!isAt(prefixes)) goalOf(prefixes)?.focus();
    if (mayRun(watched) && performance.now() < end) requestAnimationFrame(follow);
    else watched.sought = null;
  };
  watched.sought = sought;
  follow();
}

function isAt(prefixes) {
  return prefixes.some((prefix) => document.activeElement.closest(`[class*="st-key-${prefix}"]`));
}

// What she types before the field is there is no command; into one that has just come she writes on.
function comesEarly(event, { sought }) {
  if (!sought || isAt(sought.prefixes) || event.ctrlKey !== event.altKey || event.metaKey) return false;
  const goal = goalOf(sought.prefixes);
  goal?.focus();
  if (goal?.matches(TYPING)) event.stopImmediatePropagation();
  else stop(event);
  return true;
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
  if (["Escape", "Tab"].includes(event.key)) watched.sought = null;
  if (comesEarly(event, watched)) return undefined;
  const field = typingIn(event);
  if (field) return leave(field, event);
  if (event.ctrlKey !== event.altKey || event.metaKey) return undefined; // both together are AltGr
  const degrees = degreesAt(event);
  if (degrees.length) leave(event.target, event);
  const degree = keysOf(event).map((key) => degrees[key - 1]).find(Boolean);
  if (degree) return chooseDegree(degree, event);
  const prefixes = prefixesOf(event, data.fields);
  const [goal, comes] = [goalOf(prefixes), mayCome(prefixes, watched)];
  if (!asksForSheet(event) && !goal && !comes) return noteAct(watched);
  stop(event);
  if (!goal && !comes) return dialog.showModal();
  watched.led = event.code;
  return comes ? seek(watched, prefixes) : goal.focus();
}

function noteAct(watched) {
  watched.acted = performance.now();
}

function watch(watched) {
  window.addEventListener("keydown", (event) => hear(event, watched), { capture: true });
  window.addEventListener("pointerdown", () => ((watched.sought = null), noteAct(watched)), { capture: true });
  const ended = () => !isRunning() && (watched.acted = -Infinity);
  const app = document.querySelector('[data-testid="stApp"]');
  new MutationObserver(ended).observe(app, { attributeFilter: ["data-test-script-state"] });
}

export default function ({ data, parentElement }) {
  const dialog = parentElement.querySelector("dialog");
  draw(dialog, data);
  const known = globalThis.lucencyKeys;
  if (known) Object.assign(known, { data, dialog });
  else watch((globalThis.lucencyKeys = { data, dialog, acted: -Infinity }));
}
