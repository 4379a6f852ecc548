// Link: pictures side by side that zoom and move together, each in parts of its own size. Turns stay each one's own.

const LINK = { on: false, viewers: new Set() };

function linkedPlace(view, image, size) {
  if (view.scale === null) return null;
  return { factor: view.scale / fitScale(view, image, size), x: view.x / image.columns, y: view.y / image.rows };
}

function atLinkedPlace(place, view, image, size) {
  if (place === null) return { ...view, scale: null };
  return { ...view, scale: place.factor * fitScale(view, image, size), x: place.x * image.columns, y: place.y * image.rows };
}

// Tell the others where this one looks; who is told does not tell on.
function tellLinked(teller) {
  if (!LINK.on) return;
  const place = linkedPlace(teller.view, teller.image, teller.size);
  for (const viewer of LINK.viewers) {
    if (viewer === teller || !viewer.image || !viewer.root.isConnected) continue;
    viewer.state.view = atLinkedPlace(place, viewer.view, viewer.image, viewer.size);
    viewer.refresh();
  }
}

function switchLink(viewer) {
  LINK.on = !LINK.on;
  tellLinked(viewer);
  for (const other of LINK.viewers) other.refresh();
}
