// Measures: lengths and angles the reader draws, in image pixels, told in millimetres where the picture is calibrated.
// They lie over the picture, live as long as the case is open, and go nowhere else.

const MEASURE_POINTS = { length: 2, angle: 3 };
const MEASURE_COLOUR = "#7fe3ff";
const GRAB_DISTANCE = 10;
const CLICK_DISTANCE = 4;

// In pixels as they are drawn where the picture is not calibrated: angles are true there, too.
function inMillimetres(p, q, image) {
  const stretch = stretchOf(image);
  const [betweenRows, betweenColumns] = image.spacing ?? [stretch.y, stretch.x];
  return { x: (q.x - p.x) * betweenColumns, y: (q.y - p.y) * betweenRows };
}

// In mm; in pixels where the picture is not calibrated.
function lengthOf([p, q], image) {
  const way = inMillimetres(p, q, image);
  return Math.hypot(way.x, way.y);
}

// In degrees, 0 to 180, at the second of three points.
function angleOf([p, vertex, q], image) {
  const [one, other] = [p, q].map((end) => inMillimetres(vertex, end, image));
  const turn = Math.abs(Math.atan2(one.y, one.x) - Math.atan2(other.y, other.x)) * (180 / Math.PI);
  return turn > 180 ? 360 - turn : turn;
}

function measureText({ kind, points }, image) {
  if (points.length < MEASURE_POINTS[kind]) return "";
  if (kind === "angle") return `${angleOf(points, image).toFixed(1)}°`;
  const length = lengthOf(points, image);
  if (!image.spacing) return `${Math.round(length)} px (not calibrated)`;
  return `${length.toFixed(1)} mm${SPACING_NOTES[image.spacingSource] ?? ""}`;
}

function drawMeasure(context, measure, image, m, dpr) {
  const places = measure.points.map(({ x, y }) => apply(m, x, y));
  for (const [style, width] of [["rgba(0,0,0,.75)", 4], [MEASURE_COLOUR, 1.8]]) {
    context.strokeStyle = style;
    context.lineWidth = width * dpr;
    context.beginPath();
    places.forEach(({ x, y }, i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    for (const { x, y } of places) {
      context.moveTo(x + 4 * dpr, y);
      context.arc(x, y, 4 * dpr, 0, 2 * Math.PI);
    }
    context.stroke();
  }
  const text = measureText(measure, image);
  const { x, y } = measure.kind === "angle" && places[1] ? places[1] : places[places.length - 1];
  if (text) drawScore(context, { x: x + 10 * dpr, y: y + 12 * dpr }, text, MEASURE_COLOUR, dpr);
}

// The tool in the reader's hand: it places the points of a new measure, or moves a point of one that is there.
class MeasuringTape {
  constructor(viewer) {
    this.viewer = viewer;
    this.kind = null;
    this.held = null;
    this.growing = null;
  }

  get measures() {
    return this.viewer.state.measures;
  }

  // An unfinished measure goes with the tool.
  putAway() {
    if (this.growing) this.viewer.state.measures = this.measures.filter((one) => one !== this.growing);
    [this.kind, this.held, this.growing] = [null, null, null];
  }

  // True when the press is meant for a measure, not for the picture.
  press(at) {
    const point = this.viewer.pointAt(at);
    if (!this.growing) {
      this.held = this.grabbed(at);
      if (this.held) return true;
      if (!this.kind) return false;
      this.growing = { kind: this.kind, points: [point, { ...point }] };
      this.measures.push(this.growing);
    }
    this.held = { measure: this.growing, place: this.growing.points.length - 1 };
    this.move(at);
    return true;
  }

  move(at) {
    const held = this.held ?? (this.growing && { measure: this.growing, place: this.growing.points.length - 1 });
    if (!held) return;
    held.measure.points[held.place] = this.viewer.pointAt(at);
    this.viewer.refresh();
  }

  // A drag places the point where it ends; a click leaves it at the pointer until the next click.
  release() {
    this.held = null;
    const measure = this.growing;
    if (!measure || this.screenDistance(...measure.points.slice(-2)) < CLICK_DISTANCE) return;
    if (measure.points.length < MEASURE_POINTS[measure.kind]) measure.points.push({ ...measure.points.at(-1) });
    else [this.kind, this.growing] = [null, null];
    this.viewer.refresh();
  }

  removeLast() {
    if (this.growing) this.putAway();
    else this.measures.pop();
    this.viewer.refresh();
  }

  onScreen(point) {
    const { view, image, size } = this.viewer;
    const place = apply(imageToScreen(view, image, size), point.x, point.y);
    return { x: place.x / devicePixelRatio, y: place.y / devicePixelRatio };
  }

  screenDistance(p, q) {
    const [one, other] = [this.onScreen(p), this.onScreen(q)];
    return Math.hypot(one.x - other.x, one.y - other.y);
  }

  grabbed(at) {
    for (const measure of [...this.measures].reverse()) {
      const place = measure.points.findIndex((point) => {
        const { x, y } = this.onScreen(point);
        return Math.hypot(x - at.x, y - at.y) <= GRAB_DISTANCE;
      });
      if (place >= 0) return { measure, place };
    }
    return null;
  }
}
