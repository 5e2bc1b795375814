import { basename } from "node:path";
import type { Env } from "../base/env.ts";
import { ExpectedError } from "../base/errors.ts";
import { oneOf } from "../base/one-of.ts";
import { runProgram } from "../base/run-program.ts";
import type { CliRequirement } from "./target.ts";

/** A program as it was found on this machine. */
export interface FoundCli {
  /** Name that steps call it by: the first of the requirement's. */
  name: string;
  path: string;
  /** As it says itself, "1.32.4"; undefined when it says none. */
  version: string | undefined;
  /** What it said when it was asked and failed: a part of it is missing, as Compose of Docker. */
  failure?: string;
}

export interface Machine {
  /** File of this program. */
  executable?: string | undefined;
  env: Env;
  cwd: string;
  signal: AbortSignal;
}

const VERSION_TIMEOUT_SECONDS = 20;

/** The first program on PATH that answers, else one that is there, or undefined. Rejects only when the signal aborts. */
export async function findCli(requirement: CliRequirement, machine: Machine): Promise<FoundCli | undefined> {
  const { commands, self } = requirement;
  const { executable, env, cwd } = machine;
  if (self && executable !== undefined && basename(executable).startsWith(commands[0]!))
    return { name: commands[0]!, path: executable, version: undefined };
  const PATH = env["PATH"] ?? "";
  const paths = commands.map((name) => Bun.which(name, { PATH, cwd })).filter((path) => path !== null);
  let broken: FoundCli | undefined;
  for (const path of paths) {
    const found = await askVersion(path, requirement, machine);
    if (found.failure === undefined) return found;
    broken ??= found;
  }
  return broken;
}

async function askVersion(
  path: string,
  { commands: [name = ""], versionArgs }: CliRequirement,
  { env, cwd, signal }: Machine,
): Promise<FoundCli> {
  const { code, stdout, stderr } = await runProgram({
    argv: [path, ...versionArgs],
    env,
    cwd,
    signal,
    timeoutSeconds: VERSION_TIMEOUT_SECONDS,
  });
  const version = /\d+\.\d+(\.\d+)?/.exec(`${stdout}\n${stderr}`)?.[0];
  if (code === 0 || version !== undefined) return { name, path, version };
  const [said = ""] = `${stderr}\n${stdout}`.trim().split("\n");
  return { name, path, version: undefined, failure: said === "" ? `it ended with ${code}` : said };
}

/** Finds all of them, or throws an ExpectedError that says how to get those that are missing or too old. */
export async function findClis(
  requirements: readonly CliRequirement[],
  machine: Machine,
): Promise<ReadonlyMap<string, FoundCli>> {
  const found = await Promise.all(requirements.map((requirement) => findCli(requirement, machine)));
  const problems = requirements.flatMap((requirement, i) => cliProblem(requirement, found[i]) ?? []);
  const [first] = problems;
  if (first !== undefined) {
    throw new ExpectedError(problems.map(({ message }) => message).join("\n"), {
      hint: problems.map(({ hint }) => hint).join("\n"),
    });
  }
  return new Map(found.flatMap((cli) => (cli === undefined ? [] : [[cli.name, cli] as const])));
}

/** What is wrong with a program that a target needs, if anything. */
export function cliProblem(
  { commands, versionArgs, minVersion, install }: CliRequirement,
  found: FoundCli | undefined,
): { message: string; hint: string } | undefined {
  if (found === undefined)
    return { message: `${oneOf(commands)} is not on PATH, and is needed`, hint: `To get it: ${install}` };
  const { version, failure } = found;
  if (failure !== undefined) {
    return {
      message: `${[found.path, ...versionArgs].join(" ")} fails, and is needed: ${failure}`,
      hint: `To get it: ${install}`,
    };
  }
  if (minVersion === undefined || version === undefined || !isOlder(version, minVersion)) return undefined;
  return {
    message: `${found.path} is version ${version}; ${minVersion} or newer is needed`,
    hint: `To get a newer one: ${install}`,
  };
}

function isOlder(version: string, than: string): boolean {
  const [a, b] = [version, than].map((text) => text.split(".").map(Number));
  const at = [0, 1, 2].find((i) => (a![i] ?? 0) !== (b![i] ?? 0));
  return at !== undefined && (a![at] ?? 0) < (b![at] ?? 0);
}
