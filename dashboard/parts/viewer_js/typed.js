// Typed: what a key event says, on any keyboard. The viewer and the key sheet both begin with this file.

const TYPING = "input, textarea, select, [contenteditable]";

// Arrows, function keys and the like have names of several ASCII letters. A key may write two signs at once: Arabic لا.
function writesSign({ key }) {
  return key.length === 1 || /[^ -~]/.test(key);
}

// The letter or digit printed there on a Latin keyboard, where this one has another script: Cyrillic, Greek, Hebrew, Arabic.
// Streamlit does the same for its buttons. Not with AltGr, nor for the signs above the digits.
function placeOf(event) {
  const [, kind, sign] = /^(Key|Digit)(.)$/.exec(event.code) ?? [];
  const modified = event.ctrlKey || event.altKey || event.metaKey || event.getModifierState("AltGraph");
  if (!sign || modified || (kind === "Digit" && event.shiftKey)) return null;
  return writesSign(event) && !/^[a-z0-9]$/i.test(event.key) ? sign.toLowerCase() : null;
}

// The keys an event can stand for, in the order they count: what is written comes before the place on the keyboard.
function keysOf(event) {
  const name = event.key === "؟" ? "?" : event.key.toLowerCase();
  const written = event.shiftKey && name.startsWith("arrow") ? `shift+${name}` : name;
  const place = placeOf(event);
  return place ? [written, place] : [written];
}
