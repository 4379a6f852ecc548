// Viewer: one picture at a time, its view, and what the reader does with it. It stands on a lightbox, alone or beside
// others, and knows nothing of them. Nothing here talks to the server but the fetching of pictures.

const PAN_STEP = 40;
const WINDOW_STEP = 25; // as a drag of so many CSS pixels
const ZOOM_STEP = 1.25;
const OPACITY_STEP = 0.1;
const RENEWABLE = ["TicketExpired", "TicketRefused"];
const STATUS_TEXT = { loading: "Loading picture…", preview: "Preview · loading full depth…", ready: "", failed: "" };
const STORE = new PictureStore();

const WISHES = {
  fit: (viewer) => viewer.look({ ...viewer.view, scale: null }),
  actual: (viewer) => viewer.look({ ...held(viewer.view, viewer.image, viewer.size), scale: 1 }),
  rotate: (viewer) => viewer.look(rotated(viewer.view)),
  flip: (viewer) => viewer.look(flipped(viewer.view)),
  reset: (viewer) => viewer.reset(),
  negative: (viewer) => viewer.shade({ negative: !viewer.state.negative }),
  own: (viewer) => viewer.shown === "ready" && viewer.choosePreset(viewer.presets()[0].name),
  auto: (viewer) => viewer.choosePreset("Auto"),
  bone: (viewer) => viewer.choosePreset("Bone"),
  soft: (viewer) => viewer.choosePreset("Soft tissue"),
  full: (viewer) => viewer.choosePreset("Full range"),
  preset: (viewer, name) => viewer.choosePreset(name),
  window: (viewer, { dx, dy }) => viewer.drag(dx, dy),
  pan: (viewer, { dx, dy }) => viewer.pan(dx, dy),
  zoom: (viewer, { factor, x, y }) => viewer.zoom(factor, x, y),
  wider: (viewer) => viewer.drag(WINDOW_STEP, 0),
  narrower: (viewer) => viewer.drag(-WINDOW_STEP, 0),
  brighter: (viewer) => viewer.drag(0, -WINDOW_STEP),
  darker: (viewer) => viewer.drag(0, WINDOW_STEP),
  larger: (viewer) => viewer.zoom(ZOOM_STEP),
  smaller: (viewer) => viewer.zoom(1 / ZOOM_STEP),
  left: (viewer) => viewer.pan(PAN_STEP, 0),
  right: (viewer) => viewer.pan(-PAN_STEP, 0),
  up: (viewer) => viewer.pan(0, PAN_STEP),
  down: (viewer) => viewer.pan(0, -PAN_STEP),
  graphics: () => switchGraphics(),
  overlay: (viewer) => viewer.setOverlay({ on: !viewer.box.overlay.on }),
  opacity: (viewer, opacity) => viewer.setOverlay({ on: true, opacity }),
  fainter: (viewer) => viewer.changeOpacity(-OPACITY_STEP),
  stronger: (viewer) => viewer.changeOpacity(OPACITY_STEP),
  length: (viewer) => viewer.hand.take("length"),
  angle: (viewer) => viewer.hand.take("angle"),
  box: (viewer) => viewer.hand.take("box"),
  point: (viewer) => viewer.hand.take("point"),
  key_image: (viewer) => viewer.box.choose(viewer.image),
  magnify: (viewer, held) => viewer.hand.loupe.use(held),
  press: (viewer, at) => viewer.hand.press(at),
  move: (viewer, at) => viewer.hand.move(at),
  pointer: (viewer, at) => viewer.hand.loupe.follow(at),
  release: (viewer) => viewer.hand.release(),
  click: (viewer, at) => viewer.hand.pen.click(at),
  link: (viewer) => LINK.viewers.size > 1 && switchLink(viewer),
  layout: () => turnLayout(),
  cell: () => focusNextCell(),
  mark_next: (viewer) => selectNextMark(viewer.box),
  remove: (viewer) => viewer.hand.remove(),
  put_away: (viewer) => viewer.hand.putAway(),
  view: (viewer, key) => viewer.box.select(key),
  previous: (viewer) => viewer.box.step(-1),
  next: (viewer) => viewer.box.step(1),
  retry: (viewer) => viewer.show(),
  take_focus: (viewer) => viewer.stage.focus({ preventScroll: true }),
};

