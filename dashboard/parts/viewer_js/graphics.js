// Graphics: what the file itself draws over its picture (DICOM overlay planes, PS3.3 C.9.2): side markers, notes. A layer of
// its own, never part of the pixels; on with every new case, and hidden or shown for all pictures on the screen at once.

const GRAPHICS = { on: true };
// A dark edge keeps it legible on white bone. Words of a pixel, alpha first.
const [GRAPHICS_COLOUR, GRAPHICS_EDGE] = [0xffffffff, 0xc0000000];
const SMALLEST_SHEET = 16;

// It comes last in the answer: rows of bits, the leftmost pixel first.
function graphicsOf({ rows, columns }, buffer) {
  const stride = Math.ceil(columns / 8);
  const bits = new Uint8Array(buffer, buffer.byteLength - rows * stride);
  const drawn = new Uint8Array(rows * columns);
  for (let y = 0, i = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1, i += 1) drawn[i] = (bits[y * stride + (x >> 3)] >> (7 - (x & 7))) & 1;
  }
  return sheetsOf({ width: columns, height: rows, drawn });
}

// Each half the size of the one before, drawn on wherever one of four is: thin lines stay when the picture is small.
function sheetsOf(whole) {
  const levels = [whole];
  while (Math.max(levels.at(-1).width, levels.at(-1).height) > SMALLEST_SHEET) levels.push(halvedDrawing(levels.at(-1)));
  return levels.map(asSheet);
}

function halvedDrawing({ width, height, drawn }) {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const half = new Uint8Array(w * h);
  for (let y = 0, i = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, i += 1) half[(y >> 1) * w + (x >> 1)] |= drawn[i];
  }
  return { width: w, height: h, drawn: half };
}

function asSheet({ width, height, drawn }) {
  const sheet = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  const words = new Uint32Array(pixels.data.buffer);
  for (let i = drawn.indexOf(1); i >= 0; i = drawn.indexOf(1, i + 1)) {
    edgeAround(words, i % width, Math.floor(i / width), width, height);
    words[i] = GRAPHICS_COLOUR;
  }
  sheet.getContext("2d").putImageData(pixels, 0, 0);
  return sheet;
}

function edgeAround(words, x, y, width, height) {
  for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
    for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
      if (words[v * width + u] !== GRAPHICS_COLOUR) words[v * width + u] = GRAPHICS_EDGE;
    }
  }
}

// From the last sheet whose pixels are no larger than the screen's; enlarged, its pixels are squares.
function drawGraphics(context, sheets, m) {
  const back = invert(m);
  const perPixel = Math.min(Math.hypot(back.a, back.b), Math.hypot(back.c, back.d));
  const level = within(Math.floor(Math.log2(perPixel) + 1e-6), 0, sheets.length - 1);
  const [sheet, size] = [sheets[level], 2 ** level];
  context.save();
  Object.assign(context, { imageSmoothingEnabled: perPixel > 1, imageSmoothingQuality: "high" });
  context.setTransform(m.a, m.c, m.b, m.d, m.e, m.f);
  context.drawImage(sheet, 0, 0, sheet.width * size, sheet.height * size);
  context.restore();
}
