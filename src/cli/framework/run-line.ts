import { UsageError } from "../../base/errors.ts";
import type { Output } from "../terminal/streams.ts";
import type { Command, ExitCode } from "./command.ts";
import type { Context } from "./context.ts";
import { type Globals, globalOptions } from "./globals.ts";
import { Interrupted } from "./interrupted.ts";
import { bindWords, parseOptions } from "./parse.ts";
import { type Resolved, resolve } from "./resolve.ts";
import type { Program } from "./table.ts";
import { programVersion, versionLine } from "./version.ts";
import type { World } from "./world.ts";

/** Runs the command that `argv` names; rejects when it fails. */
export async function runLine(program: Program, argv: readonly string[], world: World): Promise<number> {
  if (argv[0] === "help") return await showHelp(program, argv.slice(1), world.stdout);
  const resolved = await resolve(program, argv);
  if (resolved.kind === "command") return await runCommand(program.name, resolved, world);
  const globals = globalsOf(parseOptions(resolved.argv, globalOptions, world.env).options);
  if (globals.version) return showVersion(program.name, globals.json, world.stdout);
  return await showHelp(program, resolved.path.slice(1), world.stdout);
}

type ResolvedCommand = Extract<Resolved, { kind: "command" }>;

async function runCommand(name: string, resolved: ResolvedCommand, world: World): Promise<number> {
  const { path, command, argv } = resolved;
  const specs = { ...globalOptions, ...command.options };
  if (asksForHelp(argv)) {
    const { commandHelp } = await import("./help.ts");
    world.stdout.write(commandHelp(path, command, world.stdout));
    return 0;
  }
  const { args, options } = read(resolved, specs, world);
  const globals = globalsOf(options);
  if (globals.version) return showVersion(name, globals.json, world.stdout);
  const { listen, ...rest } = world;
  const signal = listen();
  return await finish(command, { ...rest, program: name, globals, signal }, args, options);
}

/** Help is shown even if the rest of the line is wrong: that is when it is wanted. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(0, end === -1 ? undefined : end).some((word) => word === "--help" || word === "-h");
}

function read({ path, command, argv }: ResolvedCommand, specs: Command["options"], { env }: World) {
  try {
    const { options, words } = parseOptions(argv, specs, env);
    return { options, args: bindWords(words, command.positionals) };
  } catch (error) {
    if (!(error instanceof UsageError) || error.hint) throw error;
    throw new UsageError(error.message, {
      hint: `'${[path[0], "help", ...path.slice(1)].join(" ")}' shows what it takes.`,
    });
  }
}

async function finish(
  command: Command,
  ctx: Context,
  args: Parameters<Command["run"]>[1],
  options: Parameters<Command["run"]>[2],
): Promise<number> {
  let code: ExitCode;
  try {
    code = await command.run(ctx, args, options);
  } catch (error) {
    const { reason } = ctx.signal;
    if (ctx.signal.aborted && reason instanceof Interrupted && isAbort(error)) return INTERRUPTED[reason.by];
    throw error;
  }
  return code;
}

/** 128 + the number of the signal, as shells have it; a reader that has seen enough is no failure. */
const INTERRUPTED = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129, EPIPE: 0 } as const;

const isAbort = (error: unknown): boolean =>
  error instanceof Interrupted || (error instanceof Error && error.name === "AbortError");

const globalsOf = (options: Record<string, unknown>): Globals =>
  Object.fromEntries(Object.keys(globalOptions).map((name) => [name, options[name]])) as Globals;

function showVersion(name: string, json: boolean, stdout: Output): number {
  const version = programVersion();
  stdout.write(`${json ? JSON.stringify({ program: name, ...version }) : versionLine(name, version)}\n`);
  return 0;
}

async function showHelp(program: Program, words: readonly string[], stdout: Output): Promise<number> {
  const { programHelp, groupHelp, commandHelp } = await import("./help.ts");
  const resolved = await resolve(program, words);
  const { path } = resolved;
  if (resolved.kind === "command") stdout.write(commandHelp(path, resolved.command, stdout));
  else if (path.length === 1) stdout.write(programHelp(program, stdout));
  else stdout.write(groupHelp(path, resolved.summary, resolved.commands, stdout));
  return 0;
}
