"use strict";
// All samples are in the page: this shows and hides them, and switches between dark and light. It makes no element.
const AT_ONCE = 20;
const byId = (id) => document.getElementById(id);

const theme = byId("theme");
theme.hidden = false;
theme.addEventListener("click", () => {
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (isDark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
});

const form = byId("filters");
if (form) {
  const samples = [...document.querySelectorAll(".sample")];
  const selects = [...form.querySelectorAll("select")];
  const search = byId("search"), more = byId("more"), count = byId("count");
  const texts = new Map();
  let shown = AT_ONCE;

  const textOf = (sample) => {
    if (!texts.has(sample)) texts.set(sample, sample.textContent.toLowerCase());
    return texts.get(sample);
  };
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = samples.filter((sample) =>
      selects.every((select) => !select.value || sample.dataset[select.dataset.by] === select.value) &&
      words.every((word) => textOf(sample).includes(word)));
    const visible = new Set(fits.slice(0, shown));
    samples.forEach((sample) => { sample.hidden = !visible.has(sample); });
    more.hidden = fits.length <= shown;
    count.textContent = `${visible.size} shown of ${fits.length} that fit, of ${samples.length} in this sample.`;
  };
  const again = () => { shown = AT_ONCE; show(); };

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  selects.forEach((select) => select.addEventListener("change", again));
  search.addEventListener("input", again);
  more.addEventListener("click", () => {
    const next = shown;
    shown += AT_ONCE;
    show();
    const first = samples.filter((sample) => !sample.hidden)[next];
    if (first) { first.tabIndex = -1; first.focus(); }
  });
  again();
}

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((part) => { part.open = true; });
});
addEventListener("afterprint", () => { closed.forEach((part) => { part.open = false; }); });
