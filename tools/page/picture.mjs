// node tools/page/picture.mjs WORLD OUT.png
// Draws an issue and a pull request as `mooring demo WORLD` wrote them, side by side, for the README. What is seen is real output: only the
// frame and the titles are drawn here.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { marked } from "marked";
import puppeteer from "puppeteer-core";

const [world, out] = process.argv.slice(2);
const read = (name) => readFileSync(join(world, "out", name), "utf8");
const card = (kind, file) => {
  const text = read(file);
  const title = /^# (.*)$/m.exec(text)?.[1] ?? "";
  const body = text.replace(/^# .*$/m, "").replace(/<!--[\s\S]*?-->/g, "");
  return `<section class="${kind}"><header><span>${kind === "issue" ? "Open issue" : "Open pull request"}</span><h1>${title || (kind === "issue" ? "Drift in infra/prod" : "Adopt what is live in infra/data")}</h1></header><article>${marked.parse(body)}${kind === "pull" ? patch(file.replace(".md", ".patch")) : ""}</article></section>`;
};
const escape = (t) => t.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const patch = (file) => "<pre>" + read(file).split("\n").filter((l) => /^[-+ @]/.test(l) && !/^--- |^\+\+\+ |^-- $/.test(l)).slice(0, 40)
  .map((l) => `<span class="${l[0] === "+" ? "add" : l[0] === "-" ? "del" : ""}">${escape(l) || " "}</span>`).join("") + "</pre>";
const html = `<!doctype html><meta charset="utf-8"><style>
*{box-sizing:border-box}body{margin:0;padding:24px;background:#f6f8fa;color:#1f2328;font:14px/1.5 system-ui,sans-serif;display:grid;grid-template-columns:1fr 1fr;gap:24px;width:1760px}
section{background:#fff;border:1px solid #d0d7de;border-radius:10px;padding:22px 26px;height:820px;overflow:hidden;position:relative}
section::after{content:"";position:absolute;inset:auto 0 0 0;height:70px;background:linear-gradient(#fff0,#fff)}
h1{font-size:24px;font-weight:500;margin:10px 0 14px;border-bottom:1px solid #d0d7de;padding-bottom:12px}h2,h3{font-size:17px;margin:18px 0 8px}
header span{color:#fff;background:#1a7f37;border-radius:2em;padding:3px 12px;font-weight:600;font-size:13px}.pull header span{background:#0969da}
table{border-collapse:collapse;font-size:13px;width:100%}td,td code{overflow-wrap:anywhere}.issue td:nth-child(1){width:27%}.issue td:nth-child(2){width:20%}.issue td:last-child{width:33%}.pull td:nth-child(1){width:22%}.pull td:nth-child(2){width:16%}.pull td:nth-child(5){width:27%}.pull td:nth-child(6){width:14%}
.add{color:#116329;background:#dafbe1}.del{color:#82071e;background:#ffebe9}pre span{display:block}th,td{border:1px solid #d0d7de;padding:5px 9px;text-align:left;vertical-align:top}th{background:#f6f8fa}
code{font:12px ui-monospace,monospace;background:#eff1f3;padding:.15em .35em;border-radius:5px}pre{background:#f6f8fa;padding:12px;border-radius:6px;overflow:hidden}pre code{background:none;padding:0}
a{color:#0969da;text-decoration:none}</style>${card("issue", "issues/infra-prod.md")}${card("pull", "pulls/infra-data.md")}`;
const browser = await puppeteer.launch({ executablePath: process.env.CHROMIUM || "/usr/bin/chromium", headless: true, args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"] });
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 1760, height: 868 });
  await page.setContent(html);
  await page.screenshot({ path: resolve(out), fullPage: false });
} finally {
  await browser.close();
}
