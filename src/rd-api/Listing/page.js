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

  // Calculates digests when asked to, or reads along where somebody else asked, and shows which blocks are hashed.
  const ask = document.getElementById("ask");
  const follow = async () => {
    const bar = document.createElement("progress");
    bar.setAttribute("aria-label", "Blocks hashed");
    ask.replaceWith(bar);
    const cells = [...document.querySelectorAll("#blocks rect")];
    const count = Number(document.getElementById("blocks")?.dataset.blocks ?? 0);
    const first = cell => Math.floor(cell * count / cells.length);
    const hashed = new Uint32Array(cells.length);
    const words = document.getElementById("hashed");
    const show = (from, to) => {
      for (let cell = 0; cell < cells.length; cell++) {
        const more = Math.min(to, first(cell + 1)) - Math.max(from, first(cell));
        if (more <= 0) continue;
        hashed[cell] += more;
        cells[cell].setAttribute("fill-opacity", (hashed[cell] / (first(cell + 1) - first(cell))).toFixed(2));
      }
    };
    try {
      const answer = await fetch(ask.href, { headers: { Accept: "application/x-ndjson" } });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "", known = 0;
      for (let part; !(part = await reader.read()).done;) {
        const lines = (rest + part.value).split("\n");
        rest = lines.pop();
        for (const line of lines.map(JSON.parse)) {
          if (line.type === "file") bar.max = Math.max(1, line.block_count);
          if (line.type === "blocks") {
            show(line.first, line.first + line.digests.length);
            bar.value = known += line.digests.length;
            if (words) words.textContent = `${known.toLocaleString("en")} of ${count.toLocaleString("en")} blocks hashed`;
          }
          if (["end", "changed", "error"].includes(line.type)) return location.reload();
        }
      }
    } catch {
      // The connection broke: the link can be pressed again.
    }
    bar.replaceWith(ask);
  };
  ask?.addEventListener("click", event => {
    event.preventDefault();
    follow();
  });
  if (ask?.dataset.live !== undefined) follow();
})();
