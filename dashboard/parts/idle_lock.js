// Idle lock: one watch a page, whatever reruns. The server keeps its own word: what is not reported ends there too.
// It warns first; while the warning stands, a key only keeps her in and does nothing else.

const TOUCHES = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];
const TYPING = "input, textarea, select, [contenteditable]";
const REPORT_SECONDS = 45;
const WARN_SECONDS = 60;

function leave(base, idle) {
  const wanted = encodeURIComponent(location.pathname);
  location.replace(idle ? `${base}/out?idle=1&next=${wanted}` : `${base}?next=${wanted}`);
}

function report(watched) {
  const { base, seconds } = watched.data;
  if (watched.touched <= watched.reported) return;
  if (Date.now() - watched.reported < Math.min(REPORT_SECONDS, seconds / 4) * 1000) return;
  watched.reported = Date.now();
  fetch(`${base}/seen`, { method: "POST" })
    .then((reply) => reply.status === 401 && leave(base, true))
    .catch(() => {}); // no line to the server: the next touch tries again
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
  const left = watched.data.seconds - (Date.now() - watched.touched) / 1000;
  if (left <= 0) leave(watched.data.base, true);
  else warn(watched, left);
}

function watch(watched) {
  const touch = () => {
    Object.assign(watched, { touched: Date.now(), warned: false });
    watched.panel.hidePopover();
    report(watched);
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
  else watch((globalThis.lucencyIdle = { data, panel, touched: Date.now(), reported: 0 }));
}
