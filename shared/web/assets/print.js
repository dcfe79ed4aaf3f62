// Skriv ut and Stäng. Without JavaScript the print button stays hidden and Stäng is a plain link.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const link of document.querySelectorAll("[data-close]")) {
  link.addEventListener("click", (event) => {
    // A browser only closes windows that a script opened; otherwise the link leads on.
    if (window.opener) {
      event.preventDefault();
      window.close();
    }
  });
}
