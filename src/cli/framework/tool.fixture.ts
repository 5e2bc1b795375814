import { ExpectedError } from "../../base/errors.ts";
import { type Command, defineCommand } from "./command.ts";
import type { CommandTable, Program } from "./table.ts";
import { runCli } from "./testing.fixture.ts";

/** For tests: a program with commands of every kind. */

/** What `copy` was given when it ran. */
export const seen: unknown[] = [];
const copy = defineCommand({
  summary: "Copy a file",
  description: "Copies a file to another place.",
  positionals: [
    { name: "from", description: "File to read", completes: "file" },
    { name: "to", description: "Places to write", multiple: true },
  ],
  options: {
    mode: { type: "string", value: "MODE", description: "How", choices: ["fast", "safe"], default: "safe" },
    retries: {
      type: "number",
      short: "r",
      description: "Further tries",
      min: 0,
      max: 9,
      whole: true,
      env: "COPY_RETRIES",
    },
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

export const tool: Program = {
  name: "tool",
  summary: "a tool for tests",
  commands,
  start: ["tool copy a b"],
};
export const run = (...argv: string[]) => runCli(tool, argv);
