import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duration } from "../../base/duration.ts";
import { capture } from "../framework/testing.fixture.ts";
import { colors, wantsColor } from "./colors.ts";
import { relativeTime } from "./relative-time.ts";
import { spinner } from "./spinner.ts";
import { fileOutput } from "./streams.ts";
import { keyValues, table } from "./table.ts";
import { truncate, wrap } from "./wrap.ts";

describe("colours", () => {
  test.each([
    [{}, true, false, true],
    [{}, false, false, false],
    [{}, true, true, false],
    [{ NO_COLOR: "1" }, true, false, false],
    [{ NO_COLOR: "" }, true, false, true],
    [{ FORCE_COLOR: "1" }, false, false, true],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, false, true],
    [{ FORCE_COLOR: "0" }, true, false, false],
    [{ FORCE_COLOR: "1" }, true, true, false],
    [{ TERM: "dumb" }, true, false, false],
  ])("%p on a terminal: %p, --no-color: %p → %p", (env, isTTY, noColor, expected) => {
    expect(wantsColor(env, isTTY, noColor)).toBe(expected);
  });

  test("are nothing when they are off", () => {
    expect(colors(false).red("x")).toBe("x");
    expect(colors(true).red("x")).toBe("\u001b[31mx\u001b[39m");
    expect(colors(true).red("")).toBe("");
  });
});

describe("tables", () => {
  const columns = [
    { title: "ID" },
    { title: "LOAD", align: "right" as const },
    { title: "DESCRIPTION", shrinks: true },
  ];
  const rows = [
    ["writer", "5 %", "writes long texts about everything there is"],
    ["編集者", "100 %", "edits 👩‍💻 them"],
  ];

  test("align by Unicode width", () => {
    expect(table(columns, rows, capture())).toBe(
      [
        "ID       LOAD  DESCRIPTION",
        "writer    5 %  writes long texts about everything there is",
        "編集者  100 %  edits 👩‍💻 them",
        "",
      ].join("\n"),
    );
  });

  test("are cut to the width of a terminal, and never in a pipe", () => {
    const narrow = table(columns, rows, capture({ isTTY: true, columns: 40 }));
    expect(narrow).toBe(
      [
        "ID       LOAD  DESCRIPTION",
        "writer    5 %  writes long texts about …",
        "編集者  100 %  edits 👩‍💻 them",
        "",
      ].join("\n"),
    );
    for (const line of narrow.split("\n")) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(40);
  });

  test("colours do not disturb the columns", () => {
    const plain = table(columns, rows, capture({ color: false }));
    expect(Bun.stripANSI(table(columns, rows, capture({ color: true })))).toBe(plain);
  });

  test("of no rows are a header", () => {
    expect(table([{ title: "A" }], [], capture())).toBe("A\n");
  });

  test("key and value", () => {
    expect(
      keyValues(
        [
          ["id", "writer"],
          ["notes", "one\ntwo"],
        ],
        capture(),
      ),
    ).toBe("id     writer\nnotes  one\n       two\n");
  });
});

describe("texts", () => {
  test("are wrapped at spaces", () => {
    expect(wrap("the quick brown fox\njumps", 9)).toEqual(["the quick", "brown fox", "jumps"]);
    expect(wrap("unbreakable word", 5)).toEqual(["unbreakable", "word"]);
    expect(wrap("", 5)).toEqual([""]);
  });

  test("are truncated by width, never within a character", () => {
    expect(truncate("hello", 5)).toBe("hello");
    expect(truncate("hello!", 5)).toBe("hell…");
    expect(truncate("編集者", 4)).toBe("編…");
    expect(truncate("👩‍💻👩‍💻👩‍💻", 4)).toBe("👩‍💻…");
    expect(truncate("x", 0)).toBe("");
  });
});

test.each([
  [500, "now"],
  [-5_000, "now"],
  [1_000, "1 s ago"],
  [59_999, "59 s ago"],
  [60_000, "1 min ago"],
  [3_600_000, "1 h ago"],
  [3 * 86_400_000, "3 d ago"],
])("%d ms before now is %p", (ms, text) => {
  expect(relativeTime(1e12 - ms, 1e12)).toBe(text);
});

test.each([
  [0.4, "0 ms"],
  [999, "999 ms"],
  [1_000, "1.0 s"],
  [59_900, "59.9 s"],
  [185_000, "3 min 5 s"],
])("%d ms last %p", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

describe("the spinner", () => {
  const still = () => () => {};

  test("writes nothing of its own where there is no terminal", () => {
    const out = capture();
    const spin = spinner(out);
    spin.say("working");
    spin.above("a line\n");
    spin.stop();
    expect(out.text).toBe("a line\n");
  });

  test("keeps one line at the bottom of a terminal and takes it away", () => {
    const out = capture({ isTTY: true, columns: 20 });
    const spin = spinner(out, still);
    spin.say("working on a very long\nthing");
    spin.above("done: 1\n");
    spin.stop();
    spin.stop();
    expect(out.text.replaceAll("\r\u001b[2K", "<")).toBe(
      "<⠋ working on a ver…<done: 1\n<⠙ working on a ver…<",
    );
  });
});

describe("output to a file descriptor", () => {
  const path = join(tmpdir(), `output-${process.pid}`);
  const options = { isTTY: false, color: false, columns: () => 80 };

  test("is written when write returns", () => {
    const fd = openSync(path, "w");
    const text = "é".repeat(100_000);
    fileOutput(fd, { ...options, onClosed: () => {} }).write(text);
    expect(readFileSync(path, "utf8")).toBe(text);
    closeSync(fd);
  });

  test("a disk that is full is told as one; of standard error nobody can be told", async () => {
    const source = `
      import { fileOutput } from ${JSON.stringify(join(import.meta.dir, "streams.ts"))};
      const options = { isTTY: false, color: false, columns: () => 80, onClosed() {} };
      fileOutput(2, options).write("lost");
      try { fileOutput(1, options).write("lost"); } catch ({ name, message }) { await Bun.write(process.argv[1], name + ": " + message); }`;
    const full = Bun.spawn([
      "sh",
      "-c",
      '"$0" -e "$1" "$2" > /dev/full 2> /dev/full',
      process.execPath,
      source,
      path,
    ]);
    expect(await full.exited).toBe(0);
    expect(readFileSync(path, "utf8")).toBe(
      "ExpectedError: the output cannot be written: no space is left on the disk",
    );
  });

  test("a reader that went away is told once, and the rest is dropped", async () => {
    const source = `
      import { fileOutput } from ${JSON.stringify(join(import.meta.dir, "streams.ts"))};
      let closed = 0;
      const out = fileOutput(1, { isTTY: false, color: false, columns: () => 80, onClosed: () => { closed++; } });
      for (let i = 0; i < 1000; i++) out.write("x".repeat(1000) + "\\n");
      process.stderr.write(String(closed));`;
    const reader = Bun.spawn(["sh", "-c", '"$0" -e "$1" | head -n 1', process.execPath, source], {
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(reader.stdout).text()).toBe(`${"x".repeat(1000)}\n`);
    expect(await new Response(reader.stderr).text()).toBe("1");
  });
});
