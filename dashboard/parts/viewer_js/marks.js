// Marks: boxes and points the reader draws as part of her verdict, in pixels of the upright original image: they stay on
// the bone however the picture is turned. The page hears of them once one is finished, moved or deleted.

const MARK_COLOUR = "#a8f0a0";
const OTHERS_COLOUR = "#9ecbff";
// CSS pixels: how far around it a mark is still grabbed, the least side of a box, the arms of its corners.
const MARK_REACH = 10;
const SMALLEST_BOX = 4;
const BRACKET = 14;
const WHOLE = { x0: true, y0: true, x1: true, y1: true };

function isPoint({ x0, y0, x1, y1 }) {
  return x0 === x1 && y0 === y1;
}

// Which sides of a mark a hand at this point holds: one or two of a box near its edge, all further inside; null when the
// hand is further than `reach` (in image pixels, across and down) away. Turns and mirrors keep the sides upright, so this holds in any view.
function gripOf(mark, { x, y }, reach) {
  const { x0, y0, x1, y1 } = mark;
  if (x < x0 - reach.x || x > x1 + reach.x || y < y0 - reach.y || y > y1 + reach.y) return null;
  if (isPoint(mark)) return WHOLE;
  const [across, down] = [Math.min(reach.x, (x1 - x0) / 3), Math.min(reach.y, (y1 - y0) / 3)];
  const grip = { x0: x < x0 + across, y0: y < y0 + down, x1: x > x1 - across, y1: y > y1 - down };
  return Object.values(grip).some(Boolean) ? grip : WHOLE;
}

// The sides that are held go along with the hand, as far as the image reaches and a box stays a box.
function shifted(mark, grip, dx, dy, { rows, columns }) {
  if (grip === WHOLE) {
    const [x, y] = [within(dx, -mark.x0, columns - mark.x1), within(dy, -mark.y0, rows - mark.y1)];
    return { x0: mark.x0 + x, y0: mark.y0 + y, x1: mark.x1 + x, y1: mark.y1 + y };
  }
  return {
    x0: grip.x0 ? within(mark.x0 + dx, 0, mark.x1 - 1) : mark.x0,
    y0: grip.y0 ? within(mark.y0 + dy, 0, mark.y1 - 1) : mark.y0,
    x1: grip.x1 ? within(mark.x1 + dx, mark.x0 + 1, columns) : mark.x1,
    y1: grip.y1 ? within(mark.y1 + dy, mark.y0 + 1, rows) : mark.y1,
  };
}

function spanned(p, q) {
  return { x0: Math.min(p.x, q.x), y0: Math.min(p.y, q.y), x1: Math.max(p.x, q.x), y1: Math.max(p.y, q.y) };
}

function markOnScreen({ x0, y0, x1, y1 }, m) {
  return spanned(apply(m, x0, y0), apply(m, x1, y1));
}

// Four corners of a frame, so that her box is told from the network's without looking at its colour.
function bracketLines({ x0, y0, x1, y1 }, longest) {
  const [across, down] = [Math.min(longest, (x1 - x0) / 3), Math.min(longest, (y1 - y0) / 3)];
  const corner = (x, y, dx, dy) => [[x, y + dy], [x, y], [x + dx, y]];
  return [corner(x0, y0, across, down), corner(x1, y0, -across, down), corner(x1, y1, -across, -down), corner(x0, y1, across, -down)];
}

// A cross that leaves its middle free: the point itself stays to be seen.
function crossLines({ x0: x, y0: y }, dpr) {
  const [from, to] = [3 * dpr, 10 * dpr];
  return [[1, 0], [-1, 0], [0, 1], [0, -1]].map(([dx, dy]) => [[x + dx * from, y + dy * from], [x + dx * to, y + dy * to]]);
}

function handlePlaces({ x0, y0, x1, y1 }) {
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return [[x0, y0], [x, y0], [x1, y0], [x1, y], [x1, y1], [x, y1], [x0, y1], [x0, y]];
}

function strokeLines(context, lines, colour, dpr) {
  context.setLineDash([]);
  context.lineCap = "square";
  for (const [style, width] of [["rgba(0,0,0,.75)", 4.6], [colour, 2.4]]) {
    context.strokeStyle = style;
    context.lineWidth = width * dpr;
    context.beginPath();
    for (const [[x, y], ...rest] of lines) {
      context.moveTo(x, y);
      for (const place of rest) context.lineTo(...place);
    }
    context.stroke();
  }
}

function drawSelection(context, mark, box, dpr) {
  context.strokeStyle = MARK_COLOUR;
  context.lineWidth = dpr;
  if (isPoint(mark)) {
    context.beginPath();
    context.arc(box.x0, box.y0, 13 * dpr, 0, 2 * Math.PI);
    context.stroke();
    return;
  }
  for (const [x, y] of handlePlaces(box)) {
    context.fillStyle = "#000";
    context.fillRect(x - 4 * dpr, y - 4 * dpr, 8 * dpr, 8 * dpr);
    context.strokeRect(x - 3.5 * dpr, y - 3.5 * dpr, 7 * dpr, 7 * dpr);
  }
}

// Hers with its number, never a letter: L and R on a radiograph are sides. Another reader's with the name.
function drawMark(context, mark, text, m, dpr, { colour = MARK_COLOUR, selected = false } = {}) {
  const box = markOnScreen(mark, m);
  context.save();
  strokeLines(context, isPoint(mark) ? crossLines(box, dpr) : bracketLines(box, BRACKET * dpr), colour, dpr);
  if (selected) drawSelection(context, mark, box, dpr);
  const [right, down] = isPoint(mark) ? [14, 11] : [7, 20];
  drawScore(context, { x: box.x1 + right * dpr, y: box.y0 + down * dpr }, text, colour, dpr);
  context.restore();
}

