import { expect, test } from "bun:test";
import { htmlToReadable } from "./markdown.ts";

const signal = new AbortController().signal;
const read = (html: string, url = "https://site.test/docs/page") => htmlToReadable(html, url, signal);

test("headings, lists, tables, code and emphasis", async () => {
  const { markdown } = await read(`<main>
    <h2>Prices</h2><ul><li>one</li><li>two</li></ul>
    <table><tr><th>Item</th><th>Price</th></tr><tr><td>Pear</td><td>1 | 2</td></tr></table>
    <pre><code class="language-js">if (a &lt; b) {}</code></pre><p>So <em>very</em> <strong>good</strong> &amp; cheap.</p></main>`);
  expect(markdown).toBe(
    [
      "## Prices",
      "- one\n- two",
      "| Item | Price |\n| --- | --- |\n| Pear | 1 \\| 2 |",
      "```js\nif (a < b) {}\n```",
      "So *very* **good** & cheap.",
    ].join("\n\n"),
  );
});

test("of a page with a main part only that, without menus, forms and footers", async () => {
  const { title, markdown } = await read(`<html><head><title> The
    title </title><style>p{}</style></head><body><header>Logo</header><nav>Menu</nav>
    <main><p>The text.</p><aside>Ads</aside><form><button>Buy</button></form><p hidden>Trap</p><script>evil()</script></main>
    <footer>Imprint</footer></body></html>`);
  expect(title).toBe("The title");
  expect(markdown).toBe("The text.");
});

test("of a page without one, everything that is not furniture", async () => {
  const long = "word ".repeat(100).trim();
  const { markdown } = await read(
    `<body><nav>Menu</nav><div class="x"><p>${long}</p></div><footer>Imprint</footer></body>`,
  );
  expect(markdown).toBe(long);
});

test("the title is found without a head too, and a drawing's title is none", async () => {
  const page = "<title>T &amp; U</title><main><svg><title>icon</title></svg><p>text</p></main>";
  expect(await read(page)).toEqual({ title: "T & U", markdown: "text" });
});

test("a title that comes in two pieces is whole", async () => {
  const { title } = await read(`<title>${"a word ".repeat(4000)}</title><main>text</main>`);
  expect(title).toBe("a word ".repeat(4000).trim());
});

test("a main part that a script would have filled is no reason to show nothing", async () => {
  const { markdown } = await read(
    "<body><div>Before</div><main><div id='app'></div></main><p>After</p></body>",
  );
  expect(markdown).toBe("Before\n\nAfter");
});

test("a fragment is a page too", async () => {
  expect(await read("<p>Hello <b>world</b></p>")).toEqual({ title: "", markdown: "Hello **world**" });
  expect(await read("just text")).toEqual({ title: "", markdown: "just text" });
  expect(await read("")).toEqual({ title: "", markdown: "" });
});

test("a page that is nothing but a form is shown as text", async () => {
  expect((await read("<form><label>Your name</label></form>")).markdown).toBe("Your name");
});

test("what is folded away in details is plain Markdown", async () => {
  const { markdown } = await read(
    "<main><details><summary>More</summary><p>See <a href='x'>x</a></p></details></main>",
  );
  expect(markdown).toBe("More\n\nSee [x](https://site.test/docs/x)");
});

test("links are absolute, from the page's base if it names one; scripts and inline images go", async () => {
  const page = (base: string) => `<html><head>${base}</head><body><main>
    <p><a href="a.html">A</a> <a href="/b">B</a> <a href="//cdn.test/c">C</a> <a href="javascript:evil()">D</a>
    <img src="data:image/png;base64,AAAA" alt="pixel"><img src="i.png" alt="pic"></p></main></body></html>`;
  expect((await read(page(""))).markdown.replace(/\s+/g, " ")).toBe(
    "[A](https://site.test/docs/a.html) [B](https://site.test/b) [C](https://cdn.test/c) D ![pic](https://site.test/docs/i.png)",
  );
  expect((await read(page('<base href="/other/">'))).markdown).toContain(
    "[A](https://site.test/other/a.html)",
  );
});

const SIZE = 256 * 1024;
const filled = (piece: string) => piece.repeat(Math.ceil(SIZE / piece.length));

test.each([
  ["open tags", filled("<div>")],
  ["formatting tags", filled("<b><i>")],
  ["angle brackets", filled("<")],
  ["half tags", filled("<a ")],
  ["an attribute without end", `<a href="${filled("x")}`],
  ["attributes", `<p ${filled("a=1 ")}>`],
  ["entities", `<p>${filled("&amp;")}`],
  ["comments", filled("<!--")],
  ["quotes", filled("<blockquote>x")],
  ["lists", filled("<ul><li>x")],
  ["tables", filled("<table><tr><td>x")],
  ["backticks", `<pre>${filled("`")}</pre>`],
  ["ordinary paragraphs", filled("<p>Some <a href='/x'>text</a>, and more.</p>")],
])(
  "a quarter of a megabyte of %s is converted piece by piece, and others get their turn",
  async (_, html) => {
    let turns = 0;
    let running = true;
    const count = () => {
      turns += 1;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const result = await read(html);
    running = false;
    expect(typeof result.markdown).toBe("string");
    expect(turns).toBeGreaterThanOrEqual(SIZE / (16 * 1024));
  },
);

test("stops between two pieces when the call is cancelled", async () => {
  const abort = new AbortController();
  const running = htmlToReadable(filled("<p>text</p>"), "https://site.test/", abort.signal);
  setImmediate(() => abort.abort(new Error("out of time")));
  await expect(running).rejects.toThrow("out of time");
});
