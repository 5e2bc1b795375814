import { describe, expect, test } from "bun:test";
import { ExpectedError } from "../../base/errors.ts";
import { type Command, defineCommand } from "./command.ts";
import { Interrupted } from "./interrupted.ts";
import type { CommandTable, Program } from "./table.ts";
import { runCli } from "./testing.fixture.ts";

const seen: unknown[] = [];
const copy = defineCommand({
  summary: "Copy a file",
  description: "Copies a file to another place.",
  positionals: [
    { name: "from", description: "File to read", completes: "file" },
    { name: "to", description: "Places to write", multiple: true },
  ],
  options: {
    mode: { type: "string", value: "MODE", description: "How", choices: ["fast", "safe"], default: "safe" },
    retries: { type: "number", short: "r", description: "Further tries", min: 0, env: "COPY_RETRIES" },
    tag: { type: "string", description: "A label", multiple: true },
    force: { type: "boolean", short: "f", description: "Write over what is there" },
  },
  examples: [{ command: "tool copy a b", note: "once" }, { command: "tool copy -f a b c" }],
  async run({ globals }, args, options) {
    seen.push({ args, options, config: globals.config, json: globals.json });
    return 0;
  },
});

const failing = (error: () => unknown): Command =>
  defineCommand({
    summary: "Fail",
    run: () => Promise.reject(error()),
  });

const nested: CommandTable = {
  up: { summary: "Go up", load: async () => ({ command: failing(() => new ExpectedError("too high")) }) },
  down: { summary: "Go down", load: async () => ({ command: copy }) },
};

const commands: CommandTable = {
  copy: { summary: "Copy a file", group: "Files", aliases: ["cp"], load: async () => ({ command: copy }) },
  mend: {
    summary: "Fail in a way that can be mended",
    group: "Files",
    load: async () => ({
      command: failing(() => new ExpectedError("no room", { where: "disk 1", hint: "Delete something." })),
    }),
  },
  crash: {
    summary: "Fail in a way that is our fault",
    load: async () => ({
      command: failing(() => new TypeError("x is not a function", { cause: new Error("deep") })),
    }),
  },
  lift: { summary: "Move", load: async () => ({ commands: nested }) },
  secret: { summary: "Not shown", hidden: true, load: async () => ({ command: copy }) },
  never: { summary: "Loaded only when it runs", load: () => Promise.reject(new Error("was loaded")) },
};

const tool: Program = { name: "tool", summary: "a tool for tests", commands, start: ["tool copy a b"] };
const run = (...argv: string[]) => runCli(tool, argv);