class Viewer {
  constructor(box) {
    this.box = box;
    this.root = Object.assign(document.createElement("div"), { className: "lucency-cell", innerHTML: CELL_HTML });
    this.stage = this.find(".lucency-stage");
    this.graphicsCanvas = this.find(".lucency-graphics");
    this.overlayCanvas = this.find(".lucency-overlay");
    this.measureCanvas = this.find(".lucency-measures");
    this.hand = new Hand(this);
    this.heat = new Heat(this);
    this.image = null;
    this.size = { width: 0, height: 0 };
    this.listen();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  listen() {
    listenToStage(this.stage, (name, detail) => this.wish(name, detail));
    this.root.addEventListener("focusin", () => this.box.activate(this));
    new ResizeObserver(() => this.resize()).observe(this.stage);
  }

  wish(name, detail) {
    return this.image && WISHES[name]?.(this, detail);
  }

  // Another picture; or the same one, with another ticket or with what the AI says of it.
  take(image) {
    const before = this.image?.key;
    if (this.image && image.key !== before) this.hand.putAway();
    this.image = image;
    if (image.key !== before || this.renewing) this.show();
    else this.refresh();
  }

  // Off the lightbox: what the graphics card holds for it is given back.
  leave() {
    if (this.image) this.hand.putAway();
    this.painter?.release();
    [this.image, this.picture, this.painter] = [null, null, null];
    this.root.remove();
  }

  get state() {
    const { states } = this.box;
    if (!states.has(this.image.key)) states.set(this.image.key, this.freshState());
    return states.get(this.image.key);
  }

  freshState() {
    return { view: freshView(this.image), tone: null, negative: false, measures: [] };
  }

  get view() {
    return this.state.view;
  }

  // -- showing one image: the preview first, then the full depth

  show() {
    const { image } = this;
    this.fail(null);
    this.box.markThumbnails();
    const full = STORE.ready("pixels", image);
    if (full) return this.put(full, "ready");
    const preview = STORE.ready("preview", image);
    if (preview) this.put(preview, "preview");
    else this.clear();
    this.load(image, "preview").catch(() => {});
    return this.load(image, "pixels").catch((problem) => this.isShown(image) && this.fail(problem));
  }

  isShown(image) {
    return this.image?.key === image.key;
  }

  async load(image, what) {
    const picture = await STORE.get(this.box.base, what, image);
    if (!this.isShown(image)) return;
    this.renewing = false;
    if (what === "pixels") this.put(picture, "ready");
    else if (this.shown === "loading") this.put(picture, "preview");
  }

  clear() {
    this.picture = null;
    this.setShown("loading");
    this.refresh();
  }

  put(picture, shown) {
    this.picture = picture;
    this.usePainter(picture);
    this.painter.load(picture);
    this.setShown(shown);
    if (shown === "ready") this.becomeReady(picture);
    this.toneIsStale = true;
    this.refresh();
  }

  becomeReady(picture) {
    picture.own ??= ownPresets(picture);
    this.state.tone ??= toneOf(picture.presets[0]);
    this.box.fillPresets(this);
    if (picture.graphics) refreshAll();
    this.idle(() => this.box.fetchAhead());
  }

  usePainter(picture) {
    if (this.painter?.takes(picture)) return;
    this.painter?.release();
    const painter = painterFor(picture);
    this.painter = painter;
    this.find(".lucency-picture").replaceChildren(painter.canvas);
    painter.canvas.addEventListener("webglcontextlost", () => this.painter === painter && this.recover());
    this.resize();
  }

  // The graphics driver may drop everything at any time; what was sent to it is still here.
  recover() {
    this.painter = null;
    if (this.picture) this.idle(() => this.put(this.picture, this.shown));
  }

  setShown(shown) {
    this.shown = shown;
    this.tellOfItself({ state: shown });
    this.drawStatus();
  }

  drawStatus() {
    this.write(".lucency-status", STATUS_TEXT[this.shown] || this.heat.text);
  }

  fail(problem) {
    if (problem && RENEWABLE.includes(problem.kind) && !this.renewing) return this.renew();
    this.find(".lucency-failure").hidden = !problem;
    this.find(".lucency-failure p").textContent = problem?.message ?? "";
    if (problem) this.setShown("failed");
    return undefined;
  }

  renew() {
    this.renewing = true;
    this.box.ask("renew", Date.now());
  }

  // -- what the reader does

  look(view) {
    this.state.view = view;
    this.refresh();
    tellLinked(this);
  }

  pan(dx, dy) {
    const ratio = devicePixelRatio;
    this.look(panned(this.view, this.image, this.size, dx * ratio, dy * ratio));
  }

  zoom(factor, x, y) {
    const ratio = devicePixelRatio;
    const at = x === undefined ? { x: this.size.width / 2, y: this.size.height / 2 } : { x: x * ratio, y: y * ratio };
    this.look(zoomed(this.view, this.image, this.size, factor, at));
  }

  shade(change) {
    Object.assign(this.state, change);
    this.toneIsStale = true;
    this.box.fillPresets(this);
    this.refresh();
  }

  drag(dx, dy) {
    if (this.shown !== "ready") return;
    const brighterIsLower = this.picture.inverted === this.state.negative;
    this.shade({ tone: dragged(this.state.tone, dx, dy, brighterIsLower) });
  }

  choosePreset(name) {
    if (this.shown !== "ready") return;
    const preset = this.presets().find((one) => one.name === name);
    if (preset) this.shade({ tone: toneOf(preset) });
  }

  presets() {
    return [...this.picture.presets, ...this.picture.own];
  }

  reset() {
    this.box.states.set(this.image.key, this.freshState());
    const tone = this.shown === "ready" ? toneOf(this.picture.presets[0]) : null;
    this.shade({ tone });
  }

  setOverlay(change) {
    if (!this.overlayAllowed) return;
    this.box.setOverlay(change);
  }

  changeOpacity(by) {
    this.setOverlay({ on: true, opacity: within(this.box.overlay.opacity + by, 0, 1) });
  }

  // The place on the image under a place on the stage (CSS pixels), the nearest one when it lies beside the image.
  pointAt({ x, y }) {
    const { view, image, size } = this;
    const point = apply(invert(imageToScreen(view, image, size)), x * devicePixelRatio, y * devicePixelRatio);
    return { x: within(point.x, 0, image.columns), y: within(point.y, 0, image.rows) };
  }

  // -- drawing: at most once a frame

  refresh() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.image) this.draw();
    });
  }

  resize() {
    const { width, height, style } = wholePixels(this.stage.getBoundingClientRect(), devicePixelRatio);
    if (width <= 0 || height <= 0) return;
    const changed = width !== this.size.width || height !== this.size.height;
    this.size = { width, height };
    for (const canvas of [this.painter?.canvas, this.graphicsCanvas, this.overlayCanvas, this.measureCanvas]) {
      if (!canvas) continue;
      for (const [name, length] of Object.entries(style)) canvas.style[name] = `${length}px`;
      if (changed || canvas.width !== width || canvas.height !== height) Object.assign(canvas, this.size);
    }
    this.refresh();
  }

  draw() {
    const matrix = imageToScreen(this.view, this.image, this.size);
    if (this.painter) this.painter.canvas.hidden = !this.picture;
    if (this.picture && this.painter) this.drawPicture(matrix);
    this.drawGraphics(matrix);
    this.drawOverlay(matrix);
    this.drawDrawings(matrix);
    this.drawTexts();
    this.describe();
  }

  drawPicture(matrix) {
    if (this.toneIsStale) {
      const tone = this.shown === "ready" ? this.state.tone : toneOf(AS_SENT);
      this.painter.tone(tone, this.state.negative);
      this.toneIsStale = false;
    }
    this.hand.loupe.draw(matrix);
    this.painter.draw(matrix, this.image);
  }

  // What the file draws over this picture, once it is there at full depth.
  get graphics() {
    return this.picture?.graphics ?? null;
  }

  get graphicsShown() {
    return GRAPHICS.on && Boolean(this.graphics);
  }

  drawGraphics(matrix) {
    this.graphicsCanvas.hidden = !this.graphicsShown;
    if (this.graphicsShown) drawGraphics(this.emptied(this.graphicsCanvas), this.graphics, matrix);
  }

  get overlayAllowed() {
    return this.image.has_heat || this.image.regions.length > 0;
  }

  get overlayShown() {
    return this.overlayAllowed && this.box.overlay.on && Boolean(this.picture);
  }

  drawOverlay(matrix) {
    this.overlayCanvas.hidden = !this.overlayShown;
    if (!this.overlayShown) return;
    this.putOverlay(this.emptied(this.overlayCanvas), matrix);
  }

  // What the reader has drawn herself: measures and marks.
  drawDrawings(matrix) {
    this.measureCanvas.hidden = !this.hand.hasDrawn || !this.picture;
    if (!this.measureCanvas.hidden) this.hand.draw(this.emptied(this.measureCanvas), matrix);
  }

  // All that lies over the picture, for the loupe.
  drawLayers(context, matrix) {
    context.save();
    if (this.graphicsShown) drawGraphics(context, this.graphics, matrix);
    if (this.overlayShown) this.putOverlay(context, matrix);
    context.restore();
    this.hand.draw(context, matrix);
  }

  emptied(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    return context;
  }

  putOverlay(context, matrix) {
    const heat = this.image.has_heat ? this.heat.layer : null;
    if (heat) drawHeat(context, heat, this.image, matrix, this.box.overlay.opacity);
    drawRegions(context, this.image, matrix, devicePixelRatio);
  }

  // -- words and numbers around the picture

  get zoomPercent() {
    return Math.round(scaleOf(this.view, this.image, this.size) * 100);
  }

  get changes() {
    return changes(this.view, this.state.negative, Boolean(this.graphics) && !GRAPHICS.on);
  }

  drawTexts() {
    const tone = this.shown === "ready" ? this.state.tone : null;
    const texts = cornerTexts(this.image, this.changes, tone, this.zoomPercent);
    for (const [name, text] of Object.entries(texts)) this.write(`[data-text=${name}]`, text);
    this.drawStatus();
    this.drawWarnings();
    this.drawScaleBar();
    this.box.drawControls(this);
  }

  // Only what changed: a browser lays out anew whatever is written.
  write(selector, text) {
    const place = this.find(selector);
    if (place.textContent !== text) place.textContent = text;
  }

  drawWarnings() {
    const { warnings } = this.image;
    this.write("[data-text=warnings]", notesText(warnings, this.size.width / devicePixelRatio));
    this.find("[data-text=warnings]").title = warnings.join("\n");
  }

  drawScaleBar() {
    const bar = scaleBar(this.view, this.image, this.size, 220 * devicePixelRatio);
    this.find(".lucency-bar").hidden = !bar;
    if (!bar) return;
    this.find(".lucency-bar i").style.width = `${bar.pixels / devicePixelRatio}px`;
    this.write(".lucency-bar span", bar.mm >= 10 ? `${bar.mm / 10} cm` : `${bar.mm} mm`);
  }

  // The same facts for tests and assistive software.
  describe() {
    const { tone } = this.state;
    this.tellOfItself({
      image: this.image.key,
      state: this.shown,
      zoom: this.zoomPercent,
      fit: this.view.scale === null,
      graphics: this.graphicsShown ? "on" : "off",
      overlay: this.overlayShown ? "on" : "off",
      center: tone?.center ?? "",
      width: tone?.width ?? "",
      ...this.hand.describe(),
    });
    this.stage.dataset.tool = this.hand.kind;
    const changed = this.changes.map((each) => each.toLowerCase());
    const name = spokenName(this.image, changed, this.hand.counts);
    if (this.stage.getAttribute("aria-label") !== name) this.stage.setAttribute("aria-label", name);
  }

  // On its own place, and on the lightbox's while it is the one she works at.
  tellOfItself(facts) {
    Object.assign(this.root.dataset, facts);
    if (this.box.active === this) Object.assign(this.box.root.dataset, facts);
  }

  idle(work) {
    (globalThis.requestIdleCallback ?? setTimeout)(work);
  }
}
