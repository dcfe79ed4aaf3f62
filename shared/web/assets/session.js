// Warns before the session ends without use, and leads on when it has ended (R44). Without JavaScript the next click
// tells.
const box = document.querySelector("[data-ends-s]");
const keep = box.querySelector("[data-keep]");
const ends = box.dataset.endsS * 1000;
const warns = box.dataset.warnsS * 1000;
// Other windows of the same session: use in one is use in all.
const windows = new BroadcastChannel("bevaka-session");
let used;

function restart() {
  used = Date.now();
  box.hidden = true;
}

// Timers sleep while a computer does, so that the clock is asked again and again.
function look() {
  const unused = Date.now() - used;
  if (unused > ends + 1000) {
    // The server decides what this address answers now: the page where one signs in, with the reason.
    location.assign(location.pathname + location.search);
  } else if (unused > ends - warns) {
    box.hidden = false;
  }
}

keep.addEventListener("click", async (event) => {
  event.preventDefault();
  try {
    const answer = await fetch(keep.href, { redirect: "manual", cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    windows.postMessage("used");
    restart();
  } catch {
    location.assign(keep.href);
  }
});
windows.addEventListener("message", restart);
windows.postMessage("used");
restart();
setInterval(look, 1000);
