// Connection: one watch a page, whatever reruns. Streamlit tells the window when its line to the server ends and when it
// stands again; its own dialog about that is switched off (dashboard/page_head.py). What is back at once is not spoken of.

const PATIENCE = 2000;

function lose(watched) {
  watched.waiting ??= setTimeout(() => {
    if (!watched.panel.isConnected) return;
    watched.panel.querySelector("p").textContent = watched.data.lost;
    watched.panel.showPopover();
  }, PATIENCE);
}

function regain(watched) {
  if (!watched.waiting) return;
  clearTimeout(watched.waiting);
  watched.waiting = null;
  watched.panel.hidePopover();
  watched.ask("back", Date.now());
}

const HEARD = { WEBSOCKET_DISCONNECTED: lose, WEBSOCKET_CONNECTED: regain };

function watch(watched) {
  addEventListener("message", ({ source, data }) => source === window && HEARD[data?.type]?.(watched));
}

export default function ({ data, parentElement, setTriggerValue }) {
  const now = { data, panel: parentElement.querySelector("[popover]"), ask: setTriggerValue };
  if (globalThis.lucencyConnection) Object.assign(globalThis.lucencyConnection, now);
  else watch((globalThis.lucencyConnection = now));
}
