// Tones: from pixel values to brightness 0..1 (PS3.3 C.11.2).

const VOI_FUNCTIONS = {
  // PS3.3 C.11.2.1.2.1
  LINEAR(x, center, width) {
    const half = (width - 1) / 2;
    if (x <= center - 0.5 - half) return 0;
    return x > center - 0.5 + half ? 1 : (x - (center - 0.5)) / (width - 1) + 0.5;
  },
  // PS3.3 C.11.2.1.3.2
  LINEAR_EXACT(x, center, width) {
    return Math.min(1, Math.max(0, (x - center) / width + 0.5));
  },
  // PS3.3 C.11.2.1.3.1
  SIGMOID(x, center, width) {
    return 1 / (1 + Math.exp((-4 * (x - center)) / width));
  },
};

// PS3.3 C.11.2.1.1: values before and after the table take its first and last entry.
// A changed window stretches the table: its curve is kept, its place and width follow the reader's hand.
function lookUp(x, tone) {
  const { lut, first_mapped: first, lut_bits: bits, center, width } = tone.preset;
  const place = Math.round(center + ((x - tone.center) * width) / tone.width) - first;
  return lut[Math.min(lut.length - 1, Math.max(0, place))] / (2 ** bits - 1);
}

function brightness(x, tone) {
  if (tone.preset.lut) return lookUp(x, tone);
  return VOI_FUNCTIONS[tone.preset.function](x, tone.center, tone.width);
}

// Brightness of every pixel value that occurs, from the lowest up; `negative` is the reader's own inversion.
function toneTable(picture, tone, negative) {
  const table = new Float32Array(picture.span + 1);
  const dark = picture.inverted !== negative;
  for (let i = 0; i < table.length; i += 1) {
    const y = brightness((picture.low + i) * picture.slope + picture.intercept, tone);
    table[i] = dark ? 1 - y : y;
  }
  return table;
}

// The same for the graphics processor: a window is clamp(p) or 1 / (1 + exp(-p)) of p = value * gain + offset; a
// look-up table stays a table. LINEAR of width 1 is a step, its edge still dark (PS3.3 C.11.2.1.2.1).
function toneFormula(picture, tone) {
  const [linear, sigmoid] = [tone.preset.function === "LINEAR", tone.preset.function === "SIGMOID"];
  const width = linear ? Math.max(tone.width - 1, 1e-6) : tone.width;
  const center = linear ? tone.center - 0.5 + (tone.width <= 1 ? 1e-3 : 0) : tone.center;
  const gain = (sigmoid ? 4 : 1) / width;
  const lowest = picture.low * picture.slope + picture.intercept;
  return { sigmoid, gain: gain * picture.slope, offset: (lowest - center) * gain + (sigmoid ? 0 : 0.5) };
}

function toneOf(preset) {
  return { preset, center: preset.center, width: preset.width };
}

// Dragging right widens the window, dragging up makes the picture brighter; both in proportion to the window.
function dragged(tone, dx, dy, brighterIsLower) {
  const narrowest = tone.preset.function === "LINEAR" ? 1 : 1e-3;
  const width = Math.max(narrowest, tone.width * Math.exp(dx * 0.004));
  const shift = dy * tone.width * 0.003 * (brighterIsLower ? 1 : -1);
  return { preset: { ...tone.preset, name: "Custom" }, center: tone.center + shift, width };
}

// Windows drawn from the picture's own values: `darkest` and `brightest` are shares of its pixels, on the side of
// what is shown bright. The extremes (collimator, padding, burnt-out air) are left out of the count.
const OWN_WINDOWS = [
  { name: "Auto", darkest: 0.01, brightest: 0.995 },
  { name: "Bone", darkest: 0.45, brightest: 0.999 },
  { name: "Soft tissue", darkest: 0.05, brightest: 0.75 },
];

// How many pixels have a value up to each value.
function cumulated(picture) {
  const counts = new Uint32Array(picture.span + 1);
  const { values } = picture.levels[0];
  for (let i = 0; i < values.length; i += 1) counts[values[i]] += 1;
  if (picture.span > 1) counts[0] = counts[picture.span] = 0;
  for (let i = 1; i < counts.length; i += 1) counts[i] += counts[i - 1];
  return counts;
}

function quantile(counts, share) {
  const wanted = counts.at(-1) * share;
  const found = counts.findIndex((count) => count > wanted);
  return found < 0 ? counts.length - 1 : found;
}

function ownPreset(picture, counts, { name, darkest, brightest }) {
  const shares = picture.inverted ? [1 - brightest, 1 - darkest] : [darkest, brightest];
  const [from, to] = shares.map((share) => (quantile(counts, share) + picture.low) * picture.slope + picture.intercept);
  const width = Math.max(Math.abs(to - from), Math.abs(picture.slope));
  return { name, center: (from + to) / 2, width, function: "LINEAR_EXACT", lut: null };
}

function fullRange(picture) {
  const [from, to] = [picture.low, picture.low + picture.span].map((v) => v * picture.slope + picture.intercept);
  return { name: "Full range", center: (from + to) / 2, width: Math.abs(to - from) || 1, function: "LINEAR_EXACT", lut: null };
}

function ownPresets(picture) {
  const counts = cumulated(picture);
  return [...OWN_WINDOWS.map((wish) => ownPreset(picture, counts, wish)), fullRange(picture)];
}
