import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { manualClock } from "../../../test/peers/manual-clock.ts";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { toolContext } from "../../../test/peers/tool-context.ts";
import { until } from "../../../test/peers/until.ts";
import { type Logger, silent } from "../../log/logger.ts";
import { call, mcpOpener, names, stdio } from "./testing.fixture.ts";

const open = mcpOpener();

/** A logger that keeps its warnings. */
function keeping(): { log: Logger; warnings: [object, string][] } {
  const warnings: [object, string][] = [];
  const log: Logger = {
    ...silent,
    warn: (fields, message) => warnings.push([fields, message]),
    child: () => log,
  };
  return { log, warnings };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe.each([
  ["both", "2026-07-28"],
  ["modern", "2026-07-28"],
  ["legacy", "2025-11-25"],
])("by stdio, server of era %s", (era, protocol) => {
  test("every tool appears and can be called (FR-009)", async () => {
    const server = await open(stdio(era));
    expect(names(server)).toEqual([
      "srv_add",
      "srv_files_list_all",
      "srv_hang",
      "srv_die",
      "srv_fail",
      "srv_throw",
      "srv_mixed",
      "srv_structured",
      "srv_environment",
      "srv_process",
      "srv_report",
      "srv_grow",
    ]);
    expect(await server.check?.()).toEqual({
      status: "healthy",
      server: "test-server 1.2.3",
      protocol,
      tools: 12,
    });
    expect(await call(server, "srv_add", { a: 1, b: 2 })).toEqual({ content: "3", metadata: { blocks: 1 } });
    expect((await call(server, "srv_files_list_all")).content).toBe("listed");
  });

  test("a tool list that changes is taken over", async () => {
    const server = await open(stdio(era));
    await call(server, "srv_grow");
    await until("the new tool", () => names(server).includes("srv_grown"));
    expect((await call(server, "srv_grown")).content).toBe("hello");
  });

  test("a server that dies during a call gives an error, and the next call a new server", async () => {
    const server = await open(stdio(era));
    await expect(call(server, "srv_die")).rejects.toThrow("the MCP server went away during the call");
    expect(await server.check?.()).toMatchObject({ status: "degraded" });
    expect((await call(server, "srv_add", { a: 20, b: 22 })).content).toBe("42");
    expect(await server.check?.()).toMatchObject({ status: "healthy" });
  });

  test("a hanging tool is left when the call is cancelled, and the server lives on", async () => {
    const server = await open(stdio(era));
    const abort = new AbortController();
    const hanging = call(server, "srv_hang", {}, toolContext(abort.signal));
    expect((await call(server, "srv_add", { a: 1, b: 1 })).content).toBe("2");
    abort.abort(new Error("out of time"));
    await expect(hanging).rejects.toThrow("out of time");
    expect((await call(server, "srv_add", { a: 2, b: 2 })).content).toBe("4");
  });

  test("progress is passed on", async () => {
    const server = await open(stdio(era));
    const abort = new AbortController();
    const ctx = toolContext(abort.signal);
    const reporting = call(server, "srv_report", {}, ctx);
    await until("progress", () => ctx.said.length > 0);
    expect(ctx.said).toEqual(["half way"]);
    abort.abort(new Error("seen enough"));
    await expect(reporting).rejects.toThrow("seen enough");
  });
});

describe("results", () => {
  test("content of all kinds becomes text", async () => {
    const server = await open(stdio("both"));
    expect((await call(server, "srv_mixed")).content.split("\n\n")).toEqual([
      "before",
      "[image: image/png, 70 bytes, not shown]",
      "[resource: file:///notes.txt]\nnoted",
      "[resource: file:///blob, application/x-thing, 70 bytes, not shown]",
      "[resource: doc, https://example.com/doc: A document]",
    ]);
    expect((await call(server, "srv_structured")).content).toBe('{"celsius":21.5}');
  });

  test("a tool that failed says so, and so does one that threw (FR-011)", async () => {
    const server = await open(stdio("both"));
    expect(await call(server, "srv_fail")).toMatchObject({ isError: true, content: "the disk is on fire" });
    expect(await call(server, "srv_throw")).toMatchObject({ isError: true, content: "it broke" });
  });

  test("arguments are checked against the server's schema before anything is sent (FR-011, NFR-005)", async () => {
    const server = await open(stdio("both"));
    const add = server.tools.find(({ name }) => name === "srv_add")!;
    expect(add.parameters).toMatchObject({ type: "object", required: ["a", "b"] });
    expect(add.check({ a: "1" })).toEqual({
      ok: false,
      problems: ["the arguments must have required property 'b'", "a must be number"],
    });
    expect(add.check([1, 2])).toMatchObject({ ok: false });
  });
});

describe("the program", () => {
  test("gets only the variables it is given, and what every program needs", async () => {
    const harmless = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "GIVEN"];
    const ours = Object.keys(process.env).filter((name) => !harmless.includes(name));
    expect(ours).not.toEqual([]); // there is something that must not be passed on
    const server = await open(stdio("legacy", { env: { GIVEN: "value" } }));
    const seen = (await call(server, "srv_environment")).content.split(" ");
    expect(seen).toContain("GIVEN");
    expect(seen).toContain("PATH");
    expect(seen.filter((name) => !harmless.includes(name))).toEqual([]);
  });

  test("is gone after close, and the calls under way end in errors", async () => {
    const server = await open(stdio("legacy"));
    const pid = Number((await call(server, "srv_process")).content);
    expect(isAlive(pid)).toBe(true);
    const hanging = call(server, "srv_hang").catch((error) => error);
    await server.close?.();
    expect(await hanging).toBeInstanceOf(Error);
    await until("the server's end", () => !isAlive(pid));
    await expect(call(server, "srv_add", { a: 1, b: 2 })).rejects.toThrow("shutting down");
  });

  test("that is not there, ends at once, or never answers is explained (FR-002)", async () => {
    await expect(open({ command: "no-such-program-here" })).rejects.toMatchObject({
      message: 'there is no program "no-such-program-here"',
      hint: "Install no-such-program-here, or give its full path; cwd must be there too.",
    });
    await expect(open(stdio("broken"))).rejects.toThrow(
      /ended before it answered; it said: cannot find its licence file$/,
    );
    await expect(open(stdio("mute", { connect_timeout: 0.3 }))).rejects.toThrow(
      "did not answer within 0.3 s",
    );
  });

  test("opening can be given up", async () => {
    const abort = new AbortController();
    const opening = open(stdio("mute"), { signal: abort.signal });
    abort.abort(new Error("told to stop"));
    await expect(opening).rejects.toThrow("told to stop");
  });

  test("a path is taken from the config's folder", async () => {
    await expect(open({ command: "./no-such-script" })).rejects.toThrow(
      'there is no program "./no-such-script"',
    );
  });

  test("the revision of the protocol can be chosen", async () => {
    const legacy = await open(stdio("both", { protocol: "2025-11-25" }));
    expect(await legacy.check?.()).toMatchObject({ protocol: "2025-11-25" });
    const modern = await open(stdio("both", { protocol: "2026-07-28" }));
    expect(await modern.check?.()).toMatchObject({ protocol: "2026-07-28" });
    await expect(open(stdio("legacy", { protocol: "2026-07-28" }))).rejects.toThrow("2026-07-28");
  });
});

