import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "../../base/errors.ts";
import { embeddedAgent } from "../../config/embedded.ts";
import { configFile } from "../config-file.ts";
import type { Context } from "../framework/context.ts";

export interface Asked {
  configs: string[];
  /** Name of the deployment, for one config only. */
  name: string | undefined;
}

/**
 * What is to be deployed: `<config>…`, or `<agent-name> <config>`. The first of two words is a name when it is neither a
 * file nor an agent that is part of the program.
 */
export function readWords(ctx: Context, words: readonly string[], option: string | undefined): Asked {
  const [first, ...rest] = words.length > 0 ? words : [configFile(ctx, undefined)];
  const named = rest.length === 1 && !isConfig(first!, ctx.cwd);
  const configs = named ? rest : [first!, ...rest];
  if (named && option !== undefined && option !== first) {
    throw new UsageError(`two names for one deployment: ${first} and ${option}`, {
      hint: "Leave one of them out.",
    });
  }
  const name = option ?? (named ? first : undefined);
  if (name !== undefined && configs.length > 1) {
    throw new UsageError("--name is for one config, and there are several", {
      hint: "Name each in its config: [deploy] name.",
    });
  }
  return { configs, name };
}

const isConfig = (word: string, cwd: string): boolean =>
  /[\\/]|\.toml$/.test(word) || existsSync(resolve(cwd, word)) || embeddedAgent(word) !== undefined;
