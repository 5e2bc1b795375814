import { describe, expect, test } from "bun:test";
import { ran, shipIt, yard } from "./programs.fixture.ts";
import { programCalled } from "./programs.ts";
import { commandReference } from "./reference.ts";
import { runCli } from "./testing.fixture.ts";

const out = async (program: typeof yard, ...argv: string[]): Promise<string> => {
  const { code, stdout, stderr } = await runCli(program, argv);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
};

describe("which program it is says the name it is called by", () => {
  test.each([
    ["ship-it", shipIt],
    ["/usr/local/bin/ship-it", shipIt],
    ["./ship-it.exe", shipIt],
    ["C:\\bin\\ship-it.EXE", shipIt],
    ["yard", yard],
    ["yard-linux-arm64", yard],
    ["ship-it/yard2", yard],
    ["", yard],
  ])("%p", (calledAs, program) => {
    expect(programCalled([yard, shipIt], calledAs)).toBe(program);
  });
});

describe("a program that is a command of another", () => {
  test("does the same by both names, and knows how it was called", async () => {
    await out(shipIt, "send", "cloud", "a.toml", "--json");
    expect(ran).toEqual({ program: "ship-it", args: { config: ["a.toml"] }, json: true });
    await out(yard, "ship-it", "send", "cloud", "b.toml");
    expect(ran).toEqual({ program: "yard ship-it", args: { config: ["b.toml"] }, json: false });
    await out(yard, "--json", "ship-it", "send", "local", "c.toml", "--region", "north");
    expect(ran).toEqual({ program: "yard ship-it", args: { config: ["c.toml"] }, json: true });
  });

  test("has its own name in its version, however it was called", async () => {
    for (const version of [
      await out(shipIt, "--version"),
      await out(yard, "ship-it", "--version"),
      await out(yard, "ship-it", "send", "local", "x", "-V"),
    ])
      expect(version).toMatch(/^ship-it \d+\.\d+\.\d+ /);
    expect(await out(yard, "--version")).toStartWith("yard ");
    expect(JSON.parse(await out(yard, "ship-it", "--version", "--json")).program).toBe("ship-it");
  });

  test("stands in the other's help, under its heading", async () => {
    expect(await out(yard, "--help")).toContain("\nMove:\n  ship-it     Bring things to where they belong\n");
  });

  test("a command of it that was asked of the other is found", async () => {
    const { code, stderr } = await runCli(yard, ["send", "cloud"]);
    expect(code).toBe(2);
    expect(stderr).toBe(`error: unknown command "send"\n  hint: Did you mean 'yard ship-it send'?\n`);
  });
});

describe("help three words deep", () => {
  test("of the program: as of its own name, with what must be typed", async () => {
    const own = await out(shipIt, "--help");
    expect(own).toContain("Usage: ship-it <command>");
    expect(own).toContain("Start here:\n  ship-it send local a.toml   # begin here\n");
    expect(own).toContain("'ship-it help <command>' tells");
    for (const argv of [["ship-it"], ["ship-it", "-h"], ["help", "ship-it"], ["ship-it", "help"]])
      expect(await out(yard, ...argv)).toBe(
        own
          .replaceAll(/ship-it(?=[ :])/g, "yard ship-it")
          .replace("'yard ship-it help", "'yard help ship-it"),
      );
  });

  test("of a group", async () => {
    for (const argv of [
      ["ship-it", "send"],
      ["ship-it", "send", "--help"],
      ["help", "ship-it", "send"],
      ["ship-it", "help", "send"],
      ["ship-it", "send", "help"],
      ["--quiet", "help", "ship-it", "send"],
    ])
      expect(await out(yard, ...argv)).toBe(`yard ship-it send: send things

Usage: yard ship-it send <command> [arguments] [options]

Commands:
  cloud  Go to cloud
  local  Go to local

'yard help ship-it send <command>' tells all about a command.
`);
  });

  test("of a command: its examples are as they must be typed", async () => {
    for (const argv of [
      ["help", "ship-it", "send", "cloud"],
      ["ship-it", "send", "help", "cloud"],
      ["ship-it", "send", "cloud", "-h"],
    ])
      expect(await out(yard, ...argv)).toBe(`yard ship-it send cloud: go to cloud

Usage: yard ship-it send cloud <config>… [options]

Far away.

Arguments:
  <config>  Config files

Options:
      --region NAME  Where (one of north, south)

Also: --config, --json, --verbose, --quiet, --no-color, --log-level,
      --log-format, --help, --version (see yard ship-it --help)

Examples:
  yard ship-it send cloud a.toml && yard ship-it status  # both
`);
    expect(await out(shipIt, "help", "send", "cloud")).toContain(
      "\n  ship-it send cloud a.toml && ship-it status",
    );
  });

  test.each([
    [["ship-it", "sned"], `unknown command "sned"`, "Did you mean 'yard ship-it send'?"],
    [["ship-it", "send", "clod"], `unknown command "clod"`, "Did you mean 'yard ship-it send cloud'?"],
    [
      ["ship-it", "send", "cloud"],
      "<config> is missing",
      "'yard help ship-it send cloud' shows what it takes.",
    ],
    [["ship-it", "--region", "x"], "unknown option --region", "'yard ship-it --help' lists the commands."],
    [["help", "ship-it", "zzz"], `unknown command "zzz"`, "The commands are send, status, completion."],
  ])("%p is refused with what to type instead", async (argv, message, hint) => {
    const { code, stderr } = await runCli(yard, argv);
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${message}`);
    expect(stderr).toContain(hint);
  });
});

test("the reference has every command of both, by the name of its program", async () => {
  const page = await commandReference(yard);
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual([
    "Options of every command",
    "Commands",
    "yard build",
    "yard completion",
    "ship-it send cloud",
    "ship-it send local",
    "ship-it status",
    "ship-it completion",
  ]);
  expect(page).toContain("| [`ship-it send cloud`](#ship-it-send-cloud) | Go to cloud |");
  expect(page).toContain("where there is no link: `yard ship-it`.");
  expect(page).toContain("ship-it send cloud <config>… [options]");
});
