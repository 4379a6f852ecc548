// Controls: the toolbar and the mouse. They only say what the reader wishes; the viewer carries it out.

const ICONS = {
  fit: '<path d="M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5"/><rect x="6.5" y="6.5" width="7" height="7" rx="1"/>',
  negative: '<circle cx="10" cy="10" r="7"/><path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor"/>',
  auto: '<path d="M3 16h14M3 16c3 0 3-11 7-11s4 11 7 11"/>',
  rotate: '<path d="M16 10a6 6 0 1 1-2.2-4.6M14 2v4h-4"/>',
  flip: '<path d="M10 3v14M7.5 6 3 14h4.5zM12.5 6l4.5 8h-4.5z"/>',
  reset: '<path d="M4 10a6 6 0 1 0 2.2-4.6M6 2v4h4"/><path d="M10 8v2.5l2 1"/>',
  length: '<path d="M4 16 16 4M2.5 14.5l3 3M14.5 2.5l3 3M8 10l1.5 1.5M10.5 7.5 12 9"/>',
  angle: '<path d="M16 4 4 16h13M9 11a6 6 0 0 1 2 5"/>',
  box: '<path d="M3 7V3h4M13 3h4v4M17 13v4h-4M7 17H3v-4"/>',
  point: '<path d="M10 2.5V7M10 13v4.5M2.5 10H7M13 10h4.5"/>',
  key_image: '<path d="m10 2.8 2.2 4.6 5 .7-3.6 3.5.9 5-4.5-2.4-4.5 2.4.9-5L2.8 8.1l5-.7z"/>',
  magnify: '<circle cx="8.5" cy="8.5" r="5.5"/><path d="m12.8 12.8 4.2 4.2M6 8.5h5M8.5 6v5"/>',
  layout: '<path d="M3 3h14v14H3zM10 3v14M3 10h14"/>',
  link: '<path d="M8 12l4-4M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2"/>',
  graphics: '<path d="m3 16 4-11 4 11M4.4 12h5.2M14 16v-5.5a2 2 0 0 1 3 0V16M14 13.5h3"/>',
  overlay: '<path d="m10 3 7 3.5-7 3.5-7-3.5z"/><path d="m3 10 7 3.5 7-3.5M3 13.5 10 17l7-3.5"/>',
  previous: '<path d="m12 4-6 6 6 6"/>',
  next: '<path d="m8 4 6 6-6 6"/>',
};

// What a button says beside its picture. Its words and its key come from the page.
const TEXTS = { fit: "Fit", actual: "1:1", negative: "Invert", auto: "Auto", rotate: "Rotate", flip: "Flip", reset: "Reset", length: "Length", angle: "Angle", box: "Box", point: "Point", key_image: "Key image", magnify: "Magnify", graphics: "Graphics", overlay: "Overlay", layout: "1 × 1", link: "Link" };
const TOOLBAR = [["fit", "actual"], ["negative", "auto", "preset"], ["rotate", "flip", "reset"], ["length", "angle"], ["box", "point", "key_image", "magnify"], ["graphics", "overlay", "opacity"], ["layout", "link"]];

function icon(name) {
  return ICONS[name] ? `<svg viewBox="0 0 20 20" aria-hidden="true">${ICONS[name]}</svg>` : "";
}

function buttonHtml(name) {
  const words = TEXTS[name] ? `<span>${TEXTS[name]}</span>` : "";
  return `<button type="button" data-action="${name}">${icon(name)}${words}</button>`;
}

function nameButtons(root) {
  for (const button of root.querySelectorAll("[data-action]")) {
    const action = KEYBOARD.actions.get(button.dataset.action);
    if (!action) continue;
    button.setAttribute("aria-label", action.words);
    button.title = KEYBOARD.tip(action.name);
  }
}

const OTHER_CONTROLS = {
  preset: '<select aria-label="Window preset" title="Window preset"></select>',
  opacity: '<input type="range" min="0" max="100" step="5" aria-label="Overlay opacity" title="Overlay opacity">',
};

function toolbarHtml() {
  const group = (names) => `<div class="lucency-group">${names.map((n) => OTHER_CONTROLS[n] ?? buttonHtml(n)).join("")}</div>`;
  return TOOLBAR.map(group).join("");
}

const CORNERS = {
  "top-left": ["side", "name", "changes"],
  "top-right": ["label", "key-image", "warnings"],
  "bottom-left": ["zoom", "window"],
  "bottom-right": ["size", "calibration"],
};

