// Pictures: fetches previews, full-depth pixels and heat maps with a ticket, and keeps the latest ones in memory.

const KEPT_BYTES = 384 * 2 ** 20;
const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, int16: Int16Array };
const SMALLEST_LEVEL = 256;

class PictureError extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

async function fetched(base, what, image) {
  const headers = { Authorization: `Bearer ${image.ticket}` };
  const answer = await fetch(`${base}/${what}/${image.key}`, { headers, cache: "no-store" }).catch(() => {
    throw new PictureError("NoConnection", "The server does not answer. Check the connection, then try again.");
  });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => null);
  throw new PictureError(told?.error?.class ?? "Unknown", told?.error?.message ?? "The picture could not be loaded. Try again.");
}

// Half the size, each value the mean of four: what a screen smaller than the image is drawn from.
function halved({ width, height, values }) {
  const [w, h] = [Math.max(1, width >> 1), Math.max(1, height >> 1)];
  const half = new Uint16Array(w * h);
  const [right, down] = [width > 1 ? 1 : 0, height > 1 ? width : 0];
  for (let y = 0; y < h; y += 1) {
    let from = y * 2 * width;
    for (let x = 0; x < w; x += 1, from += 2) {
      half[y * w + x] = (values[from] + values[from + right] + values[from + down] + values[from + right + down] + 2) >> 2;
    }
  }
  return { width: w, height: h, values: half };
}

function levelsOf(width, height, values) {
  const levels = [{ width, height, values }];
  while (Math.max(levels.at(-1).width, levels.at(-1).height) > SMALLEST_LEVEL) levels.push(halved(levels.at(-1)));
  return levels;
}

function extremes(pixels) {
  let [low, high] = [pixels[0], pixels[0]];
  for (let i = 1; i < pixels.length; i += 1) {
    if (pixels[i] < low) low = pixels[i];
    else if (pixels[i] > high) high = pixels[i];
  }
  return [low, high];
}

// Pixels are kept as the distance from the lowest one: unsigned, whatever the file held.
function pictureOf({ rows, columns, slope, intercept, inverted, presets }, pixels, graphics = null) {
  const [low, high] = extremes(pixels);
  const values = new Uint16Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 1) values[i] = pixels[i] - low;
  return { low, span: high - low, slope, intercept, inverted, presets, levels: levelsOf(columns, rows, values), graphics };
}

// A file may give two windows one name; here each name stands for one.
function distinctNames(presets) {
  return presets.map((preset, i) => {
    const before = presets.slice(0, i).filter(({ name }) => name === preset.name).length;
    return before ? { ...preset, name: `${preset.name} (${before + 1})` } : preset;
  });
}

// The look-up tables follow the pixels, in the order of their presets.
function withTables(presets, buffer, start) {
  let from = start;
  return presets.map(({ lut_length: length, ...preset }) => {
    if (!length) return { ...preset, lut: null };
    const lut = new Uint16Array(buffer.slice(from, from + length * 2));
    from += length * 2;
    return { ...preset, lut };
  });
}

async function fullPicture(base, image) {
  const answer = await fetched(base, "pixels", image);
  const about = JSON.parse(answer.headers.get("Lucency-Picture"));
  const buffer = await answer.arrayBuffer();
  const count = about.rows * about.columns;
  const pixels = new ARRAYS[about.dtype](buffer, 0, count);
  const presets = distinctNames(withTables(about.presets, buffer, pixels.byteLength));
  return pictureOf({ ...about, presets }, pixels, about.graphics ? graphicsOf(about, buffer) : null);
}

const AS_SENT = { name: "Preview", center: 127.5, width: 255, function: "LINEAR_EXACT", lut: null };

function greysOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
  return Uint8Array.from({ length: data.length / 4 }, (_, i) => data[i * 4]);
}

async function previewPicture(base, image) {
  const blob = await (await fetched(base, "preview", image)).blob();
  const bitmap = await createImageBitmap(blob);
  const about = { rows: bitmap.height, columns: bitmap.width, slope: 1, intercept: 0, inverted: false, presets: [AS_SENT] };
  return { ...pictureOf(about, greysOf(bitmap)), url: URL.createObjectURL(blob) };
}

async function heatLayer(base, image) {
  return createImageBitmap(await (await fetched(base, "heat", image)).blob());
}

const LOADERS = { preview: previewPicture, pixels: fullPicture, heat: heatLayer };

function bytesOf({ levels, graphics, width, height }) {
  if (!levels) return width * height * 4;
  const sheets = (graphics ?? []).reduce((sum, sheet) => sum + sheet.width * sheet.height * 4, 0);
  return levels.reduce((sum, level) => sum + level.values.byteLength, sheets);
}

// Keeps what was fetched, the least recently used going first; a failure is not kept, so asking again tries again.
class PictureStore {
  constructor() {
    this.kept = new Map();
    this.made = new Map();
  }

  get(base, what, image) {
    const name = `${what}/${image.key}`;
    const known = this.kept.get(name) ?? this.begin(name, () => LOADERS[what](base, image));
    this.kept.delete(name);
    this.kept.set(name, known);
    return known;
  }

  ready(what, image) {
    return this.made.get(`${what}/${image.key}`) ?? null;
  }

  async begin(name, load) {
    try {
      const made = await load();
      this.made.set(name, made);
      queueMicrotask(() => this.trim(name));
      return made;
    } catch (problem) {
      this.kept.delete(name);
      throw problem;
    }
  }

  trim(newest) {
    let total = [...this.made.values()].reduce((sum, made) => sum + bytesOf(made), 0);
    for (const name of [...this.kept.keys()]) {
      if (total <= KEPT_BYTES) return;
      if (name === newest || !this.made.has(name)) continue;
      total -= bytesOf(this.made.get(name));
      this.forget(name);
    }
  }

  forget(name) {
    const { url } = this.made.get(name);
    if (url) URL.revokeObjectURL(url);
    this.made.delete(name);
    this.kept.delete(name);
  }
}
