// Layers: what lies over the picture and is never part of it: heat map, regions, scale bar, corner text.

const REGION_COLOURS = { sure: "#ff7a66", doubtful: "#ffd166" };
const SPACING_NOTES = {
  PixelSpacing: "",
  "PixelSpacing (plane not stated)": ", plane not stated",
  ImagerPixelSpacing: " at the detector",
  "ImagerPixelSpacing/EstimatedRadiographicMagnificationFactor": ", magnification estimated",
  NominalScannedPixelSpacing: " as scanned",
};
// Notes are printed on a stage of at least this width in CSS pixels, and so many of them.
const NOTES_WIDTH = 500;
const NOTES_SHOWN = 3;

function drawHeat(context, heat, image, m, opacity) {
  context.save();
  context.globalAlpha = opacity;
  context.imageSmoothingEnabled = true;
  context.setTransform(m.a, m.c, m.b, m.d, m.e, m.f);
  context.drawImage(heat, 0, 0, image.columns, image.rows);
  context.restore();
}

function screenBox(region, m) {
  const [p, q] = [apply(m, region.x, region.y), apply(m, region.x + region.width, region.y + region.height)];
  const [x, y] = [Math.min(p.x, q.x), Math.min(p.y, q.y)];
  return { x: Math.round(x) + 0.5, y: Math.round(y) + 0.5, width: Math.abs(q.x - p.x), height: Math.abs(q.y - p.y) };
}

// A dark line under the bright one keeps the box visible on white bone.
function strokeBox(context, box, colour, dash, dpr) {
  const bright = dash.length ? 3 : 2;
  for (const [style, width] of [["rgba(0,0,0,.75)", bright + 2], [colour, bright]]) {
    context.strokeStyle = style;
    context.lineWidth = width * dpr;
    context.setLineDash(dash.map((length) => length * dpr));
    context.lineCap = dash.length ? "round" : "butt";
    context.strokeRect(box.x, box.y, box.width, box.height);
  }
}

function drawScore(context, box, text, colour, dpr) {
  context.font = `600 ${12 * dpr}px system-ui, sans-serif`;
  const width = context.measureText(text).width + 8 * dpr;
  const top = box.y > 20 * dpr ? box.y - 20 * dpr : box.y + 2 * dpr;
  context.fillStyle = "rgba(0,0,0,.75)";
  context.fillRect(box.x, top, width, 18 * dpr);
  context.fillStyle = colour;
  context.fillText(text, box.x + 4 * dpr, top + 13 * dpr);
}

function drawRegions(context, image, m, dpr) {
  const colour = image.doubtful ? REGION_COLOURS.doubtful : REGION_COLOURS.sure;
  const dash = image.doubtful ? [0.1, 7] : [];
  for (const region of image.regions) {
    const box = screenBox(region, m);
    strokeBox(context, box, colour, dash, dpr);
    drawScore(context, box, region.score.toFixed(2), colour, dpr);
  }
}

function shortNumber(value) {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits).replace("-", "\u2212");
}

function calibration({ spacing, spacingSource }) {
  if (!spacing) return "Not calibrated";
  const [row, column] = spacing.map((mm) => Number(mm.toFixed(4)));
  const size = row === column ? `${row}` : `${row} × ${column}`;
  return `${size} mm/px${SPACING_NOTES[spacingSource] ?? ""}`;
}

function viewName({ view, bodyPart }) {
  return [bodyPart, view].filter(Boolean).join(" · ");
}

// What the reader must not overlook while the picture is not shown as it came.
function changes(view, negative, hidden) {
  const turned = view.turns && `Rotated ${view.turns * 90}°`;
  const named = [negative && "Inverted", view.flip && "Flipped", turned, hidden && "Graphics hidden"];
  return named.filter(Boolean);
}

function counted(count, word) {
  return count === 1 ? `1 ${word}` : `${count} ${word}s`;
}

// What was noticed when the file was read, a line each; only how many there are where they would cover the picture.
function notesText(notes, width) {
  if (!notes.length) return "";
  if (width < NOTES_WIDTH) return `⚠ ${counted(notes.length, "note")}`;
  const rest = notes.length - NOTES_SHOWN;
  return [...notes.slice(0, NOTES_SHOWN).map((note) => `⚠ ${note}`), ...(rest > 0 ? [`+${rest}`] : [])].join("\n");
}

// The picture in words, for her who does not see it.
function spokenName(image, changed, { marks, measures, others }) {
  const side = { L: "left", R: "right", B: "both sides" }[image.laterality] ?? "side not given";
  const drawn = [marks && counted(marks, "mark"), measures && counted(measures, "measure"), others && `${counted(others, "mark")} by others`].filter(Boolean);
  const known = ["Radiograph", viewName(image) || "body part not given", side, image.label, ...changed, ...drawn];
  const notes = image.warnings.length ? `. ${counted(image.warnings.length, "note")}: ${image.warnings.join(" ")}` : "";
  return known.filter(Boolean).join(", ") + notes;
}

function cornerTexts(image, changed, tone, zoom) {
  return {
    side: image.laterality,
    name: viewName(image),
    changes: changed.join(" · "),
    label: image.label,
    "key-image": image.key_image,
    zoom: `Zoom ${zoom} %`,
    window: tone ? `W ${shortNumber(tone.width)}  L ${shortNumber(tone.center)}` : "",
    size: `${image.columns} × ${image.rows} px`,
    calibration: calibration(image),
  };
}
