"use strict";
// Sorts and filters tables and copies commands; everything is there without it.
(() => {
  const MANY_ROWS = 8;
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);

  const valueOf = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = Number.parseFloat(text.replaceAll(",", "").replace(/^(row|<|>)\s*/, ""));
    return Number.isNaN(number) ? text.toLowerCase() : number;
  };

  const compare = (a, b) =>
    typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;

  const sortBy = (table, header, column) => {
    const isUp = header.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", isUp ? "ascending" : "descending");
    const rows = [...table.tBodies[0].rows];
    rows.sort((a, b) => (isUp ? 1 : -1) * compare(valueOf(a, column), valueOf(b, column)));
    table.tBodies[0].append(...rows);
  };

  const addFilter = (table) => {
    const rows = [...table.tBodies[0].rows];
    if (rows.length < MANY_ROWS) return;
    const line = make("div", { className: "filter" });
    const label = make("label", { textContent: "Filter " });
    const input = make("input", { type: "search" });
    const said = make("span", { role: "status" });
    label.append(input);
    line.append(label, said);
    table.parentElement.before(line);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
      const left = rows.filter((row) => !row.hidden).length;
      said.textContent = wanted ? `${left} of ${rows.length} rows` : "";
    });
  };

  for (const table of document.querySelectorAll("table[data-sortable]")) {
    [...table.tHead.rows[0].cells].forEach((header, column) => {
      if (header.hasAttribute("data-fixed")) return;
      const button = make("button", { type: "button", className: "sort" });
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener("click", () => sortBy(table, header, column));
    });
    addFilter(table);
  }

  for (const command of document.querySelectorAll(".t-command")) {
    const around = make("div", { className: "copied" });
    const button = make("button", { type: "button", className: "copy", textContent: "Copy" });
    button.setAttribute("aria-label", `Copy: ${command.textContent}`);
    command.replaceWith(around);
    around.append(command, button);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(command);
      }
    });
  }

  addEventListener("beforeprint", () => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
})();
