// Painters: put a picture on a canvas in the tones of a window or table. WebGL2 where there is one, canvas 2D elsewhere.

const TABLE_COLUMNS = 1024;
const KINDS = { linear: 0, sigmoid: 1, table: 2 };

const VERTEX = `#version 300 es
void main() {
  vec2 corner = vec2(float((gl_VertexID << 1) & 2), float(gl_VertexID & 2));
  gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}`;

// Pixel values are interpolated, then toned: the order keeps edges true under a narrow window.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp usampler2D;
uniform usampler2D values;
uniform sampler2D tones;
uniform mat3 toImage;
uniform vec2 imageSize;
uniform float screenHeight;
uniform int level;
uniform int kind;
uniform float gain;
uniform float offset;
uniform bool dark;
out vec4 colour;

float valueAt(ivec2 place, ivec2 size) {
  return float(texelFetch(values, clamp(place, ivec2(0), size - 1), level).r);
}

float toneOf(float value) {
  if (kind == ${KINDS.table}) {
    int place = int(value + 0.5);
    return texelFetch(tones, ivec2(place & ${TABLE_COLUMNS - 1}, place / ${TABLE_COLUMNS}), 0).r;
  }
  float y = value * gain + offset;
  return kind == ${KINDS.linear} ? clamp(y, 0.0, 1.0) : 1.0 / (1.0 + exp(-y));
}

