import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../base/errors.ts";
import { oneOf } from "../base/one-of.ts";
import type { ParsedConfig } from "../config/load.ts";
import { ConfigError, type Problem } from "../config/problems/problem.ts";
import type { Override } from "../config/values/overrides.ts";
import { AGENT_ID } from "../protocol/topics.ts";
import type { Context } from "./framework/context.ts";
import { didYouMean } from "./framework/parse.ts";
import type { ConfigText } from "./services.ts";

/** All of the configs, or a ConfigError with every problem of every one. */
export async function allConfigs<T>(loading: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(loading);
  const problems: Problem[] = [];
  const loaded: T[] = [];
  for (const result of settled) {
    if (result.status === "fulfilled") loaded.push(result.value);
    else if (result.reason instanceof ConfigError) problems.push(...result.reason.problems);
    else throw result.reason;
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return loaded;
}

/** The config file a command works on: its argument, else --config, else CONFIG_PATH. */
export function configFile({ globals }: Context, argument: string | undefined): string {
  const file = argument ?? globals.config;
  if (file !== undefined) return file;
  throw new UsageError("no config file was named", {
    hint: "Name one, or a built-in agent such as writer, or set CONFIG_PATH. To write one: agent2389 new",
  });
}

/**
 * Reads and checks a config: a file, or, when there is none of that name, an agent that is part of the program. The
 * options for logs come before what it says. Rejects with a ConfigError.
 */
export async function loadConfigFile(
  ctx: Context,
  file: string,
  overrides: readonly Override[] = [],
): Promise<ParsedConfig> {
  const { env, cwd, globals, services } = ctx;
  const logs = (["level", "format"] as const).flatMap((key): Override[] => {
    const value = globals[`log-${key}`];
    return value === undefined ? [] : [{ path: ["log", key], value, source: `--log-${key}` }];
  });
  const source = (await embedded(file, cwd)) ?? file;
  return await services.loadConfig(source, { env, cwd, overrides: [...overrides, ...logs] });
}

/** The text of a config: of a file, or of an agent that is part of the program. Rejects with a ConfigError. */
export async function readConfig(name: string, cwd: string): Promise<ConfigText> {
  const found = await embedded(name, cwd);
  if (found !== undefined) return found;
  const { readConfigText } = await import("../config/source/read-text.ts");
  return { file: name, text: await readConfigText(name, cwd) };
}

/** A name without a dot that is no file is meant as a built-in agent. */
async function embedded(name: string, cwd: string): Promise<ConfigText | undefined> {
  if (!AGENT_ID.test(name) || existsSync(resolve(cwd, name))) return undefined;
  const { EMBEDDED_AGENTS, embeddedAgent } = await import("../config/embedded.ts");
  const found = embeddedAgent(name);
  if (found || name.includes(".")) return found;
  const names = EMBEDDED_AGENTS.map((agent) => agent.name);
  const { hint = `built in are ${oneOf(names, "and")}` } = didYouMean(name, names);
  const message = "no such file, and no built-in agent of this name";
  throw new ConfigError([{ kind: "file", file: name, path: "", message, hint }]);
}
