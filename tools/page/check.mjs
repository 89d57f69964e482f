// node tools/page/check.mjs REPORT.html [DIRECTORY FOR SCREENSHOTS]
// Opens the report from disk in headless Chromium (CHROMIUM names the program) and fails on: an accessibility violation that axe-core finds, in
// either colour scheme and at either width; a page wider than a phone; a message on the console; a request of any kind; a filter that does
// not filter.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import puppeteer from "puppeteer-core";

const [page_, shots] = process.argv.slice(2);
if (!page_) {
  console.error("usage: node tools/page/check.mjs REPORT.html [DIRECTORY]");
  process.exit(1);
}
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
let bad = 0;
const complain = (text) => { bad++; console.log("BAD  " + text); };
try {
  for (const scheme of ["light", "dark"]) {
    for (const width of [1280, 390]) {
      const name = `${scheme} ${width}`;
      const page = await browser.newPage();
      // axe is put into the page by the debugger, which the page's own policy would refuse.
      await page.setBypassCSP(true);
      page.on("console", (m) => complain(`${name}: console: ${m.text()}`));
      page.on("pageerror", (e) => complain(`${name}: script: ${e.message}`));
      page.on("request", (r) => { if (!r.url().startsWith("file://")) complain(`${name}: request: ${r.url()}`); });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.setViewport({ width, height: 900 });
      await page.goto("file://" + resolve(page_));
      if (shots) await page.screenshot({ path: join(shots, `${scheme}-${width}.png`), fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) complain(`${name}: the page is ${wide} wide`);
      await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
      await page.evaluate(axe);
      const { violations, passes } = await page.evaluate(() => globalThis.axe.run());
      for (const v of violations) complain(`${name}: ${v.id} (${v.impact}): ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(" | ")}`);
      console.log(`ok   ${name}: ${passes.length} rules passed, ${violations.length} violated`);
      if (scheme === "light" && width === 1280) {
        const shown = () => page.evaluate(() => [...document.querySelectorAll("article")].filter((a) => a.offsetParent !== null || !a.hidden).filter((a) => !a.closest("[hidden]")).length);
        const all = await shown();
        await page.type("input[name=text]", "no such thing anywhere");
        if (await shown() !== 0) complain("the search shows what does not match");
        await page.evaluate(() => { document.querySelector("input[name=text]").value = ""; document.querySelector("form").dispatchEvent(new Event("input")); });
        if (await shown() !== all) complain("an empty search hides something");
        const kinds = await page.$$eval("select[name=kind] option", (os) => os.map((o) => o.value).filter(Boolean));
        for (const kind of kinds) {
          await page.select("select[name=kind]", kind);
          const wrong = await page.$$eval("article", (as, k) => as.filter((a) => !a.hidden && a.dataset.kind !== k).length, kind);
          if (wrong) complain(`kind ${kind} shows ${wrong} of another`);
        }
        console.log(`ok   filters: ${all} findings, ${kinds.length} kinds`);
      }
      await page.close();
    }
  }
} finally {
  await browser.close();
}
process.exit(bad ? 1 : 0);
