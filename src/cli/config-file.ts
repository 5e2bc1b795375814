import { UsageError } from "../base/errors.ts";
import type { ParsedConfig } from "../config/load.ts";
import type { Override } from "../config/overrides.ts";
import type { Context } from "./framework/context.ts";

/** The config file a command works on: its argument, else --config, else CONFIG_PATH. */
export function configFile({ globals }: Context, argument: string | undefined): string {
  const file = argument ?? globals.config;
  if (file !== undefined) return file;
  throw new UsageError("no config file was named", {
    hint: "Give it as an argument, with --config FILE, or in CONFIG_PATH. To write one: agent2389 new",
  });
}

/** Reads and checks a config; the options for logs come before what it says. Rejects with a ConfigError. */
export function loadConfigFile(
  ctx: Context,
  file: string,
  overrides: readonly Override[] = [],
): Promise<ParsedConfig> {
  const { env, globals, services } = ctx;
  const logs = (["level", "format"] as const).flatMap((key): Override[] => {
    const value = globals[`log-${key}`];
    return value === undefined ? [] : [{ path: ["log", key], value, source: `--log-${key}` }];
  });
  return services.loadConfig(file, { env, overrides: [...overrides, ...logs] });
}
