// Controls: the toolbar, the mouse and the keys. They only say what the reader wishes; the viewer carries it out.

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
  link: '<path d="M8 12l4-4M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2"/>',
  overlay: '<path d="m10 3 7 3.5-7 3.5-7-3.5z"/><path d="m3 10 7 3.5 7-3.5M3 13.5 10 17l7-3.5"/>',
  previous: '<path d="m12 4-6 6 6 6"/>',
  next: '<path d="m8 4 6 6-6 6"/>',
};

// One row per action: its button, its keys. Rows without a label have no button; `while`: as long as the key is held.
const ACTIONS = [
  { name: "fit", label: "Fit to window", text: "Fit", keys: ["f"] },
  { name: "actual", label: "Actual size", text: "1:1", keys: ["z"] },
  { name: "negative", label: "Invert", text: "Invert", keys: ["i"] },
  { name: "auto", label: "Auto window", text: "Auto", keys: ["a"] },
  { name: "rotate", label: "Rotate", text: "Rotate", keys: ["r"] },
  { name: "flip", label: "Flip", text: "Flip", keys: ["h"] },
  { name: "reset", label: "Reset view", text: "Reset", keys: ["0"] },
  { name: "length", label: "Measure a length", text: "Length", keys: ["l"] },
  { name: "angle", label: "Measure an angle", text: "Angle", keys: ["k"] },
  { name: "box", label: "Mark with a box", text: "Box", keys: ["b"] },
  { name: "point", label: "Mark with a point", text: "Point", keys: ["p"] },
  { name: "key_image", label: "Key image", text: "Key image", keys: ["q"] },
  { name: "magnify", label: "Magnifier", text: "Magnify", keys: ["m"], while: true },
  { name: "overlay", label: "Show overlay", text: "Overlay", keys: ["o"] },
  { name: "link", label: "Zoom and move together", text: "Link", keys: ["x"] },
  { name: "previous", label: "Previous view", keys: ["[", "pageup"] },
  { name: "next", label: "Next view", keys: ["]", "pagedown"] },
  { name: "remove", keys: ["delete", "backspace"] },
  { name: "putAway", keys: ["escape"] },
  { name: "larger", keys: ["+", "="] },
  { name: "smaller", keys: ["-"] },
  { name: "left", keys: ["arrowleft"] },
  { name: "right", keys: ["arrowright"] },
  { name: "up", keys: ["arrowup"] },
  { name: "down", keys: ["arrowdown"] },
];
const TOOLBAR = [["fit", "actual"], ["negative", "auto", "preset"], ["rotate", "flip", "reset"], ["length", "angle"], ["box", "point", "key_image", "magnify"], ["overlay", "opacity"], ["link"]];
const KEYS = new Map(ACTIONS.flatMap((action) => action.keys.map((key) => [key, action])));

function icon(name) {
  return ICONS[name] ? `<svg viewBox="0 0 20 20" aria-hidden="true">${ICONS[name]}</svg>` : "";
}

function buttonHtml(name) {
  const { label, text, keys, while: whileHeld } = ACTIONS.find((action) => action.name === name);
  const tip = `${label} (${whileHeld ? "hold " : ""}${keys[0].toUpperCase()})`;
  const words = text ? `<span>${text}</span>` : "";
  return `<button type="button" data-action="${name}" aria-label="${label}" title="${tip}">${icon(name)}${words}</button>`;
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

const VIEWER_HTML = `
  <div class="lucency-toolbar" role="toolbar" aria-label="Picture tools">${toolbarHtml()}</div>
  <div class="lucency-stage" tabindex="0" role="application" aria-roledescription="X-ray viewer">
    <div class="lucency-picture"></div>
    <canvas class="lucency-overlay" aria-hidden="true"></canvas>
    <canvas class="lucency-measures" aria-hidden="true"></canvas>
    <canvas class="lucency-loupe" aria-hidden="true" hidden></canvas>
    ${cornersHtml()}
    <div class="lucency-bar" hidden><i></i><span></span></div>
    <div class="lucency-status" role="status" aria-live="polite"></div>
    <div class="lucency-failure" role="alert" hidden><p></p><button type="button" data-action="retry">Try again</button></div>
  </div>
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
  root.querySelector("select").addEventListener("change", (event) => wish("preset", event.target.value));
  root.querySelector("[type=range]").addEventListener("input", (event) => wish("opacity", event.target.value / 100));
}

// Keys count while the viewer has the focus; they stop here, so that they reach no shortcut of the page.
function listenToKeys(root, wish) {
  root.addEventListener("keydown", (event) => {
    const action = KEYS.get(event.key.toLowerCase());
    const typing = event.target.matches("select, input");
    if (!action || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    wish(action.name, action.while);
  });
  const letGo = (action) => action?.while && wish(action.name, false);
  root.addEventListener("keyup", (event) => letGo(KEYS.get(event.key.toLowerCase())));
  root.addEventListener("focusout", () => ACTIONS.forEach(letGo));
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
