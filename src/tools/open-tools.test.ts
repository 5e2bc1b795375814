import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { tempDir } from "../../test/peers/temp-dir.ts";
import { toolContext } from "../../test/peers/tool-context.ts";
import { until } from "../../test/peers/until.ts";
import { ExpectedError } from "../base/errors.ts";
import { type Logger, silent } from "../log/logger.ts";
import { toolsSection } from "./config.ts";
import type { ToolSetup } from "./factory.ts";
import { openTools } from "./open-tools.ts";

const peers = resolve(import.meta.dir, "../../test/peers");
const open = (tools: unknown, setup: Partial<ToolSetup> = {}) =>
  openTools(toolsSection.parse(tools), { env: {}, baseDir: peers, log: silent, ...setup });

const failure = (promise: Promise<unknown>): Promise<ExpectedError> =>
  promise.then(
    () => Promise.reject(new Error("it opened")),
    (error) => (error instanceof ExpectedError ? error : Promise.reject(error)),
  );

const program = (args: string[], options = {}) => ({
  impl: "mcp",
  command: process.execPath,
  args,
  ...options,
});

test("opens every tool under the name of its entry (FR-009, FR-002)", async () => {
  const box = await open(
    { echo: "builtin", say: "echo", search: { impl: "serper" } },
    { env: { SERPER_API_KEY: "k" } },
  );
  expect(box.tools.map(({ name }) => name)).toEqual(["echo", "say", "search"]);
  expect(await box.checks()).toEqual({});
  await box.close();
  await box.close();
});

test("no tools are no trouble", async () => {
  const box = await open({});
  expect(box.tools).toEqual([]);
  await box.close();
});

test("one that fails is named, with the place, the reason and both remedies (FR-002)", async () => {
  expect(await failure(open({ web_search: "builtin", echo: "builtin" }))).toMatchObject({
    message:
      'tool "web_search" could not be opened: no key for serper: the environment variable SERPER_API_KEY is not set',
    where: "tools.web_search",
    hint: "Set SERPER_API_KEY, or name the variable that holds it with api_key_env.",
  });
});

test("several that fail are all named, each with its remedy (FR-002)", async () => {
  await using dir = tempDir();
  const error = await failure(
    open(
      {
        search: "brave",
        out: { impl: "file_write", allowed_paths: ["no/such/folder"] },
        echo: "builtin",
        srv: { impl: "mcp", command: "no-such-program-here" },
      },
      { baseDir: dir.path },
    ),
  );
  expect(error.message).toStartWith("3 tools could not be opened:\n");
  expect(error.message).toContain(
    "  search: no key for brave: the environment variable BRAVE_API_KEY is not set. Set BRAVE_API_KEY",
  );
  expect(error.message).toContain("  out: allowed paths are not there: no/such/folder. Make them");
  expect(error.message).toContain('  srv: there is no program "no-such-program-here". Install');
  expect(error.where).toBe("tools.search, tools.out, tools.srv");
});

test("what was opened is closed again when another fails", async () => {
  await using dir = tempDir();
  const pidFile = `${dir.path}/pid`;
  const script = 'echo $$ > "$PID_FILE"; exec "$BUN" mcp-server.ts legacy';
  const srv = {
    impl: "mcp",
    command: "sh",
    args: ["-c", script],
    env: { PID_FILE: pidFile, BUN: process.execPath },
    protocol: "2025-11-25",
  };
  const error = await failure(open({ srv, web_search: "builtin" }, { env: { PATH: process.env["PATH"] } }));
  expect(error.where).toBe("tools.web_search");
  const pid = Number(await Bun.file(pidFile).text());
  expect(pid).toBeGreaterThan(1);
  await until("the server's end", () => {
    try {
      return process.kill(pid, 0) && false;
    } catch {
      return true;
    }
  });
});

test("two tools of one name are refused, with both entries", async () => {
  const srv = program(["mcp-server.ts", "both"], { prefix: false, include: ["add"] });
  const error = await failure(open({ srv, add: "echo" }));
  expect(error.message).toBe('two tools are called "add": one of tools.srv, one of tools.add');
  expect(error.where).toBe("tools.add");
});

test("tools that a server adds later are there when read anew; a name that is taken stays with its owner", async () => {
  const srv = program(["mcp-server.ts", "legacy"], { prefix: false, include: ["grow", "grown"] });
  const box = await open({ grown: "echo", srv });
  const grow = box.tools.find(({ name }) => name === "grow")!;
  await grow.run({}, toolContext());
  await until("the server's new list", async () => (await box.checks())["srv"]?.["tools"] === 2);
  expect(box.tools.map(({ name }) => name)).toEqual(["grown", "grow"]);
  expect(box.tools[0]?.description).toStartWith("Gives back the message");
  await box.close();
});

test("health tells of each tool that can tell (FR-002)", async () => {
  await using dir = tempDir();
  const box = await open(
    { notes: { impl: "file_read", allowed_paths: ["later"] }, echo: "builtin" },
    { baseDir: dir.path },
  );
  expect(await box.checks()).toEqual({ notes: { status: "degraded", message: "not there: later" } });
  await box.close();
});

test("every line a tool logs carries its name", async () => {
  await using dir = tempDir();
  const children: object[] = [];
  const log: Logger = {
    ...silent,
    child(fields) {
      children.push(fields);
      return silent;
    },
  };
  const box = await open({ notes: { impl: "file_read", allowed_paths: ["."] } }, { log, baseDir: dir.path });
  expect(children).toEqual([{ tool: "notes" }]);
  await box.close();
});
