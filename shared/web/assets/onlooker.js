// Renews the inside of a page whenever the server tells how things stand. Without JavaScript the page shows how they stood
// when it was loaded, and says when that was.
const inside = document.querySelector("[data-stream]");
const state = document.getElementById("looks");

function tell(word, tone) {
  // Only a change is told: readers of the page aloud would hear nothing else.
  if (state.textContent === state.dataset[word]) return;
  state.hidden = false;
  state.className = `chip ${tone}`;
  state.textContent = state.dataset[word];
}

function renew(html) {
  const open = [...inside.querySelectorAll("details[open]")].map((fold) => fold.id);
  const held = document.activeElement;
  const href = inside.contains(held) ? held.getAttribute("href") : null;
  const fold = inside.contains(held) ? held.closest("details")?.id : null;
  inside.innerHTML = html;
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  const again = href
    ? inside.querySelector(`a[href="${CSS.escape(href)}"]`)
    : fold && document.getElementById(fold)?.querySelector("summary");
  again?.focus({ preventScroll: true });
}

const source = new EventSource(inside.dataset.stream);
source.addEventListener("now", (event) => {
  // What somebody is marking stays as it is.
  if (getSelection()?.isCollapsed !== false) renew(event.data);
  tell("on", "green");
});
source.addEventListener("away", () => tell("away", "amber"));
source.addEventListener("error", () => tell("lost", "amber"));
source.addEventListener("ended", () => {
  source.close();
  tell("ended", "amber");
});
