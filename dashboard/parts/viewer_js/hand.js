// Hand: the tools the reader works with, one at a time, and what they have drawn over the picture.

class Hand {
  constructor(viewer) {
    this.viewer = viewer;
    this.tape = new MeasuringTape(viewer);
    this.pen = new Pen(viewer);
    this.loupe = new Loupe(viewer);
  }

  // `length`, `angle`, `box`, `point`, or nothing.
  get kind() {
    return this.tape.kind ?? this.pen.kind ?? "";
  }

  // The same tool again puts it away.
  take(kind) {
    const tool = kind in MEASURE_POINTS ? this.tape : this.pen;
    const allowed = this.viewer.shown !== "loading" && (tool !== this.pen || tool.editable);
    const same = this.kind === kind;
    this.putAway();
    if (allowed && !same) tool.kind = kind;
    this.viewer.refresh();
  }

  putAway() {
    for (const tool of [this.tape, this.pen, this.loupe]) tool.putAway();
    this.viewer.refresh();
  }

  // What is in the hand comes first, then what lies under it. True when the press is not for the picture.
  press(at) {
    const tools = this.tape.kind ? [this.tape] : [this.pen, this.tape];
    const taken = tools.find((tool) => tool.press(at));
    if (taken === this.tape) this.pen.selected = null;
    return Boolean(taken);
  }

  move(at) {
    this.tape.move(at);
    this.pen.move(at);
    this.viewer.stage.dataset.grip = !this.tape.kind && this.pen.hovers(at);
  }

  release() {
    this.tape.release();
    this.pen.release();
  }

  remove() {
    if (!this.pen.remove()) this.tape.removeLast();
  }

  get hasDrawn() {
    return this.tape.measures.length > 0 || this.pen.shown.length > 0 || this.pen.others.length > 0;
  }

  draw(context, matrix) {
    for (const measure of this.tape.measures) drawMeasure(context, measure, this.viewer.image, matrix, devicePixelRatio);
    for (const mark of this.pen.others) {
      drawMark(context, mark, mark.reader, matrix, devicePixelRatio, { colour: OTHERS_COLOUR });
    }
    for (const mark of this.pen.shown) {
      const selected = mark === this.pen.selected;
      drawMark(context, mark, `${this.pen.numberOf(mark)}`, matrix, devicePixelRatio, { selected });
    }
  }

  // How many are finished on this picture.
  get counts() {
    const { tape, pen } = this;
    const growing = pen.hold?.fresh ? pen.hold.mark : null;
    return {
      marks: pen.shown.filter((mark) => mark !== growing).length,
      measures: tape.measures.filter((measure) => measure !== tape.growing).length,
      others: pen.others.length,
    };
  }

  // The same facts for tests and assistive software.
  describe() {
    const measures = this.tape.measures.map((one) => measureText(one, this.viewer.image)).join("; ");
    return { measures, marks: JSON.stringify(this.pen.shown.map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1])) };
  }
}
