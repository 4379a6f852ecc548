// Idle lock: one watch a page, whatever reruns. The server keeps its own word: what is not reported ends there too.
// It warns first; while the warning stands, a key only keeps her in and does nothing else.
// What is touched in one window counts in all of them: they share the session.

const TOUCHES = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];
const TYPING = "input, textarea, select, [contenteditable]";
const TOUCHED = "lucency-touched";
const WARN_SECONDS = 60;

function door(base) {
  return `${base}/lucency/sign-in`;
}

function leave(base, idle) {
  const wanted = encodeURIComponent(location.pathname.slice(base.length));
  location.replace(idle ? `${door(base)}/out?idle=1&next=${wanted}` : `${door(base)}?next=${wanted}`);
}

function report(watched) {
  const { base, reports } = watched.data;
  if (watched.touched <= watched.reported) return;
  if (Date.now() - watched.reported < reports * 1000) return;
  watched.reported = Date.now();
  fetch(`${door(base)}/seen`, { method: "POST" })
    .then((reply) => reply.status === 401 && leave(base, true))
    .catch(() => {}); // no line to the server: the next touch tries again
}

function tell(watched) {
  if (watched.touched - watched.told < 1000) return;
  watched.told = watched.touched;
  localStorage.setItem(TOUCHED + watched.data.base, watched.told);
}

// The last touch in any window; one from the future was written before the clock was set back.
function lastTouch({ touched, data }) {
  const elsewhere = Number(localStorage.getItem(TOUCHED + data.base));
  return elsewhere <= Date.now() ? Math.max(touched, elsewhere) : touched;
}

// A bar that runs empty, above everything else on the page.
function warn(watched, left) {
  const { data, panel } = watched;
  const all = Math.min(WARN_SECONDS, data.seconds / 2);
  watched.warned = left <= all;
  if (!panel.isConnected) return undefined;
  if (!watched.warned) return panel.hidePopover();
  if (!panel.matches(":popover-open")) {
    panel.querySelector("p").textContent = data.warning;
    panel.showPopover();
  }
  panel.querySelector("i").style.width = `${(100 * left) / all}%`;
  panel.querySelector("span").textContent = `${Math.ceil(left)} s`;
  return undefined;
}

function tick(watched) {
  report(watched); // also what she did last before she went
  const left = watched.data.seconds - (Date.now() - lastTouch(watched)) / 1000;
  if (left <= 0) leave(watched.data.base, true);
  else warn(watched, left);
}

function watch(watched) {
  const touch = () => {
    Object.assign(watched, { touched: Date.now(), warned: false });
    watched.panel.hidePopover();
    report(watched);
    tell(watched);
  };
  const keepIn = (event) => {
    if (!watched.warned || event.composedPath()[0].closest?.(TYPING)) return;
    touch();
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("keydown", keepIn, { capture: true });
  for (const kind of TOUCHES) addEventListener(kind, touch, { passive: true, capture: true });
  setInterval(() => tick(watched), 1000);
}

export default function ({ data, parentElement }) {
  if (data.ended) return leave(data.base, false);
  const panel = parentElement.querySelector("[popover]");
  const known = globalThis.lucencyIdle;
  if (known) Object.assign(known, { data, panel });
  else watch((globalThis.lucencyIdle = { data, panel, touched: Date.now(), reported: 0, told: 0 }));
}