function cornersHtml() {
  const lines = (names) => names.map((name) => `<div data-text="${name}"></div>`).join("");
  return Object.entries(CORNERS).map(([place, names]) => `<div class="lucency-corner ${place}">${lines(names)}</div>`).join("");
}

const CELL_HTML = `
  <div class="lucency-stage" tabindex="0" role="application" aria-roledescription="X-ray viewer">
    <div class="lucency-picture"></div>
    <canvas class="lucency-graphics" aria-hidden="true"></canvas>
    <canvas class="lucency-overlay" aria-hidden="true"></canvas>
    <canvas class="lucency-measures" aria-hidden="true"></canvas>
    <canvas class="lucency-loupe" aria-hidden="true" hidden></canvas>
    ${cornersHtml()}
    <div class="lucency-bar" hidden><i></i><span></span></div>
    <div class="lucency-status" role="status" aria-live="polite"></div>
    <div class="lucency-failure" role="alert" hidden><p></p><button type="button" data-action="retry">Try again</button></div>
  </div>`;

const LIGHTBOX_HTML = `
  <div class="lucency-toolbar" role="toolbar" aria-label="Picture tools">${toolbarHtml()}</div>
  <div class="lucency-cells"></div>
  <div class="lucency-strip" hidden>
    ${buttonHtml("previous")}<div class="lucency-thumbnails" role="group" aria-label="Views of this study"></div>${buttonHtml("next")}
  </div>`;

function listenToButtons(root, wish) {
  root.addEventListener("click", (event) => {
    const action = event.target.closest("[data-action]")?.dataset.action;
    const view = event.target.closest("[data-view]")?.dataset.view;
    if (action) wish(action);
    if (view) wish("view", Number(view));
  });
  const [presets, opacity] = [root.querySelector("select"), root.querySelector("[type=range]")];
  presets.addEventListener("change", () => wish("preset", presets.value));
  opacity.addEventListener("input", () => wish("opacity", opacity.value / 100));
  returnFocus(presets, ["change"], wish);
  returnFocus(opacity, ["change", "click"], wish);
}

// Reached with the mouse it gives the focus back to the picture when she is done, so that her keys go on; with the keyboard
// it keeps it.
function returnFocus(control, ends, wish) {
  let pointed = false;
  control.addEventListener("pointerdown", () => (pointed = true));
  control.addEventListener("keydown", () => (pointed = false));
  for (const end of ends) control.addEventListener(end, () => pointed && wish("take_focus"));
}

function dragKind(event) {
  return event.button === 0 && !event.shiftKey ? "window" : "pan";
}

function listenToDrags(stage, wish) {
  let drag = null;
  const placeOf = (event) => {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  stage.addEventListener("pointerdown", (event) => {
    if (event.target.closest("button, a")) return;
    event.preventDefault();
    stage.focus({ preventScroll: true });
    stage.setPointerCapture(event.pointerId);
    const tool = dragKind(event) === "window" && wish("press", placeOf(event));
    drag = { kind: tool ? "tool" : dragKind(event), x: event.clientX, y: event.clientY, far: 0 };
    stage.dataset.drag = drag.kind;
  });
  stage.addEventListener("pointermove", (event) => {
    wish("pointer", placeOf(event));
    if (!drag || drag.kind === "tool") {
      wish("move", placeOf(event));
      return;
    }
    const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
    wish(drag.kind, { dx, dy });
    Object.assign(drag, { x: event.clientX, y: event.clientY, far: drag.far + Math.hypot(dx, dy) });
  });
  stage.addEventListener("pointerleave", () => wish("pointer", null));
  for (const end of ["pointerup", "pointercancel"]) {
    stage.addEventListener(end, (event) => {
      if (drag?.kind === "tool") wish("release");
      if (drag?.kind === "window" && drag.far < CLICK_DISTANCE) wish("click", placeOf(event));
      drag = null;
      delete stage.dataset.drag;
    });
  }
}

function listenToStage(stage, wish) {
  listenToDrags(stage, wish);
  stage.addEventListener("contextmenu", (event) => event.preventDefault());
  stage.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault());
  stage.addEventListener("dblclick", (event) => !event.target.closest("button") && wish("fit"));
  const turn = (event) => {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1;
    const box = stage.getBoundingClientRect();
    wish("zoom", { factor: Math.exp(-event.deltaY * lines * 0.0015), x: event.clientX - box.left, y: event.clientY - box.top });
  };
  stage.addEventListener("wheel", turn, { passive: false });
}