test("a server that does not come back is tried again after longer and longer waits", async () => {
  const clock = manualClock();
  // It starts once; its second life ends at once, since the file that says which is gone.
  await using dir = tempDir();
  const flag = join(dir.path, "flag");
  await Bun.write(flag, "");
  const server = await open(
    {
      command: "sh",
      args: ["-c", `test -e "$FLAG" && exec "$BUN" mcp-server.ts legacy`],
      env: { FLAG: flag, BUN: process.execPath },
      protocol: "2025-11-25",
    },
    { clock },
  );
  await Bun.file(flag).delete();
  const tryAgain = () => call(server, "srv_add", { a: 1, b: 2 }).catch((error: Error) => error.message);
  expect(await call(server, "srv_die").catch((error: Error) => error.message)).toContain("went away");
  expect(await tryAgain()).toContain("went away"); // at once
  for (const [least, most] of [
    [250, 500],
    [500, 1000],
    [1000, 2000],
  ] as const) {
    const trying = tryAgain();
    await clock.sleeping();
    const waits = clock.sleeps.at(-1)!;
    expect(waits).toBeGreaterThanOrEqual(least);
    expect(waits).toBeLessThanOrEqual(most);
    await clock.advance(waits);
    expect(await trying).toContain("went away");
  }
  expect(await server.check?.()).toMatchObject({
    status: "degraded",
    message: expect.stringMatching(/went away.*the next call connects again/),
  });
  // Calls that come together wait for the same connection; one that is cancelled does not take it from the others.
  await Bun.write(flag, "");
  const abort = new AbortController();
  const cancelled = call(server, "srv_add", { a: 0, b: 0 }, toolContext(abort.signal)).catch(
    (error: Error) => error.message,
  );
  const others = [tryAgain(), tryAgain()];
  await clock.sleeping();
  abort.abort(new Error("cancelled"));
  expect(await cancelled).toBe("cancelled");
  await clock.advance(30_000);
  expect(await Promise.all(others)).toMatchObject([{ content: "3" }, { content: "3" }]);
});

describe("names and choice of tools", () => {
  test("include and exclude, with wildcards; what fits nothing is warned of", async () => {
    const { log, warnings } = keeping();
    const server = await open(stdio("both", { include: ["add", "f*", "ad"], exclude: ["fail"] }), { log });
    expect(names(server)).toEqual(["srv_add", "srv_files_list_all"]);
    expect(warnings).toEqual([
      [{ include: ["ad"] }, "include names tools that the MCP server does not have"],
    ]);
  });

  test("without a prefix", async () => {
    const server = await open(stdio("both", { prefix: false, include: ["add"] }));
    expect(names(server)).toEqual(["add"]);
  });
});