// The sheet of marks of one case, for all its pictures; those of `others` are only looked at.
function sheetOf({ name, marks, editable, others }) {
  const placed = ([imageKey, x0, y0, x1, y1, reader]) => ({ imageKey, x0, y0, x1, y1, reader });
  return { name, editable, marks: marks.map(placed), others: others.map(placed) };
}

// The reader's pen at one picture.
class Pen {
  constructor(viewer) {
    this.viewer = viewer;
    this.putAway();
  }

  get sheet() {
    return this.viewer.box.sheet;
  }

  get marks() {
    return this.sheet.marks;
  }

  set marks(marks) {
    this.sheet.marks = marks;
  }

  get editable() {
    return this.sheet.editable;
  }

  get shown() {
    return this.marks.filter((mark) => mark.imageKey === this.viewer.image.key);
  }

  get others() {
    return this.sheet.others.filter((mark) => mark.imageKey === this.viewer.image.key);
  }

  // In the order drawn, over all pictures of the case: as they are kept, so that a comment may name one.
  numberOf(mark) {
    return this.marks.indexOf(mark) + 1;
  }

  // A mark that is not finished goes with the tool.
  putAway() {
    if (this.hold?.fresh) this.marks = this.marks.filter((mark) => mark !== this.hold.mark);
    [this.kind, this.hold, this.selected] = [null, null, null];
  }

  // True when the press is meant for a mark, not for the picture.
  press(at) {
    if (!this.editable) return false;
    const point = this.viewer.pointAt(at);
    this.hold = this.kind ? this.begun(point) : this.grabbed(point);
    if (this.hold) this.selected = this.hold.mark;
    this.viewer.refresh();
    return Boolean(this.hold);
  }

  begun(point) {
    const mark = { imageKey: this.viewer.image.key, ...spanned(point, point) };
    this.marks.push(mark);
    return { mark, from: point, before: { ...mark }, fresh: true, grip: this.kind === "point" ? WHOLE : null };
  }

  // A box is moved by its inside once it is selected; before, a drag there sets the window as everywhere else.
  grabbed(point) {
    for (const mark of this.topmost()) {
      const grip = gripOf(mark, point, this.reach);
      const movable = grip !== WHOLE || mark === this.selected || isPoint(mark);
      if (grip && movable) return { mark, from: point, before: { ...mark }, grip };
    }
    return null;
  }

  // The selected one lies on top, then the newest.
  topmost() {
    return [...this.shown].reverse().sort((one, other) => (other === this.selected) - (one === this.selected));
  }

  get reach() {
    const { view, image, size } = this.viewer;
    const [reach, stretch] = [(MARK_REACH * devicePixelRatio) / scaleOf(view, image, size), stretchOf(image)];
    return { x: reach / stretch.x, y: reach / stretch.y };
  }

  move(at) {
    if (!this.hold) return;
    const { mark, from, before, grip } = this.hold;
    const to = this.viewer.pointAt(at);
    Object.assign(mark, grip ? shifted(before, grip, to.x - from.x, to.y - from.y, this.viewer.image) : spanned(from, to));
    this.viewer.refresh();
  }

  release() {
    const { hold } = this;
    this.hold = null;
    if (!hold) return;
    if (hold.fresh && this.kind === "box" && this.isTooSmall(hold.mark)) {
      this.marks = this.marks.filter((mark) => mark !== hold.mark);
      this.selected = null;
    } else {
      if (hold.fresh) this.kind = null;
      if (hold.fresh || JSON.stringify(hold.mark) !== JSON.stringify(hold.before)) this.tell();
    }
    this.viewer.refresh();
  }

  // A click is no box, nor is a part of a pixel; the tool stays in the hand.
  isTooSmall({ x0, y0, x1, y1 }) {
    const [least, { reach }] = [SMALLEST_BOX / MARK_REACH, this];
    return x1 - x0 < Math.max(1, least * reach.x) || y1 - y0 < Math.max(1, least * reach.y);
  }

  click(at) {
    if (!this.editable || this.kind) return;
    const point = this.viewer.pointAt(at);
    this.selected = this.topmost().find((mark) => gripOf(mark, point, this.reach)) ?? null;
    this.viewer.refresh();
  }

  hovers(at) {
    return this.editable && !this.kind && Boolean(this.grabbed(this.viewer.pointAt(at)));
  }

  // True when it was about a mark.
  remove() {
    if (this.hold) return true;
    if (!this.selected) return false;
    this.marks = this.marks.filter((mark) => mark !== this.selected);
    this.selected = null;
    this.tell();
    this.viewer.refresh();
    return true;
  }

  // Tenths of a pixel are finer than any hand.
  tell() {
    const rounded = (value) => Math.round(value * 10) / 10;
    const marks = this.marks.map(({ imageKey, x0, y0, x1, y1 }) => [imageKey, ...[x0, y0, x1, y1].map(rounded)]);
    this.viewer.box.tell("marks", { sheet: this.sheet.name, marks });
  }
}

// In the order drawn, over all pictures of the case; its picture comes, so that she sees what she would delete.
function selectNextMark(box) {
  const { marks, editable } = box.sheet;
  if (!editable || !marks.length) return;
  const mark = marks[(marks.indexOf(box.active.hand.pen.selected) + 1) % marks.length];
  box.active.hand.putAway();
  box.bring(mark.imageKey);
  box.active.hand.pen.selected = mark;
  box.active.stage.focus({ preventScroll: true });
  box.active.refresh();
}
