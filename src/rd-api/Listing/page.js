// What a page can do more with JavaScript; it is complete without.
"use strict";
(() => {
  const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  for (const time of document.querySelectorAll("time")) {
    const date = new Date(time.dateTime);
    if (isNaN(date)) continue;
    const seconds = (date - Date.now()) / 1000;
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ["second", 1];
    time.title = `${words.format(Math.round(seconds / size), unit)}: ${date.toLocaleString()}`;
  }
  for (const pre of document.querySelectorAll(".type pre")) {
    if (!navigator.clipboard) break;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy: ${pre.dataset.what}`);
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(pre.textContent);
      button.textContent = "Copied";
    });
    pre.after(button);
  }
})();
