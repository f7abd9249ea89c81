// Opens pages in headless Chromium as a list of visits on standard input asks, and prints what was
// found: serious violations of accessibility, messages of the console, requests that left.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { chromium } = require("playwright-core");

const axe = fs.readFileSync(path.join(path.dirname(require.resolve("axe-core")), "axe.min.js"), "utf8");

const visit = async (browser, asked) => {
  const context = await browser.newContext({
    colorScheme: asked.scheme || "light",
    javaScriptEnabled: asked.script !== false,
    viewport: { width: asked.width || 1280, height: 900 },
    // Nothing is allowed to leave: a request fails, and is reported.
    offline: true,
  });
  const page = await context.newPage();
  const messages = [];
  const requests = [];
  page.on("console", (each) => messages.push(each.text()));
  page.on("pageerror", (each) => messages.push(each.message));
  page.on("dialog", (each) => {
    messages.push("dialog: " + each.message());
    each.dismiss();
  });
  page.on("request", (each) => requests.push(each.url()));
  await page.goto("file://" + asked.file);
  if (asked.media) {
    await page.emulateMedia({ media: asked.media });
    // What a style shows or hides by its medium is settled with the next picture.
    await page.screenshot();
  }
  for (const [what, where, value] of asked.steps || []) {
    if (what === "fill") await page.fill(where, value);
    else if (what === "select") await page.selectOption(where, value);
    else if (what === "press") await page.press(where, value);
    else await page.click(where);
  }
  const answers = {};
  for (const [name, expression] of Object.entries(asked.ask || {}))
    answers[name] = await page.evaluate(expression);
  let violations = [];
  let checked = 0;
  if (asked.axe) {
    await page.evaluate(axe);
    const found = await page.evaluate("axe.run(document, {resultTypes: ['violations']})");
    checked = found.passes.length;
    violations = found.violations.map((each) => ({
      rule: each.id,
      impact: each.impact,
      where: each.nodes.slice(0, 5).map((node) => node.html + " " + node.failureSummary),
    }));
  }
  await context.close();
  return { messages, requests, answers, violations, checked };
};

const main = async () => {
  const [executablePath] = process.argv.slice(2);
  const visits = JSON.parse(fs.readFileSync(0, "utf8"));
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  try {
    const found = [];
    for (const each of visits) found.push(await visit(browser, each));
    process.stdout.write(JSON.stringify(found));
  } finally {
    await browser.close();
  }
};

main().catch((error) => {
  process.stderr.write(String(error.stack || error));
  process.exit(1);
});
