// Case table: draws the worklist's rows, moves among them with the keyboard, and reports the one that is opened.
// Data arrives anew at every refresh; rows are matched by study key so that focus and scroll stay where they are.
// The table itself is made anew when she comes back from a case: it then begins where she left it.

const SHOWN = { grid: null, data: null, tell: null, left: null, awaited: null };
const SEARCH = ".st-key-search input";

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

function body(line, columns) {
  const row = element("div", "row case");
  row.setAttribute("role", "row");
  row.dataset.key = line.key;
  row.setAttribute("aria-label", line.label);
  for (const { place } of columns) {
    const field = line.cells[place];
    const cell = element("span", field.tone ? `cell ${field.tone}` : "cell", field.text);
    cell.setAttribute("role", "gridcell");
    cell.title = field.tip || field.text;
    row.append(cell);
  }
  return row;
}

// Where the window is too narrow columns give way, each in its turn, until the rest has room.
function fitting(grid, { columns }) {
  const room = (grid.clientWidth || Infinity) / parseFloat(getComputedStyle(document.documentElement).fontSize);
  const kept = new Set(columns.map((column, place) => ({ ...column, place })));
  const turns = [...kept].filter((column) => column.gives_way).sort((one, other) => one.gives_way - other.gives_way);
  for (const column of turns) if (leastOf([...kept]) > room) kept.delete(column);
  return [...kept];
}

function leastOf(columns) {
  return columns.reduce((sum, { least }) => sum + least, 0);
}

function track({ least, share }) {
  return share ? `minmax(${least}rem, ${share}fr)` : `${least}rem`;
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

function open(grid, row) {
  SHOWN.left = { key: row.dataset.key, place: rowsOf(grid).indexOf(row), top: grid.scrollTop };
  SHOWN.tell(Number(row.dataset.key));
}

function listen(grid) {
  grid.onclick = (event) => {
    const row = event.target.closest(".case");
    if (row) open(grid, row);
  };
  grid.onkeydown = (event) => {
    const row = event.target.closest(".case");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const rows = rowsOf(grid);
    if (event.key === "Enter") open(grid, row);
    else if (event.key in MOVES) focusRow(rows, MOVES[event.key](rows.indexOf(row)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

// With nothing in focus, an arrow leads to the row that Tab would lead to; from the search, down to the first that is found.
function enter(event) {
  const { grid, awaited } = SHOWN;
  SHOWN.awaited = null;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  if (awaited && event.key === "Enter" && at === document.body) SHOWN.awaited = { ...awaited, opens: true };
  if (event.key === "ArrowDown" && at?.matches(SEARCH)) find(at);
  else if (["ArrowDown", "ArrowUp"].includes(event.key) && at === document.body && grid?.isConnected) {
    const rows = rowsOf(grid);
    focusRow(rows, rows.findIndex((row) => row.tabIndex === 0));
  } else return;
  event.preventDefault();
}

// Without the focus the field tells the server at once what stands in it.
function find(search) {
  SHOWN.awaited = { text: search.value.trim(), opens: false };
  search.blur();
  if (SHOWN.grid?.isConnected) meet(SHOWN.grid);
}

// The rows that were searched for, once they are there: never those of the search before.
function meet(grid) {
  const { awaited } = SHOWN;
  if (awaited?.text !== grid.dataset.searched) return;
  SHOWN.awaited = null;
  const rows = rowsOf(grid);
  focusRow(rows, 0);
  if (awaited.opens) open(grid, rows[0]);
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
  const columns = fitting(grid, data);
  grid.dataset.columns = columns.map(({ title }) => title);
  grid.style.setProperty("--columns", columns.map(track).join(" "));
  grid.style.setProperty("--least", `${leastOf(columns)}rem`);
  grid.replaceChildren(head(columns), ...data.lines.map((line) => body(line, columns)));
  grid.scrollTop = scrolled;
  const rows = rowsOf(grid);
  const back = SHOWN.left && before === undefined ? cameBack(grid, rows) : null;
  const stop = back ?? rows.find((row) => row.dataset.key === before) ?? rows[0];
  for (const row of rows) row.tabIndex = row === stop ? 0 : -1;
  const free = document.activeElement === document.body;
  if (stop && ((focused && stop.dataset.key === before) || (back && free))) stop.focus({ preventScroll: true });
}

// One watch a grid, over the rows it was drawn with last.
function watchWidth(grid) {
  if (SHOWN.grid === grid) return;
  const changed = () => String(fitting(grid, SHOWN.data).map(({ title }) => title)) !== grid.dataset.columns;
  new ResizeObserver(() => SHOWN.grid === grid && changed() && draw(grid, SHOWN.data)).observe(grid);
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".case-table");
  const drawn = JSON.stringify(data);
  watchWidth(grid);
  Object.assign(SHOWN, { grid, data });
  SHOWN.tell = (key) => setTriggerValue("open", key);
  listen(grid);
  if (grid.dataset.drawn === drawn) return;
  grid.dataset.drawn = drawn;
  grid.dataset.searched = data.searched;
  draw(grid, data);
  meet(grid);
}
