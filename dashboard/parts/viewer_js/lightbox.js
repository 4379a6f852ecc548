// Lightbox: one to four pictures of a study side by side, with one toolbar for the picture the reader works at. The page
// is asked for a rerun only when a ticket has run out, a mark has changed or a key image was chosen.

// Pictures on the screen, and how they are told. What she wants holds for the cases that follow, as far as they go, and
// stays with the tab when the page is loaded anew.
const LAYOUTS = { 1: "1 × 1", 2: "1 × 2", 4: "2 × 2" };
const LAYOUT_KEPT = "lucency-layout";
const LAYOUT = { wanted: Number(sessionStorage.getItem(LAYOUT_KEPT)) || 1 };

class Lightbox {
  constructor() {
    this.root = Object.assign(document.createElement("div"), { className: "lucency-viewer", innerHTML: LIGHTBOX_HTML });
    this.images = [];
    this.states = new Map();
    this.overlay = { on: false, opacity: 0.5 };
    this.sheet = sheetOf({ name: "", marks: [], editable: false, others: [] });
    this.asked = {};
    this.cells = [];
    this.active = null;
    this.listen();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  listen() {
    const wish = (name, detail) => this.wish(name, detail);
    listenToButtons(this.root, wish);
    listenToKeys(this.root, wish);
    this.root.addEventListener("focusin", () => makeCurrent(this));
  }

  wish(name, detail) {
    return this.active?.wish(name, detail);
  }

  // What the page asks for; whether it is a new case. Its wishes for view and overlay count when they change; in between
  // the reader's own hold.
  update(data, ask, tell) {
    Object.assign(this, { ask, tell, base: data.base, prefetch: data.prefetch, chooses: data.chooses });
    this.isSecond = data.beside === "second";
    this.root.dataset.beside = data.beside;
    KEYBOARD.learn(data.keys);
    nameButtons(this.root);
    if (data.show_overlay !== (this.asked.show_overlay ?? false)) this.overlay.on = data.show_overlay;
    const wanted = data.selected !== this.asked.selected ? data.selected : null;
    this.asked = { show_overlay: data.show_overlay, selected: data.selected };
    this.lay(data.sheet);
    const isNewCase = !data.images.some(({ key }) => this.images.some((one) => one.key === key));
    if (isNewCase && !this.isSecond) GRAPHICS.on = true;
    this.replaceImages(data.images);
    if (wanted !== null) this.bring(wanted);
    return isNewCase;
  }

  // Under a new name the sheet starts from the page's marks; under the same the marks on the screen are the newer ones.
  lay(sheet) {
    if (sheet.name === this.sheet.name) return;
    for (const cell of this.cells) cell.hand.pen.putAway();
    this.sheet = sheetOf(sheet);
  }

  // A new case, or one she comes back to: its keys work at once, unless she is typing.
  takeFocus() {
    makeCurrent(this);
    if (!document.activeElement?.closest(TYPING)) this.active?.stage.focus({ preventScroll: true });
  }

  replaceImages(images) {
    this.images = images;
    for (const key of this.states.keys()) if (!images.some((one) => one.key === key)) this.states.delete(key);
    this.fillStrip();
    this.arrange();
  }

  // -- which pictures lie side by side

  get layouts() {
    return Object.keys(LAYOUTS).map(Number).filter((count) => count === 1 || (!this.isSecond && this.images.length > count / 2));
  }

  get layout() {
    return Math.max(...this.layouts.filter((count) => count <= LAYOUT.wanted));
  }

  // Each place keeps its picture as long as the study has it; another layout shows them in the order of the study.
  arrange() {
    const count = Math.min(this.layout, this.images.length);
    const was = this.active?.image?.key;
    const held = this.cells.map((cell) => cell.image?.key);
    if (this.cells.indexOf(this.active) >= count) held.splice(count - 1, 0, was);
    const known = this.images.map(({ key }) => key);
    const keys = [...new Set([...held.filter((key) => known.includes(key)), ...known])].slice(0, count);
    if (count !== this.cells.length) keys.sort((one, other) => known.indexOf(one) - known.indexOf(other));
    while (this.cells.length > count) this.cells.pop().leave();
    while (this.cells.length < count) this.cells.push(new Viewer(this));
    this.active = this.cells[Math.max(0, keys.indexOf(was))] ?? null;
    const place = this.find(".lucency-cells");
    this.root.dataset.layout = this.layout;
    for (const cell of this.cells) if (cell.root.parentNode !== place) place.append(cell.root);
    this.cells.forEach((cell, i) => cell.take(this.images.find(({ key }) => key === keys[i])));
    showWhoIsActive();
  }

  // The reader's choice for the place she works at; where the picture lies already the two change places.
  select(key) {
    const [image, before] = [this.images.find((one) => one.key === key), this.active.image];
    if (!image || image.key === before.key) return;
    this.cells.find((cell) => cell.image.key === key)?.take(before);
    this.active.take(image);
    this.markThumbnails();
  }

  step(by) {
    const place = this.images.findIndex(({ key }) => key === this.active.image.key);
    this.select(this.images[(place + by + this.images.length) % this.images.length].key);
  }

  // The page's wish: where the picture lies already, she is led there.
  bring(key) {
    const cell = this.cells.find((one) => one.image.key === key);
    if (cell) this.activate(cell);
    else if (this.active) this.select(key);
  }

  activate(cell) {
    if (this.active === cell) return;
    this.active = cell;
    Object.assign(this.root.dataset, cell.root.dataset);
    showWhoIsActive();
    this.fillPresets(cell);
  }

  setOverlay(change) {
    if (change.on && !this.overlay.on) for (const cell of this.cells) cell.heat.askAgain();
    Object.assign(this.overlay, change);
    for (const cell of this.cells) cell.refresh();
  }

  choose({ key, chosen }) {
    if (this.chooses) this.ask("key_image", { image: key, chosen: !chosen });
  }

  // -- the toolbar, for the picture she works at

  drawControls(cell) {
    if (cell !== this.active) return;
    const overlay = this.find("[data-action=overlay]");
    const slider = this.find("[type=range]");
    overlay.disabled = !cell.overlayAllowed;
    slider.disabled = !cell.image.has_heat;
    slider.value = this.overlay.opacity * 100;
    overlay.title = cell.overlayAllowed ? KEYBOARD.tip("overlay") : "No overlay for this picture yet";
    this.find("[data-action=graphics]").hidden = ![...LINK.viewers].some((viewer) => viewer.graphics);
    const { kind, pen, loupe } = cell.hand;
    for (const name of ["box", "point"]) this.find(`[data-action=${name}]`).disabled = !pen.editable;
    this.find("[data-action=key_image]").disabled = !this.chooses;
    this.find("[data-action=layout]").hidden = this.layouts.length < 2;
    this.find("[data-action=layout] span").textContent = LAYOUTS[this.layout];
    this.find("[data-action=link]").hidden = LINK.viewers.size < 2;
    const pressed = { graphics: GRAPHICS.on, overlay: cell.overlayShown, negative: cell.state.negative, flip: cell.view.flip, fit: cell.view.scale === null, magnify: loupe.isUsed, key_image: cell.image.chosen, link: LINK.on };
    for (const name of ["length", "angle", "box", "point"]) pressed[name] = kind === name;
    for (const [name, on] of Object.entries(pressed)) this.find(`[data-action=${name}]`).setAttribute("aria-pressed", on);
  }

  fillPresets(cell) {
    if (cell !== this.active) return;
    const select = this.find("select");
    select.disabled = cell.shown !== "ready";
    if (select.disabled) return;
    const chosen = cell.state.tone.preset.name;
    if (select.value === chosen && this.presetsOf === cell.picture) return;
    this.presetsOf = cell.picture;
    const names = [...new Set(cell.presets().map((preset) => preset.name))];
    const options = names.includes(chosen) ? names : [chosen, ...names];
    select.replaceChildren(...options.map((name) => new Option(name, name, false, name === chosen)));
  }

  // -- all views of the study, and the next case

  fillStrip() {
    this.find(".lucency-strip").hidden = this.images.length < 2;
    const keys = this.images.map(({ key, key_image }) => `${key} ${key_image}`).join();
    if (this.images.length < 2 || keys === this.stripKeys) return;
    this.stripKeys = keys;
    this.find(".lucency-thumbnails").replaceChildren(...this.images.map((image, i) => this.thumbnail(image, i)));
    this.markThumbnails();
  }

  thumbnail(image, place) {
    const button = document.createElement("button");
    const name = [image.laterality, viewName(image)].filter(Boolean).join(" ") || `View ${place + 1}`;
    Object.assign(button, { type: "button", title: [name, image.key_image].filter(Boolean).join(", ") });
    button.dataset.view = image.key;
    button.setAttribute("aria-label", `View ${place + 1} of ${this.images.length}: ${button.title}`);
    const picture = Object.assign(document.createElement("img"), { alt: "", draggable: false });
    button.append(picture, thumbnailName(image, place));
    STORE.get(this.base, "preview", image).then(({ url }) => Object.assign(picture, { src: url }), () => {});
    return button;
  }

  // The one she works at, and those that lie beside it.
  markThumbnails() {
    for (const button of this.root.querySelectorAll("[data-view]")) {
      const key = Number(button.dataset.view);
      button.setAttribute("aria-current", this.active?.image?.key === key);
      button.dataset.shown = this.cells.some((cell) => cell.image?.key === key);
    }
  }

  async fetchAhead() {
    for (const image of [...this.images, ...this.prefetch]) {
      for (const what of ["preview", "pixels"]) {
        await STORE.get(this.base, what, image).catch(() => {});
      }
    }
  }
}

// Below a thumbnail: where there is no room for all of it the body part is cut, never the view.
function thumbnailName({ key_image: star, laterality, bodyPart, view }, place) {
  const line = document.createElement("span");
  const first = [star && "★", laterality, bodyPart].filter(Boolean).join(" ");
  const rest = view || (laterality || bodyPart ? "" : `View ${place + 1}`);
  for (const [name, text] of [["i", first], ["b", rest]]) line.append(Object.assign(document.createElement(name), { textContent: text }));
  return line;
}

// One lightbox per key for as long as the page lives: a rerun or a remount finds it as the reader left it.
const LIGHTBOXES = new Map();

// The one that had the focus last: its keys work beside it, too.
const CURRENT = { box: null };
listenElsewhere(() => (CURRENT.box?.root.isConnected ? CURRENT.box : null));

function onScreen() {
  return [...LIGHTBOXES.values()].filter((box) => box.root.isConnected);
}

function makeCurrent(box) {
  if (CURRENT.box === box) return;
  CURRENT.box = box;
  showWhoIsActive();
}

// Which picture the keys and the toolbar are for, as soon as there are several.
function showWhoIsActive() {
  const cells = onScreen().flatMap((box) => box.cells);
  LINK.viewers = new Set(cells);
  for (const cell of cells) {
    const isActive = cells.length > 1 && cell.box === CURRENT.box && cell === cell.box.active;
    cell.root.dataset.active = isActive;
    cell.stage.setAttribute("aria-current", isActive);
    cell.refresh();
  }
  for (const box of onScreen()) box.markThumbnails();
}

// From one picture to one beside another, to four, and back, as far as the study goes.
function turnLayout() {
  const [box] = onScreen().filter(({ isSecond }) => !isSecond);
  if (!box) return;
  const { layouts } = box;
  LAYOUT.wanted = layouts[(layouts.indexOf(box.layout) + 1) % layouts.length];
  sessionStorage.setItem(LAYOUT_KEPT, LAYOUT.wanted);
  box.arrange();
}

function refreshAll() {
  for (const cell of LINK.viewers) cell.refresh();
}

// What the files draw over their pictures, hidden or shown again; nothing happens where none draws anything.
function switchGraphics() {
  if (![...LINK.viewers].some((cell) => cell.graphics)) return;
  GRAPHICS.on = !GRAPHICS.on;
  refreshAll();
}

function focusNextCell() {
  const cells = onScreen().flatMap((box) => box.cells);
  const place = cells.indexOf(CURRENT.box?.active);
  cells[(place + 1) % cells.length]?.stage.focus({ preventScroll: true });
}

// The window has come to a screen of another density, or the page to another size: canvases are laid anew in its pixels.
function watchDensity() {
  const density = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
  const changed = () => {
    for (const cell of onScreen().flatMap((box) => box.cells)) cell.resize();
    watchDensity();
  };
  density.addEventListener("change", changed, { once: true });
}
watchDensity();

export default function show({ data, parentElement, setTriggerValue, setStateValue }) {
  if (!LIGHTBOXES.has(data.key)) LIGHTBOXES.set(data.key, new Lightbox());
  const box = LIGHTBOXES.get(data.key);
  const comesBack = box.root.parentNode !== parentElement;
  if (comesBack) parentElement.append(box.root);
  const isNewCase = box.update(data, setTriggerValue, setStateValue);
  if (data.takes_focus && (isNewCase || comesBack)) box.takeFocus();
  return () => requestAnimationFrame(showWhoIsActive);
}
