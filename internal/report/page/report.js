"use strict";
// Filters work on what is in the page: without this script everything is shown.
const form = document.querySelector("form");
const cards = [...document.querySelectorAll("article")];
const stacks = [...document.querySelectorAll("section.stack")];
const rows = [...document.querySelectorAll("tr[data-stack]")];
const shown = document.querySelector("#shown");
function matches(data, values) {
  return (!values.status || data.status === values.status) &&
    (!values.owner || data.owners.split("\n").includes(values.owner));
}
function apply() {
  const values = Object.fromEntries(new FormData(form));
  const words = values.text.toLowerCase().split(/\s+/).filter(Boolean);
  const narrow = words.length > 0 || values.kind || values.verdict;
  let count = 0;
  const visible = new Map();
  for (const card of cards) {
    const stack = card.closest("section.stack");
    const text = (stack.dataset.stack + " " + card.textContent).toLowerCase();
    const on = matches(stack.dataset, values) &&
      (!values.kind || card.dataset.kind === values.kind) &&
      (!values.verdict || card.dataset.verdicts.split(" ").includes(values.verdict)) &&
      words.every((w) => text.includes(w));
    card.hidden = !on;
    if (on) {
      count++;
      visible.set(stack, true);
    }
  }
  for (const stack of stacks) {
    const named = words.length > 0 && !values.kind && !values.verdict && words.every((w) => stack.textContent.toLowerCase().includes(w));
    stack.hidden = !(matches(stack.dataset, values) && (!narrow || visible.has(stack) || named));
  }
  for (const row of rows) {
    const stack = stacks.find((s) => s.dataset.stack === row.dataset.stack);
    const named = words.every((w) => row.textContent.toLowerCase().includes(w));
    row.hidden = !(matches(row.dataset, values) && (stack ? !stack.hidden : !narrow || (named && !values.kind && !values.verdict)));
  }
  shown.textContent = count === cards.length ? "" : count + " of " + cards.length + " findings shown";
}
form.addEventListener("input", apply);
form.addEventListener("submit", (e) => e.preventDefault());
form.addEventListener("reset", () => setTimeout(apply));
form.hidden = false;
apply();
