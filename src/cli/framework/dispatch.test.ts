import { describe, expect, test } from "bun:test";
import { defineCommand } from "./command.ts";
import { Interrupted } from "./interrupted.ts";
import { runCli } from "./testing.fixture.ts";
import { run, tool } from "./tool.fixture.ts";

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

  test.each([
    [
      Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", path: "/mnt/a" }),
      "error: no space is left on the disk\n  at /mnt/a\n  hint: Make room there, or name another place.\n",
    ],
    [Object.assign(new Error("x"), { code: "EISDIR" }), "error: it is a folder\n  hint: Name a file.\n"],
    [
      new RangeError("Out of memory"),
      "error: there is not enough memory\n  hint: Close other programs, or give less at a time.\n",
    ],
  ])("what the machine refuses is no defect: %p", async (thrown, told) => {
    const fails = defineCommand({ summary: "Fail", run: () => Promise.reject(thrown) });
    const commands = { fails: { summary: "Fail", load: async () => ({ command: fails }) } };
    expect(await runCli({ ...tool, commands }, ["fails"])).toEqual({ code: 1, stdout: "", stderr: told });
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

  test("an error that nothing caught is what a command failed with, however it ends by it", async () => {
    for (const end of [async () => 0 as const, () => Promise.reject(new Error("and so it went"))]) {
      const stops = defineCommand({ summary: "Stop", run: end });
      const commands = { stops: { summary: "Stop", load: async () => ({ command: stops }) } };
      const controller = new AbortController();
      controller.abort(new TypeError("stray"));
      const { code, stderr } = await runCli({ ...tool, commands }, ["stops"], { signal: controller.signal });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^error: stray\n {2}This is a defect/),
      });
    }
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
