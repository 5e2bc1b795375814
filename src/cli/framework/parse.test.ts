import { describe, expect, test } from "bun:test";
import { runCli } from "./testing.fixture.ts";
import { run, seen, tool } from "./tool.fixture.ts";

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
    [["hepl"], 'unknown command "hepl"', "Did you mean 'tool help'?"],
    [["version"], 'unknown command "version"', "Did you mean 'tool --version'?"],
    [["copy", "a", "b", "-r", "10"], "-r is 10, expected at most 9", "'tool help copy'"],
    [["copy", "a", "b", "-r", "1.5"], "-r is 1.5, expected a whole number", "'tool help copy'"],
    [["cpoy"], 'unknown command "cpoy"', "Did you mean 'tool copy'?"],
    [["zzz"], 'unknown command "zzz"', "The commands are copy, mend, crash, lift, never."],
    [["my.toml"], "my.toml is a file, not a command", "A config stands after the command; 'tool --help'"],
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
