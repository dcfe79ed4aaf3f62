// Asks how far BankID has come, and turns the QR code each second. Without JavaScript the page has a link that fetches
// it again.
const box = document.querySelector("[data-bankid]");
const message = box.querySelector("[data-message]");
const image = box.querySelector("[data-src]");
let waiting = box.dataset.state === "waiting";
let turns = 0;

// What only helps until the app has been started: the code, and the link that starts it here.
function show() {
  for (const part of box.querySelectorAll("[data-waiting]")) part.hidden = !waiting;
}

function turn() {
  if (!waiting) return;
  turns += 1;
  image.src = `${image.dataset.src}?n=${turns}`;
}

async function ask() {
  try {
    const answer = await fetch(box.dataset.bankid, { headers: { accept: "application/json" }, cache: "no-store" });
    if (!answer.ok) throw new Error(answer.statusText);
    const status = await answer.json();
    if (status.state === "ended") {
      location.assign(status.next);
      return;
    }
    waiting = status.state === "waiting";
    show();
    // A screen reader reads the line again only when it has changed.
    if (message.textContent !== status.message) message.textContent = status.message;
  } catch {
    // The network may be back at the next try.
  }
  setTimeout(ask, 2000);
}

show();
if (image) setInterval(turn, 1000);
setTimeout(ask, 2000);
