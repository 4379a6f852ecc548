// Case table: draws the worklist's rows, moves among them with the keyboard, and reports the one that is opened.
// Data arrives anew at every refresh; rows are matched by study key so that focus and scroll stay where they are.
// The table itself is made anew when she comes back from a case: it then begins where she left it.

const SHOWN = { grid: null, left: null };

function element(tag, className, text) {
  const node = document.createElement(tag);
  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function head(columns) {
  const row = element("div", "row head");
  row.setAttribute("role", "row");
  for (const column of columns) {
    const cell = element("span", "cell", column.title);
    cell.setAttribute("role", "columnheader");
    if (column.tip) cell.title = column.tip;
    row.append(cell);
  }
  return row;
}

function body(line) {
  const row = element("div", "row case");
  row.setAttribute("role", "row");
  row.dataset.key = line.key;
  row.setAttribute("aria-label", line.label);
  for (const field of line.cells) {
    const cell = element("span", field.tone ? `cell ${field.tone}` : "cell", field.text);
    cell.setAttribute("role", "gridcell");
    cell.title = field.tip || field.text;
    row.append(cell);
  }
  return row;
}

function focusRow(rows, index) {
  const target = rows[Math.max(0, Math.min(index, rows.length - 1))];
  if (!target) return;
  for (const row of rows) row.tabIndex = row === target ? 0 : -1;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest" });
}

const PAGE = 10;
const MOVES = {
  ArrowDown: (i) => i + 1,
  ArrowUp: (i) => i - 1,
  PageDown: (i) => i + PAGE,
  PageUp: (i) => i - PAGE,
  Home: () => 0,
  End: () => Infinity,
};

function rowsOf(grid) {
  return [...grid.querySelectorAll(".case")];
}

function listen(grid, tell) {
  const open = (row) => {
    SHOWN.left = { key: row.dataset.key, place: rowsOf(grid).indexOf(row), top: grid.scrollTop };
    tell(Number(row.dataset.key));
  };
  grid.onclick = (event) => {
    const row = event.target.closest(".case");
    if (row) open(row);
  };
  grid.onkeydown = (event) => {
    const row = event.target.closest(".case");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = rowsOf(grid);
    if (event.key === "Enter") open(row);
    else if (event.key in MOVES) focusRow(rows, MOVES[event.key](rows.indexOf(row)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

// With nothing in focus, an arrow leads to the row that Tab would lead to.
function enter(event) {
  const { grid } = SHOWN;
  if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.activeElement !== document.body || !grid?.isConnected) return;
  const rows = rowsOf(grid);
  focusRow(rows, rows.findIndex((row) => row.tabIndex === 0));
  event.preventDefault();
}

addEventListener("keydown", enter);

// The row she opened or, where it has moved out of sight, the one now in its place.
function cameBack(grid, rows) {
  const { key, place, top } = SHOWN.left;
  SHOWN.left = null;
  grid.scrollTop = top;
  const same = rows.find((row) => row.dataset.key === key);
  const { top: upper, bottom: lower } = grid.getBoundingClientRect();
  const middle = same && (same.getBoundingClientRect().top + same.getBoundingClientRect().bottom) / 2;
  return middle > upper && middle < lower ? same : rows[Math.min(place, rows.length - 1)];
}

function draw(grid, data) {
  const root = grid.getRootNode();
  const focused = grid.contains(root.activeElement);
  const before = (focused ? root.activeElement : rowsOf(grid).find((row) => row.tabIndex === 0))?.dataset.key;
  const scrolled = grid.scrollTop;
  grid.setAttribute("aria-label", data.label);
  grid.style.setProperty("--columns", data.columns.map((column) => column.width).join(" "));
  grid.replaceChildren(head(data.columns), ...data.lines.map(body));
  grid.scrollTop = scrolled;
  const rows = rowsOf(grid);
  const back = SHOWN.left && before === undefined ? cameBack(grid, rows) : null;
  const stop = back ?? rows.find((row) => row.dataset.key === before) ?? rows[0];
  for (const row of rows) row.tabIndex = row === stop ? 0 : -1;
  const free = document.activeElement === document.body;
  if (stop && ((focused && stop.dataset.key === before) || (back && free))) stop.focus({ preventScroll: true });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".case-table");
  const drawn = JSON.stringify(data);
  SHOWN.grid = grid;
  listen(grid, (key) => setTriggerValue("open", key));
  if (grid.dataset.drawn === drawn) return;
  grid.dataset.drawn = drawn;
  draw(grid, data);
}
