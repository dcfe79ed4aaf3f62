// Keeps a list fresh while the page is seen. Without JavaScript the page reloads itself.
const box = document.querySelector("[data-fresh]");
let last = null;

async function refresh() {
  const answer = await fetch(box.dataset.fresh);
  const html = answer.ok ? await answer.text() : last;
  if (html === last) return;
  // A button that has the focus keeps it.
  const focused = box.contains(document.activeElement) ? document.activeElement.id : "";
  if (last !== null) box.innerHTML = html;
  last = html;
  if (focused) document.getElementById(focused)?.focus();
}

setInterval(() => {
  if (!document.hidden) refresh().catch(() => {});
}, 1000);
