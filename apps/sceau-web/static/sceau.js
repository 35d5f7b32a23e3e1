/* What a page does better with a script, and does without one too: sorting, hints, picking a
   range on the bars, copying. */
"use strict";
(function () {
  const all = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  // Sorting: a heading becomes a button. Cells with data-value sort by it, as numbers.
  function valueOf(row, column) {
    const cell = row.children[column];
    if (!cell) return "";
    const value = cell.dataset.value;
    return value !== undefined ? Number(value) : cell.textContent.trim().toLowerCase();
  }
  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), document.documentElement.lang, { numeric: true });
  }
  function sortBy(table, heading, column) {
    const up = heading.getAttribute("aria-sort") === "descending";
    all("th[aria-sort]", table).forEach(th => th.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = table.tBodies[0];
    Array.from(body.rows)
      .map(row => [valueOf(row, column), row])
      .sort((a, b) => (up ? 1 : -1) * compare(a[0], b[0]))
      .forEach(pair => body.append(pair[1]));
  }
  all("table.sort").forEach(table => {
    if (!table.tHead || table.tBodies[0].rows.length < 2) return;
    Array.from(table.tHead.rows[0].cells).forEach((th, column) => {
      if (!th.textContent.trim()) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...th.childNodes);
      button.addEventListener("click", () => sortBy(table, th, column));
      th.append(button);
    });
  });

  // Hints on bars: the title that is there, at once.
  let hint = null;
  function showHint(event) {
    const title = event.currentTarget.querySelector("title");
    if (!title) return;
    if (!hint) {
      hint = document.createElement("div");
      hint.id = "hint";
      hint.setAttribute("aria-hidden", "true");
      document.body.append(hint);
    }
    hint.textContent = title.textContent;
    hint.hidden = false;
    const box = event.currentTarget.getBoundingClientRect();
    const left = Math.min(box.left, document.documentElement.clientWidth - hint.offsetWidth - 8);
    hint.style.left = Math.max(4, left) + scrollX + "px";
    hint.style.top = Math.max(0, box.top - hint.offsetHeight - 6) + scrollY + "px";
  }
  all("svg.bars a, svg.spark").forEach(bar => {
    bar.addEventListener("mouseenter", showHint);
    bar.addEventListener("focus", showHint);
    bar.addEventListener("mouseleave", () => { if (hint) hint.hidden = true; });
    bar.addEventListener("blur", () => { if (hint) hint.hidden = true; });
  });

  // Picking a range: drag over the bars.
  all("svg.bars").forEach(svg => {
    let from = null;
    const dayAt = event => {
      const link = event.target.closest && event.target.closest("a[data-day]");
      return link ? link.dataset.day : null;
    };
    svg.addEventListener("dragstart", event => event.preventDefault());
    svg.addEventListener("mousedown", event => { from = dayAt(event); });
    svg.addEventListener("mouseup", event => {
      const to = dayAt(event);
      if (from && to && from !== to) {
        const url = new URL(location.href);
        url.searchParams.delete("days");
        url.searchParams.set("from", from < to ? from : to);
        url.searchParams.set("to", from < to ? to : from);
        svg.addEventListener("click", click => click.preventDefault(), { capture: true, once: true });
        location.assign(url);
      }
      from = null;
    });
  });

  // Copying what stands in the <pre> behind the button.
  all("[data-copy]").forEach(button => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const text = document.getElementById(button.dataset.copy).textContent;
      navigator.clipboard.writeText(text).then(() => { button.textContent = button.dataset.done; });
    });
  });
})();
