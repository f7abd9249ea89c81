// Search and filters over the changes. Without this script everything is shown.
"use strict";
(() => {
  const box = document.getElementById("filters");
  const all = () => document.querySelectorAll("details");
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...all()].filter((each) => !each.open);
    for (const each of opened) each.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
  if (!box) return;

  const control = (name) => document.getElementById("filter-" + name);
  const text = control("text");
  const client = control("client");
  const action = control("action");
  const kind = control("kind");
  const category = control("class");
  const count = control("count");
  // What is filtered has a kind; a group is shown as long as one of its members is.
  const leaves = [...document.querySelectorAll("#changes [data-kind]")];
  const groups = [...document.querySelectorAll("#changes .group")];
  const ranks = [...document.querySelectorAll("#changes .rank")];
  const words = new Map();

  const wordsOf = (leaf) => {
    if (!words.has(leaf)) {
      const group = leaf.closest(".group");
      const shared = group && group !== leaf ? [...group.children] : [];
      const around = shared.filter((each) => !each.contains(leaf)).map((each) => each.textContent);
      words.set(leaf, [leaf.textContent, ...around].join(" ").toLowerCase());
    }
    return words.get(leaf);
  };

  const isWanted = (leaf, asked) =>
    (!asked.action || leaf.dataset.action === asked.action) &&
    (!asked.kind || leaf.dataset.kind === asked.kind) &&
    (!asked.category || leaf.dataset.class.split(" ").includes(asked.category)) &&
    (!asked.client || leaf.dataset.client.toLowerCase().includes(asked.client)) &&
    (!asked.text || wordsOf(leaf).includes(asked.text));

  const filter = () => {
    const asked = {
      text: text.value.trim().toLowerCase(),
      client: client.value.trim().toLowerCase(),
      action: action.value,
      kind: kind.value,
      category: category.value,
    };
    let shown = 0;
    for (const leaf of leaves) {
      leaf.hidden = !isWanted(leaf, asked);
      if (!leaf.hidden) shown += 1;
    }
    const isAsked = Object.values(asked).some(Boolean);
    for (const group of groups) {
      const found = group.querySelectorAll("[data-kind]:not([hidden])").length;
      group.hidden = found === 0;
      // Few that were searched for are shown at once.
      group.querySelector("details").open = isAsked && found <= 50;
    }
    for (const rank of ranks) rank.hidden = !rank.querySelector("[data-kind]:not([hidden])");
    const total = leaves.length.toLocaleString("en");
    const part = shown === leaves.length ? "" : shown.toLocaleString("en") + " of ";
    count.textContent = part + total + (leaves.length === 1 ? " change" : " changes");
  };

  for (const each of [text, client]) each.addEventListener("input", filter);
  for (const each of [action, kind, category]) each.addEventListener("change", filter);
  control("reset").addEventListener("click", () => {
    for (const each of [text, client, action, kind, category]) each.value = "";
    filter();
    text.focus();
  });
  box.hidden = false;
  filter();
})();
