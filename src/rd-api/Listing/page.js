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
  // Behind a proxy only the browser knows the URL.
  for (const part of document.querySelectorAll("[data-url]")) {
    const here = location.origin + location.pathname;
    for (const pre of part.querySelectorAll("pre")) pre.textContent = pre.textContent.replace(part.dataset.url, here);
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

  // Calculates digests when asked to, and shows how far it is.
  const ask = document.getElementById("ask");
  ask?.addEventListener("click", async event => {
    event.preventDefault();
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", "Blocks hashed");
    ask.replaceWith(bar);
    const answer = await fetch(ask.href, { headers: { Accept: "application/x-ndjson" } });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "", known = 0;
    for (let part; !(part = await reader.read()).done;) {
      const lines = (rest + part.value).split("\n");
      rest = lines.pop();
      for (const line of lines.map(JSON.parse)) {
        if (line.type === "file") bar.max = Math.max(1, line.block_count);
        if (line.type === "blocks") bar.value = known += line.digests.length;
        if (["end", "changed", "error"].includes(line.type)) location.reload();
      }
    }
  });
})();