void main() {
  vec2 point = (toImage * vec3(gl_FragCoord.x, screenHeight - gl_FragCoord.y, 1.0)).xy;
  if (any(lessThan(point, vec2(0.0))) || any(greaterThan(point, imageSize))) {
    colour = vec4(0.0, 0.0, 0.0, 1.0);
    return;
  }
  ivec2 size = textureSize(values, level);
  vec2 place = point * vec2(size) / imageSize - 0.5;
  ivec2 corner = ivec2(floor(place));
  vec2 share = fract(place);
  float top = mix(valueAt(corner, size), valueAt(corner + ivec2(1, 0), size), share.x);
  float bottom = mix(valueAt(corner + ivec2(0, 1), size), valueAt(corner + ivec2(1, 1), size), share.x);
  float tone = toneOf(mix(top, bottom, share.y));
  colour = vec4(vec3(dark ? 1.0 - tone : tone), 1.0);
}`;

function compiled(gl, kind, source) {
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  return shader;
}

function linked(gl) {
  const program = gl.createProgram();
  gl.attachShader(program, compiled(gl, gl.VERTEX_SHADER, VERTEX));
  gl.attachShader(program, compiled(gl, gl.FRAGMENT_SHADER, FRAGMENT));
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS)) return program;
  throw new Error(gl.getProgramInfoLog(program) ?? "no program");
}

function texture(gl, unit, filter) {
  const made = gl.createTexture();
  gl.activeTexture(gl.TEXTURE0 + unit);
  gl.bindTexture(gl.TEXTURE_2D, made);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, filter);
  gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  return made;
}

class WebGLPainter {
  constructor(canvas) {
    this.gl = canvas.getContext("webgl2", { alpha: false, antialias: false, powerPreference: "high-performance" });
    if (!this.gl) throw new Error("no WebGL2");
    this.canvas = canvas;
    this.largest = this.gl.getParameter(this.gl.MAX_TEXTURE_SIZE);
    this.program = linked(this.gl);
    this.gl.useProgram(this.program);
    this.gl.pixelStorei(this.gl.UNPACK_ALIGNMENT, 1);
    this.gl.uniform1i(this.place("values"), 0);
    this.gl.uniform1i(this.place("tones"), 1);
  }

  takes(picture) {
    return Math.max(picture.levels[0].width, picture.levels[0].height) <= this.largest;
  }

  place(name) {
    return this.gl.getUniformLocation(this.program, name);
  }

  load(picture) {
    const gl = this.gl;
    gl.deleteTexture(this.values);
    this.values = texture(gl, 0, gl.NEAREST_MIPMAP_NEAREST);
    const { width, height } = picture.levels[0];
    gl.texStorage2D(gl.TEXTURE_2D, picture.levels.length, gl.R16UI, width, height);
    picture.levels.forEach((one, i) => {
      gl.texSubImage2D(gl.TEXTURE_2D, i, 0, 0, one.width, one.height, gl.RED_INTEGER, gl.UNSIGNED_SHORT, one.values);
    });
    this.picture = picture;
  }

  tone(tone, negative) {
    const gl = this.gl;
    if (tone.preset.lut) return this.toneByTable(tone, negative);
    const { sigmoid, gain, offset } = toneFormula(this.picture, tone);
    gl.uniform1i(this.place("kind"), sigmoid ? KINDS.sigmoid : KINDS.linear);
    gl.uniform1f(this.place("gain"), gain);
    gl.uniform1f(this.place("offset"), offset);
    gl.uniform1i(this.place("dark"), this.picture.inverted !== negative);
    return undefined;
  }

  toneByTable(tone, negative) {
    const gl = this.gl;
    const table = toneTable(this.picture, tone, negative);
    const rows = Math.ceil(table.length / TABLE_COLUMNS);
    const padded = new Float32Array(rows * TABLE_COLUMNS);
    padded.set(table);
    this.tones ??= texture(gl, 1, gl.NEAREST);
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, TABLE_COLUMNS, rows, 0, gl.RED, gl.FLOAT, padded);
    gl.uniform1i(this.place("kind"), KINDS.table);
    gl.uniform1i(this.place("dark"), false);
  }

  // `part`: only a square of this side at the top left is wanted.
  draw(matrix, image, part = 0) {
    const gl = this.gl;
    const back = invert(matrix);
    const { width, height } = this.picture.levels[0];
    const across = Math.hypot(back.a, back.b) * (width / image.columns);
    const perLevelPixel = Math.min(across, Math.hypot(back.c, back.d) * (height / image.rows));
    const level = Math.min(this.picture.levels.length - 1, Math.max(0, Math.floor(Math.log2(perLevelPixel) + 1e-6)));
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.uniformMatrix3fv(this.place("toImage"), false, [back.a, back.c, 0, back.b, back.d, 0, back.e, back.f, 1]);
    gl.uniform2f(this.place("imageSize"), image.columns, image.rows);
    gl.uniform1f(this.place("screenHeight"), this.canvas.height);
    gl.uniform1i(this.place("level"), level);
    if (part) {
      gl.enable(gl.SCISSOR_TEST);
      gl.scissor(0, this.canvas.height - part, part, part);
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.disable(gl.SCISSOR_TEST);
  }

  release() {
    this.gl.deleteTexture(this.values);
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

class CanvasPainter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.sheet = document.createElement("canvas");
  }

  takes() {
    return true;
  }

  load(picture) {
    this.picture = picture;
    Object.assign(this.sheet, { width: picture.levels[0].width, height: picture.levels[0].height });
  }

  tone(tone, negative) {
    const table = toneTable(this.picture, tone, negative);
    const greys = Uint32Array.from(table, (y) => (0xff000000 | (Math.round(y * 255) * 0x010101)) >>> 0);
    const sheet = this.sheet.getContext("2d");
    const pixels = sheet.createImageData(this.sheet.width, this.sheet.height);
    const words = new Uint32Array(pixels.data.buffer);
    const { values } = this.picture.levels[0];
    for (let i = 0; i < values.length; i += 1) words[i] = greys[values[i]];
    sheet.putImageData(pixels, 0, 0);
  }

  draw(m, image) {
    const context = this.context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingEnabled = Math.hypot(m.a, m.c) !== 1 || Math.hypot(m.b, m.d) !== 1;
    context.imageSmoothingQuality = "high";
    context.setTransform(m.a, m.c, m.b, m.d, m.e, m.f);
    context.drawImage(this.sheet, 0, 0, image.columns, image.rows);
  }

  release() {
    this.sheet.width = this.sheet.height = 0;
  }
}

// A canvas keeps the kind of context it was first asked for, so each painter gets a canvas of its own.
function painterFor(picture) {
  try {
    const painter = new WebGLPainter(document.createElement("canvas"));
    if (painter.takes(picture)) return painter;
    painter.release();
  } catch (problem) {
    console.info("Lucency draws without WebGL2:", problem.message);
  }
  return new CanvasPainter(document.createElement("canvas"));
}
