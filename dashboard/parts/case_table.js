// Case table: draws the worklist's rows, moves among them with the keyboard, and reports the one that is opened.
// Data arrives anew at every refresh; rows are matched by study key so that focus and scroll stay where they are.

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

function listen(grid, open) {
  const rows = () => [...grid.querySelectorAll(".case")];
  grid.onclick = (event) => {
    const row = event.target.closest(".case");
    if (row) open(Number(row.dataset.key));
  };
  grid.onkeydown = (event) => {
    const row = event.target.closest(".case");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter") open(Number(row.dataset.key));
    else if (event.key in MOVES) focusRow(rows(), MOVES[event.key](rows().indexOf(row)));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
}

function draw(grid, data) {
  const root = grid.getRootNode();
  const focused = grid.contains(root.activeElement) ? root.activeElement.dataset.key : null;
  const scrolled = grid.scrollTop;
  grid.setAttribute("aria-label", data.label);
  grid.style.setProperty("--columns", data.columns.map((column) => column.width).join(" "));
  grid.replaceChildren(head(data.columns), ...data.lines.map(body));
  grid.scrollTop = scrolled;
  const rows = [...grid.querySelectorAll(".case")];
  const kept = rows.find((row) => row.dataset.key === focused);
  for (const row of rows) row.tabIndex = row === (kept ?? rows[0]) ? 0 : -1;
  kept?.focus({ preventScroll: true });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const grid = parentElement.querySelector(".case-table");
  const drawn = JSON.stringify(data);
  listen(grid, (key) => setTriggerValue("open", key));
  if (grid.dataset.drawn === drawn) return;
  grid.dataset.drawn = drawn;
  draw(grid, data);
}
