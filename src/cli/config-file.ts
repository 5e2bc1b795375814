import { existsSync } from "node:fs";
import { UsageError } from "../base/errors.ts";
import type { ParsedConfig } from "../config/load.ts";
import type { Override } from "../config/overrides.ts";
import { AGENT_ID } from "../protocol/topics.ts";
import type { Context } from "./framework/context.ts";
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

async function embedded(name: string): Promise<ConfigText | undefined> {
  if (!AGENT_ID.test(name) || existsSync(name)) return undefined;
  const { embeddedAgent } = await import("../config/embedded.ts");
  return embeddedAgent(name);
}
