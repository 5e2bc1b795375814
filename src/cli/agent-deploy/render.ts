import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { shellLine } from "../../base/shell-line.ts";
import { writeFiles } from "../../deploy/write-files.ts";
import { defineCommand } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { didYouMean } from "../framework/parse.ts";
import { line, warningLine } from "../terminal/streams.ts";
import { planOptions, planPositionals } from "./options.ts";
import { type Prepared, prepare } from "./prepare.ts";

export const command = defineCommand({
  summary: "Write the platform's files, and touch nothing else",
  description:
    "The same configs and options give the same bytes; nothing that is set in the environment is in them but plain " +
    "variables that have no other value. Secrets are never in them.",
  positionals: planPositionals,
  options: {
    ...planOptions,
    out: {
      type: "string",
      short: "o",
      value: "DIR",
      description: "Folder to write to; else standard output",
      completes: "directory",
    },
    stdout: { type: "boolean", description: "Print the files: what it does anyway without --out" },
    file: { type: "string", value: "PATH", description: "Print this one of the files" },
    force: { type: "boolean", short: "f", description: "Write over files that agent-deploy did not make" },
  },
  examples: [
    { command: "agent-deploy render k8s config/agents/researcher.toml --out deploy/k8s" },
    { command: "agent-deploy render docker config/agents/*.toml --stdout" },
    { command: "agent-deploy render helm researcher --image registry.example.com/agent2389:1.0.0 -o chart" },
  ],
  async run(ctx, args, { out, stdout, file, force, ...options }) {
    if (out !== undefined && (stdout || file !== undefined)) {
      throw new UsageError(`--out writes files, ${stdout ? "--stdout" : "--file"} prints them`, {
        hint: "Leave one of them out.",
      });
    }
    const prepared = await prepare(ctx, args, options);
    for (const warning of ctx.globals.quiet ? [] : prepared.warnings) warningLine(ctx.stderr, warning);
    if (out === undefined) print(ctx, prepared, file);
    else await write(ctx, prepared, out, force);
    return 0;
  },
});

function print({ stdout, globals }: Context, { target, plan }: Prepared, wanted: string | undefined): void {
  const files = target.render(plan);
  const paths = Object.keys(files);
  if (wanted !== undefined && !Object.hasOwn(files, wanted)) {
    throw new UsageError(`${target.name} renders no file ${wanted}`, {
      hint: didYouMean(wanted, paths).hint ?? `Its files are ${paths.join(", ")}.`,
    });
  }
  const shown = wanted === undefined ? paths : [wanted];
  if (globals.json) {
    line(stdout, JSON.stringify(Object.fromEntries(shown.map((path) => [path, files[path]])), null, 2));
  } else if (shown.length === 1) stdout.write(files[shown[0]!]!);
  else {
    // Several documents are one stream, where the format has such a thing.
    const between = shown.every((path) => path.endsWith(".yaml")) ? "---\n" : "\n";
    stdout.write(shown.map((path) => `${stdout.colors.bold(`# ── ${path}`)}\n${files[path]}`).join(between));
  }
}

async function write(ctx: Context, { target, plan }: Prepared, out: string, force: boolean): Promise<void> {
  const written = await writeFiles(resolve(ctx.cwd, out), target.render(plan), { force });
  const { stdout, stderr, globals } = ctx;
  if (globals.json) {
    line(stdout, JSON.stringify({ folder: out, files: written }, null, 2));
    return;
  }
  if (globals.quiet) return;
  for (const { path, state } of written) {
    line(
      stderr,
      state === "same"
        ? stderr.colors.dim(`  ${out}/${path} (unchanged)`)
        : `${stderr.colors.green("✓")} ${out}/${path}`,
    );
  }
  for (const text of [shellLine(["cd", out]), ...target.instructions(plan)]) line(stdout, text);
}
