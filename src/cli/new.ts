import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ExpectedError, errorCode, toError, UsageError } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { defineCommand } from "./framework/command.ts";
import type { Context } from "./framework/context.ts";
import { line } from "./terminal/streams.ts";
import { table } from "./terminal/table.ts";

const SCHEMA_FILE = "agent.schema.json";

export const command = defineCommand({
  summary: "Write the config of a new agent from a template",
  positionals: [
    { name: "template", description: "Which template: see --list", optional: true },
    { name: "id", description: "Id of the new agent: letters, digits, '.', '_' and '-'", optional: true },
  ],
  options: {
    output: {
      type: "string",
      short: "o",
      value: "FILE",
      description: "File to write; else standard output",
      completes: "file",
    },
    force: { type: "boolean", short: "f", description: "Write over a file that is there" },
    list: { type: "boolean", short: "l", description: "List the templates" },
  },
  examples: [
    { command: "agent2389 new basic my-agent -o my-agent.toml" },
    { command: "agent2389 new --list" },
  ],
  async run(ctx, { template, id }, { output, force, list }) {
    const { findTemplate, renderTemplate } = await import("../config/templates.ts");
    if (list) return await listTemplates(ctx);
    if (template === undefined) throw missing("template", "'agent2389 new --list' shows them.");
    const { name } = findTemplate(template);
    if (id === undefined) throw missing("id", `For example: agent2389 new ${name} my-agent -o my-agent.toml`);
    if (output === undefined) {
      ctx.stdout.write(renderTemplate(name, { id }));
      return 0;
    }
    const path = resolve(ctx.cwd, output);
    const schema = existsSync(resolve(dirname(path), SCHEMA_FILE)) ? `./${SCHEMA_FILE}` : undefined;
    await write(path, output, renderTemplate(name, { id, ...(schema && { schema }) }), force);
    tellNext(ctx, output, id);
    return 0;
  },
});

const missing = (what: string, hint: string): UsageError => new UsageError(`<${what}> is missing`, { hint });

async function listTemplates({ stdout, globals }: Context): Promise<0> {
  const { TEMPLATES } = await import("../config/templates.ts");
  const rows = TEMPLATES.map(({ name, summary }) => ({ name, summary }));
  if (globals.json) line(stdout, JSON.stringify(rows, null, 2));
  else {
    const columns = [{ title: "TEMPLATE" }, { title: "WHAT IT MAKES", shrinks: true }];
    stdout.write(
      table(
        columns,
        rows.map(({ name, summary }) => [stdout.colors.cyan(name), summary]),
        stdout,
      ),
    );
  }
  return 0;
}

/** `name` is how the file was called. */
async function write(path: string, name: string, text: string, force: boolean): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw new ExpectedError(`cannot make the folder of ${name}: ${reason(cause)}`, { cause });
  }
  try {
    await writeFile(path, text, { flag: force ? "w" : "wx" });
  } catch (cause) {
    if (errorCode(cause) === "EEXIST")
      throw new ExpectedError(`${name} is there already`, { cause, hint: "To write over it: --force" });
    throw new ExpectedError(`cannot write ${name}: ${reason(cause)}`, { cause });
  }
}

const reason = (cause: unknown): string => systemReason(cause) ?? toError(cause).message;

function tellNext({ stderr, globals }: Context, file: string, id: string): void {
  if (globals.quiet) return;
  const { colors } = stderr;
  const next: [string, string][] = [
    [`agent2389 doctor ${file}`, "what is missing to run it"],
    [`agent2389 up ${file}`, "run it, with a broker if there is none"],
    [`agent2389 ask ${id} "Say hello"`, "in another terminal"],
  ];
  const width = Math.max(...next.map(([command]) => command.length));
  line(stderr, `${colors.green("✓")} Wrote ${file}. Next:`);
  for (const [command, note] of next) line(stderr, `  ${command.padEnd(width)}  ${colors.dim(`# ${note}`)}`);
}
