// Geometry: where each image pixel falls on the screen. Screen lengths are device pixels, so 1:1 is exact everywhere.

const ZOOM_LIMITS = { least: 0.02, most: 40 };
const FIT_MARGIN = 0.98;

// How much wider, or higher, a pixel is drawn than its shorter side: 1 and 1 for a square one.
function stretchOf({ aspect }) {
  return { x: Math.max(1, 1 / aspect), y: Math.max(1, aspect) };
}

function freshView(image) {
  return { scale: null, x: image.columns / 2, y: image.rows / 2, turns: 0, flip: false };
}

// The whole pixels inside a box that may begin and end between two of them: pages are laid out in fractions, and a
// canvas between the pixels of the screen is blurred. `width` and `height` are device pixels, the rest CSS. Where one
// CSS pixel is a whole number of device pixels, CSS pixels are kept whole: some browsers draw on no other place.
function wholePixels(box, ratio) {
  const step = Number.isInteger(ratio) ? ratio : 1;
  const [left, top] = [box.left, box.top].map((edge) => Math.ceil((edge * ratio) / step - 0.01) * step);
  const [right, bottom] = [box.right, box.bottom].map((edge) => Math.floor((edge * ratio) / step + 0.01) * step);
  const [width, height] = [right - left, bottom - top];
  const style = { left: left / ratio - box.left, top: top / ratio - box.top, width: width / ratio, height: height / ratio };
  return { width, height, style };
}

// Clockwise quarter turns first, the mirror last: both act on what the reader sees.
function linearPart(view) {
  const [cos, sin] = [[1, 0], [0, 1], [-1, 0], [0, -1]][view.turns];
  const mirror = view.flip ? -1 : 1;
  return { a: mirror * cos, b: -mirror * sin, c: sin, d: cos };
}

function fitScale(view, image, size) {
  const { x, y } = stretchOf(image);
  const [across, down] = [image.columns * x, image.rows * y];
  const [width, height] = view.turns % 2 ? [down, across] : [across, down];
  return Math.min(size.width / width, size.height / height) * FIT_MARGIN;
}

function scaleOf(view, image, size) {
  return view.scale ?? fitScale(view, image, size);
}

// screen = (a b; c d) * image + (e f). At 1:1 the shorter side of a pixel is one of the screen. The origin is rounded to whole device pixels: no shimmer, exact at 1:1.
function imageToScreen(view, image, size) {
  const scale = scaleOf(view, image, size);
  const [turn, stretch] = [linearPart(view), stretchOf(image)];
  const [across, down] = [scale * stretch.x, scale * stretch.y];
  const [a, b, c, d] = [turn.a * across, turn.b * down, turn.c * across, turn.d * down];
  const [x, y] = view.scale === null ? [image.columns / 2, image.rows / 2] : [view.x, view.y];
  return { a, b, c, d, e: Math.round(size.width / 2 - a * x - b * y), f: Math.round(size.height / 2 - c * x - d * y) };
}

function invert(m) {
  const determinant = m.a * m.d - m.b * m.c;
  const [a, b, c, d] = [m.d / determinant, -m.b / determinant, -m.c / determinant, m.a / determinant];
  return { a, b, c, d, e: -(a * m.e + b * m.f), f: -(c * m.e + d * m.f) };
}

function apply(m, x, y) {
  return { x: m.a * x + m.b * y + m.e, y: m.c * x + m.d * y + m.f };
}

function within(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

function held(view, image, size) {
  if (view.scale !== null) return view;
  return { ...view, scale: fitScale(view, image, size), x: image.columns / 2, y: image.rows / 2 };
}

function panned(view, image, size, dx, dy) {
  const now = held(view, image, size);
  const back = invert({ ...imageToScreen(now, image, size), e: 0, f: 0 });
  const moved = apply(back, dx, dy);
  return { ...now, x: within(now.x - moved.x, 0, image.columns), y: within(now.y - moved.y, 0, image.rows) };
}

// The image point under the pointer stays under the pointer.
function zoomed(view, image, size, factor, at) {
  const now = held(view, image, size);
  const point = apply(invert(imageToScreen(now, image, size)), at.x, at.y);
  const scale = Math.min(ZOOM_LIMITS.most, Math.max(ZOOM_LIMITS.least, now.scale * factor));
  const next = { ...now, scale };
  const away = apply(invert({ ...imageToScreen(next, image, size), e: 0, f: 0 }), at.x - size.width / 2, at.y - size.height / 2);
  return { ...next, x: point.x - away.x, y: point.y - away.y };
}

function rotated(view) {
  return { ...view, turns: (view.turns + (view.flip ? 3 : 1)) % 4 };
}

function flipped(view) {
  return { ...view, flip: !view.flip };
}

const BAR_LENGTHS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200];

// The longest round length that fits into `most` screen pixels; null when the image is not calibrated.
function scaleBar(view, image, size, most) {
  if (!image.spacing) return null;
  const [[betweenRows, betweenColumns], stretch] = [image.spacing, stretchOf(image)];
  const perScreenPixel = view.turns % 2 ? betweenRows / stretch.y : betweenColumns / stretch.x;
  const pixelsPerMm = scaleOf(view, image, size) / perScreenPixel;
  const mm = BAR_LENGTHS.filter((length) => length * pixelsPerMm <= most).pop();
  return mm ? { mm, pixels: mm * pixelsPerMm } : null;
}
