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
  const resolved = await resolve(program, argv);
  if (resolved.help || asksForHelp(resolved.argv)) return await showHelp(resolved, world.stdout);
  if (resolved.kind === "command") return await runCommand(resolved, world);
  const globals = globalsOf(parseOptions(resolved.argv, globalOptions, world.env).options);
  if (globals.version) return showVersion(resolved.home.program.name, globals.json, world.stdout);
  return await showHelp(resolved, world.stdout);
}

type ResolvedCommand = Extract<Resolved, { kind: "command" }>;

async function runCommand(resolved: ResolvedCommand, world: World): Promise<number> {
  const { home, command } = resolved;
  const { args, options } = read(resolved, { ...globalOptions, ...command.options }, world);
  const globals = globalsOf(options);
  if (globals.version) return showVersion(home.program.name, globals.json, world.stdout);
  const { listen, ...rest } = world;
  const ctx: Context = { ...rest, program: home.path.join(" "), globals, signal: listen() };
  return await finish(command, ctx, args, options);
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
  const { signal } = ctx;
  let ended: ExitCode | { error: unknown };
  try {
    ended = await command.run(ctx, args, options);
  } catch (error) {
    ended = { error };
  }
  const by: unknown = signal.reason;
  // What nothing caught made the command end: however that looks to it, it failed.
  if (signal.aborted && !(by instanceof Interrupted)) throw by;
  if (typeof ended === "number") return ended;
  if (by instanceof Interrupted && isAbort(ended.error)) return INTERRUPTED[by.by];
  throw ended.error;
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

async function showHelp(resolved: Resolved, stdout: Output): Promise<number> {
  const { helpPage } = await import("./help.ts");
  stdout.write(helpPage(resolved, stdout));
  return 0;
}
