"use strict";
// Without this script everything is shown; with it the findings can be filtered, and a link to a
// rule unfolds it.
const unfold = () => {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
addEventListener("hashchange", unfold);
unfold();
const form = document.querySelector("form.filters");
if (form) {
  const findings = [...document.querySelectorAll(".finding")];
  const texts = new Map(findings.map((one) => [one, one.textContent.toLowerCase()]));
  const output = form.querySelector("output");
  const apply = () => {
    const given = new FormData(form);
    const severities = new Set(given.getAll("severity"));
    const rule = given.get("rule");
    const text = given.get("text").trim().toLowerCase();
    let shown = 0;
    for (const one of findings) {
      const fits = severities.has(one.dataset.severity)
        && (!rule || one.dataset.rule === rule)
        && (!text || texts.get(one).includes(text));
      one.hidden = !fits;
      shown += fits;
    }
    for (const artifact of document.querySelectorAll(".artifact")) {
      artifact.hidden = !artifact.querySelector(".finding:not([hidden])");
    }
    output.textContent = `${shown} of ${findings.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
}
