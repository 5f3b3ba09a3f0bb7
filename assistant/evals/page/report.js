"use strict";
// Filters of the list of cases. Their state is in the address behind #, so that a link keeps it.
const form = document.getElementById("filters");
const shown = document.getElementById("shown");
const cases = Array.from(document.querySelectorAll(".case"), (element) => ({
  element,
  suite: element.dataset.suite,
  outcome: element.dataset.outcome,
  tags: element.dataset.tags.split("\n"),
}));

function filter() {
  const chosen = new FormData(form);
  const outcomes = chosen.getAll("outcome");
  const suite = chosen.get("suite");
  const tag = chosen.get("tag");
  const words = chosen.get("q").toLowerCase().split(/\s+/).filter(Boolean);
  let n = 0;
  for (const each of cases) {
    if (words.length) each.said ??= each.element.textContent.toLowerCase();
    const fits =
      (!suite || each.suite === suite) &&
      (!tag || each.tags.includes(tag)) &&
      (!outcomes.length || outcomes.includes(each.outcome)) &&
      words.every((word) => each.said.includes(word));
    each.element.hidden = !fits;
    n += fits;
  }
  shown.textContent = `${n} of ${cases.length} cases`;
}

function changed() {
  filter();
  const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim()));
  history.replaceState(null, "", `#${state}`);
}

function follow() {
  const hash = location.hash.slice(1);
  if (hash && !hash.includes("=")) return; // the address of a section
  const state = new URLSearchParams(hash);
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = state.getAll(field.name).includes(field.value);
    else if (field.name) field.value = state.get(field.name) ?? "";
    if (field.selectedIndex === -1) field.selectedIndex = 0; // a tag or suite that is not here
  }
  filter();
  if (!hash) return;
  const target = document.getElementById(state.has("case") ? hash : "cases");
  if (!target) return;
  if (state.has("case")) {
    target.open = true;
    target.querySelector("summary").focus({ preventScroll: true });
  }
  target.scrollIntoView();
}

form.addEventListener("input", changed);
form.addEventListener("reset", () => setTimeout(changed));
form.addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", follow);
form.hidden = false;
follow();
