// Keyboard: which key stands for which action, as the page tells it; the same for every viewer of the page.

const KEYBOARD = {
  told: "",
  actions: new Map(),
  byKey: new Map(),

  learn(actions) {
    const told = JSON.stringify(actions);
    if (told === this.told) return;
    this.told = told;
    this.actions = new Map(actions.map((action) => [action.name, action]));
    this.byKey = new Map(actions.flatMap((action) => action.keys.map((key) => [key, action])));
  },

  // The action at this key, whatever else is held down.
  find(event) {
    return keysOf(event).map((key) => this.byKey.get(key)).find(Boolean) ?? null;
  },

  // What a key event asks for, if anything. Where AltGr makes the sign, the browser reports Ctrl and Alt as well.
  action(event) {
    const sign = event.getModifierState("AltGraph");
    if (!sign && (event.ctrlKey || event.metaKey || event.altKey)) return null;
    return this.find(event);
  },

  tip(name) {
    const { words, cap, held } = this.actions.get(name);
    return `${words} (${held ? "hold " : ""}${cap})`;
  },
};

function isTyping(event) {
  return Boolean(event.composedPath()[0].closest?.(TYPING));
}

// Keys count while the viewer has the focus; they stop here, so that they reach no shortcut of the page.
function listenToKeys(root, wish) {
  root.addEventListener("keydown", (event) => {
    if (!event.target.matches(TYPING)) carryOut(event, wish);
  });
  const letGo = () => KEYBOARD.actions.forEach(({ name, held }) => held && wish(name, false));
  root.addEventListener("focusout", letGo);
  window.addEventListener("keyup", (event) => KEYBOARD.find(event)?.held && letGo());
}

// Beside the viewer, too, as long as she types nothing: a press on a button of the page takes the focus from the picture.
// Only keys that write a sign: arrows, Enter and the like belong to what has the focus.
function listenElsewhere(current) {
  const listen = (event) => {
    const elsewhere = event.target === document.body || event.target.matches?.("button");
    const box = current();
    if (!box || !elsewhere || box.root.contains(event.target) || !writesSign(event) || isTyping(event)) return;
    carryOut(event, (name, detail) => box.wish(name, detail));
  };
  document.addEventListener("keydown", listen, { capture: true }); // after the key sheet, which listens at the window
}

function carryOut(event, wish) {
  const action = KEYBOARD.action(event);
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.repeat && !action.repeats) return;
  wish(action.name, action.held ? true : undefined);
}
