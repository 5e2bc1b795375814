import { existsSync } from "node:fs";
import { UsageError } from "../base/errors.ts";
import { oneOf } from "../base/one-of.ts";
import type { ParsedConfig } from "../config/load.ts";
import { ConfigError } from "../config/problems/problem.ts";
import type { Override } from "../config/values/overrides.ts";
import { AGENT_ID } from "../protocol/topics.ts";
import type { Context } from "./framework/context.ts";
import { didYouMean } from "./framework/parse.ts";
import type { ConfigText } from "./services.ts";

/** The config file a command works on: its argument, else --config, else CONFIG_PATH. */
export function configFile({ globals }: Context, argument: string | undefined): string {
  const file = argument ?? globals.config;
  if (file !== undefined) return file;
  throw new UsageError("no config file was named", {
    hint: "Give it as an argument, with --config FILE, or in CONFIG_PATH. To write one: agent2389 new",
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
  const { env, globals, services } = ctx;
  const logs = (["level", "format"] as const).flatMap((key): Override[] => {
    const value = globals[`log-${key}`];
    return value === undefined ? [] : [{ path: ["log", key], value, source: `--log-${key}` }];
  });
  const source = (await embedded(file)) ?? file;
  return await services.loadConfig(source, { env, overrides: [...overrides, ...logs] });
}

/** A name without a dot that is no file is meant as a built-in agent. */
async function embedded(name: string): Promise<ConfigText | undefined> {
  if (!AGENT_ID.test(name) || existsSync(name)) return undefined;
  const { EMBEDDED_AGENTS, embeddedAgent } = await import("../config/embedded.ts");
  const found = embeddedAgent(name);
  if (found || name.includes(".")) return found;
  const names = EMBEDDED_AGENTS.map((agent) => agent.name);
  const { hint = `built in are ${oneOf(names, "and")}` } = didYouMean(name, names);
  const message = "no such file, and no built-in agent of this name";
  throw new ConfigError([{ kind: "file", file: name, path: "", message, hint }]);
}