async function values(...argv: string[]) {
  seen.length = 0;
  const { code, stderr } = await run(...argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return seen[0] as { args: object; options: Record<string, unknown>; config: string; json: boolean };
}

describe("reading the command line", () => {
  test("binds words and options, with defaults", async () => {
    const { args, options, json } = await values("copy", "a", "b", "c", "--tag=x", "--tag", "y", "-f");
    expect(args).toEqual({ from: "a", to: ["b", "c"] });
    expect(options).toMatchObject({ mode: "safe", retries: undefined, tag: ["x", "y"], force: true });
    expect(json).toBe(false);
  });

  test.each([
    [["--config", "x.toml", "copy", "a", "b"]],
    [["copy", "--config", "x.toml", "a", "b"]],
    [["copy", "a", "b", "-c", "x.toml"]],
    [["-cx.toml", "cp", "a", "b"]],
    [["--config=x.toml", "copy", "a", "--", "b"]],
  ])("global options may stand before or after the command: %p", async (argv) => {
    expect(await values(...argv)).toMatchObject({ config: "x.toml", args: { from: "a", to: ["b"] } });
  });

  test("what is not given comes from the environment", async () => {
    seen.length = 0;
    await runCli(tool, ["copy", "a", "b"], { env: { COPY_RETRIES: "7", CONFIG_PATH: "/etc/x.toml" } });
    expect(seen).toMatchObject([{ config: "/etc/x.toml", options: { retries: 7 } }]);
    const bad = await runCli(tool, ["copy", "a", "b"], { env: { COPY_RETRIES: "many" } });
    expect(bad.stderr).toContain('COPY_RETRIES is "many", expected a number');
  });

  test("numbers may be negative, and words may be dashes or follow --", async () => {
    expect((await run("copy", "a", "b", "-r", "-1")).stderr).toContain("-r is -1, expected at least 0");
    expect(await values("copy", "-", "--", "-x")).toMatchObject({ args: { from: "-", to: ["-x"] } });
  });

  test.each([
    [["cpoy"], 'unknown command "cpoy"', "Did you mean 'tool copy'?"],
    [["zzz"], 'unknown command "zzz"', "The commands are copy, mend, crash, lift, never."],
    [["constructor"], 'unknown command "constructor"', "The commands are"],
    [["lift", "dwon"], 'unknown command "dwon"', "Did you mean 'tool lift down'?"],
    [["copy", "a", "b", "--tga", "x"], "unknown option --tga", "Did you mean --tag?"],
    [["copy", "a", "b", "--confg", "x"], "unknown option --confg", "Did you mean --config?"],
    [["--force", "copy", "a", "b"], "unknown option --force", "Options of a command come after its name"],
    [["copy", "a", "b", "-x"], "unknown option -x", "'tool help copy' shows what it takes."],
    [
      ["copy", "a", "b", "--mode", "sfe"],
      '--mode is "sfe", expected one of fast, safe',
      'Did you mean "safe"?',
    ],
    [["copy", "a", "b", "--retries", "x"], '--retries is "x", expected a number', "'tool help copy'"],
    [["copy", "a", "b", "--tag", "--force"], "--tag needs a value: string", "write --tag=--force"],
    [["copy", "a", "b", "--tag"], "--tag needs a value: string", "'tool help copy'"],
    [["copy", "a", "b", "--force=yes"], "--force takes no value", "'tool help copy'"],
    [["copy"], "<from> is missing: File to read", "'tool help copy'"],
    [["copy", "a"], "<to> is missing: Places to write", "'tool help copy'"],
    [["mend", "x"], 'unexpected argument "x"', "'tool help mend'"],
  ])("%p is refused with exit status 2", async (argv, message, hint) => {
    const { code, stdout, stderr } = await run(...argv);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain(hint);
  });
});

describe("help", () => {
  test("of the program loads no command", async () => {
    for (const argv of [[], ["--help"], ["-h"], ["help"], ["--json", "-h"]]) {
      const { code, stdout, stderr } = await run(...argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toBe(`tool: a tool for tests

Usage: tool <command> [arguments] [options]

Files:
  copy   Copy a file
  mend   Fail in a way that can be mended

Commands:
  crash  Fail in a way that is our fault
  lift   Move
  never  Loaded only when it runs

Options:
  -c, --config FILE        Agent config file (or CONFIG_PATH)
      --json               Print JSON for programs instead of text for people
      --verbose            Say more; show stack traces of errors
  -q, --quiet              Print the result only
      --no-color           No colours (also: NO_COLOR=1)
      --log-level LEVEL    Least severe log lines to write; default: LOG_LEVEL,
                           else info (one of trace, debug, info, warn, error,
                           fatal, silent)
      --log-format FORMAT  How log lines look; default: LOG_FORMAT, else auto
                           (one of auto, json, pretty)
  -h, --help               Show help
  -V, --version            Show the version

Start here:
  tool copy a b

'tool help <command>' tells all about a command.
`);
    }
  });

  test("of a command, however it is asked for and whatever else is wrong", async () => {
    for (const argv of [
      ["help", "copy"],
      ["copy", "--help"],
      ["--help", "copy"],
      ["cp", "-h"],
      ["copy", "--wrong", "-h"],
    ]) {
      const { code, stdout } = await run(...argv);
      expect(code).toBe(0);
      expect(stdout).toBe(`tool copy: copy a file

Usage: tool copy <from> <to>… [options]

Copies a file to another place.

Arguments:
  <from>  File to read
  <to>    Places to write

Options:
      --mode MODE       How (one of fast, safe; default: safe)
  -r, --retries NUMBER  Further tries (or COPY_RETRIES)
      --tag STRING      A label (may be repeated)
  -f, --force           Write over what is there

Also: --config, --json, --verbose, --quiet, --no-color, --log-level,
      --log-format, --help, --version (see tool --help)

Examples:
  tool copy a b  # once
  tool copy -f a b c
`);
    }
  });

  test("of a group of commands", async () => {
    for (const argv of [["lift"], ["help", "lift"], ["lift", "--help"]]) {
      expect((await run(...argv)).stdout).toBe(`tool lift: move

Usage: tool lift <command> [arguments] [options]

Commands:
  up    Go up
  down  Go down

'tool help lift <command>' tells all about a command.
`);
    }
    expect((await run("help", "lift", "down")).stdout).toStartWith("tool lift down: copy a file\n");
  });

  test("-h after -- is a word", async () => {
    expect(await values("copy", "a", "--", "-h")).toMatchObject({ args: { to: ["-h"] } });
  });
});

describe("errors and exit status", () => {
  test("a failure that can be mended: the fact, the place, the remedy", async () => {
    const { code, stderr } = await run("mend");
    expect(code).toBe(1);
    expect(stderr).toBe("error: no room\n  at disk 1\n  hint: Delete something.\n");
  });

  test("with --json it is an object on standard error", async () => {
    const { code, stdout, stderr } = await run("mend", "--json");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(JSON.parse(stderr)).toEqual({
      error: { message: "no room", where: "disk 1", hint: "Delete something." },
    });
  });

  test("a defect says that it is one; the stacks are shown with --verbose only", async () => {
    const { code, stderr } = await run("crash");
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: x is not a function\n  This is a defect of tool, not of what you did.\n" +
        "  hint: Run it again with --verbose, and please report it with that output.\n",
    );
    const verbose = await run("crash", "--verbose");
    expect(verbose.stderr).toMatch(/TypeError: x is not a function\n\s+at /);
    expect(verbose.stderr).toMatch(/caused by: Error: deep\n\s+at /);
    expect(JSON.parse((await run("crash", "--json")).stderr)).toEqual({
      error: { message: "x is not a function", defect: true },
    });
  });

  test("subcommands of a group fail like others", async () => {
    expect(await run("lift", "up")).toEqual({ code: 1, stdout: "", stderr: "error: too high\n" });
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["EPIPE", 0],
  ] as const)("a command that %s ended says nothing and exits with %d", async (by, expected) => {
    const controller = new AbortController();
    const waits = defineCommand({
      summary: "Wait",
      run: ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const waiting = runCli(
      { ...tool, commands: { waits: { summary: "Wait", load: async () => ({ command: waits }) } } },
      ["waits"],
      { signal: controller.signal },
    );
    setImmediate(() => controller.abort(new Interrupted(by)));
    expect(await waiting).toEqual({ code: expected, stdout: "", stderr: "" });
  });

  test("a real failure during an interruption is still told", async () => {
    const controller = new AbortController();
    controller.abort(new Interrupted("SIGINT"));
    expect((await runCli(tool, ["mend"], { signal: controller.signal })).code).toBe(1);
  });
});

test("the version stands alone on a line, or in JSON", async () => {
  for (const argv of [["--version"], ["-V"], ["copy", "a", "b", "--version"]]) {
    expect((await run(...argv)).stdout).toMatch(/^tool \d+\.\d+\.\d+ \(source\)\n$/);
  }
  expect(JSON.parse((await run("--version", "--json")).stdout)).toMatchObject({
    program: "tool",
    commit: "source",
  });
});
