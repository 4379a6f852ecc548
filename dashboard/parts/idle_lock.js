// Idle lock: one watch a page, whatever reruns. The server keeps its own word: what is not reported ends there too.

const TOUCHES = ["keydown", "pointerdown", "pointermove", "wheel", "touchstart"];
const REPORT_SECONDS = 45;

function leave(base, idle) {
  const wanted = encodeURIComponent(location.pathname);
  location.replace(idle ? `${base}/out?idle=1&next=${wanted}` : `${base}?next=${wanted}`);
}

function watch(watched) {
  const touch = () => {
    const { base, seconds } = watched.data;
    watched.touched = Date.now();
    if (watched.touched - watched.reported < Math.min(REPORT_SECONDS, seconds / 4) * 1000) return;
    watched.reported = watched.touched;
    fetch(`${base}/seen`, { method: "POST" })
      .then((reply) => reply.status === 401 && leave(base, true))
      .catch(() => {}); // no line to the server: the next touch tries again
  };
  for (const kind of TOUCHES) addEventListener(kind, touch, { passive: true, capture: true });
  setInterval(() => {
    if (Date.now() - watched.touched > watched.data.seconds * 1000) leave(watched.data.base, true);
  }, 1000);
}

export default function ({ data }) {
  if (data.ended) return leave(data.base, false);
  const known = globalThis.lucencyIdle;
  if (known) known.data = data;
  else watch((globalThis.lucencyIdle = { data, touched: Date.now(), reported: Date.now() }));
}
