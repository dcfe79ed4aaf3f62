// Swaps the two columns whenever the server tells of something new. Without JavaScript the page reloads itself.
const box = document.getElementById("messages");
const state = document.getElementById("live");
let wanted = shown();
let busy = false;

function shown() {
  return box.querySelector("[data-newest]").dataset.newest;
}

function tell(connected) {
  state.hidden = false;
  state.className = connected ? "chip green" : "chip amber";
  state.textContent = connected ? state.dataset.on : state.dataset.off;
}

async function swap() {
  const answer = await fetch(box.dataset.fragment);
  if (!answer.ok) throw new Error(answer.statusText);
  const focused = document.activeElement?.id;
  box.innerHTML = await answer.text();
  if (focused && box.querySelector(`#${CSS.escape(focused)}`)) document.getElementById(focused).focus();
}

async function refresh() {
  if (busy || wanted === shown()) return;
  busy = true;
  let target;
  try {
    do {
      target = wanted;
      await swap();
      // Under load the page follows a few times a second, not with every message.
      await new Promise((resolve) => setTimeout(resolve, 250));
    } while (target !== wanted);
  } catch {
    tell(false);
  } finally {
    busy = false;
  }
}

const source = new EventSource(box.dataset.live);
source.addEventListener("open", () => tell(true));
source.addEventListener("error", () => tell(false));
source.addEventListener("newest", (event) => {
  wanted = event.data;
  refresh();
});
