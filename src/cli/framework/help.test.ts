import { describe, expect, test } from "bun:test";
import { run, seen } from "./tool.fixture.ts";

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
    seen.length = 0;
    await run("copy", "a", "--", "-h");
    expect(seen).toMatchObject([{ args: { to: ["-h"] } }]);
  });
});
