// Loupe: a round glass at the pointer that shows the picture, and all that lies over it, at twice the zoom.

const LOUPE_SIZE = 260;
const LOUPE_POWER = 2;

// The point under the pointer stands in the middle of the glass; `side` and the pointer's place are device pixels.
function loupeMatrix(m, at, side) {
  const [a, b, c, d] = [m.a, m.b, m.c, m.d].map((each) => each * LOUPE_POWER);
  const centred = (start, pointer) => LOUPE_POWER * (start - pointer) + side / 2;
  return { a, b, c, d, e: centred(m.e, at.x), f: centred(m.f, at.y) };
}

class Loupe {
  constructor(viewer) {
    this.viewer = viewer;
    this.canvas = viewer.find(".lucency-loupe");
    this.at = null;
    this.putAway();
  }

  // `held` is the key going down (true) or up (false); without it a button puts the glass there, or takes it away.
  use(held) {
    if (held === undefined) this.fixed = !this.fixed;
    else this.held = held;
    this.viewer.refresh();
  }

  putAway() {
    [this.held, this.fixed] = [false, false];
  }

  // Where the pointer is, in CSS pixels of the stage; null when it has left.
  follow(at) {
    this.at = at;
    if (this.isUsed) this.viewer.refresh();
  }

  get isUsed() {
    return this.held || this.fixed;
  }

  get isShown() {
    return this.isUsed && Boolean(this.at && this.viewer.picture && this.viewer.painter);
  }

  // The glass is painted first and copied; then the painter's canvas is free for the picture itself.
  draw(matrix) {
    this.canvas.hidden = !this.isShown;
    if (!this.isShown) return;
    const { viewer, canvas } = this;
    const side = Math.min(Math.round(LOUPE_SIZE * devicePixelRatio), viewer.size.width, viewer.size.height);
    if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
    const [left, top] = [this.at.x, this.at.y].map((middle) => middle - side / devicePixelRatio / 2);
    Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${side / devicePixelRatio}px`, height: `${side / devicePixelRatio}px` });
    const enlarged = loupeMatrix(matrix, { x: this.at.x * devicePixelRatio, y: this.at.y * devicePixelRatio }, side);
    const context = canvas.getContext("2d");
    viewer.painter.draw(enlarged, viewer.image, side);
    context.drawImage(viewer.painter.canvas, 0, 0, side, side, 0, 0, side, side);
    viewer.drawLayers(context, enlarged);
  }
}
