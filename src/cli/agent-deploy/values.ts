import { resolve } from "node:path";
import { parseEnv } from "node:util";
import { isEnvName } from "../../base/env-name.ts";
import { ExpectedError, toError, UsageError } from "../../base/errors.ts";
import { isSecretName, SECRET_FORMS } from "../../base/redact.ts";
import { systemReason } from "../../base/system-error.ts";
import type { Override } from "../../config/values/overrides.ts";
import { overrideOf, splitSetting } from "../set-option.ts";
import { DEPLOY_KEYS, type PlanOptionValues } from "./options.ts";

export interface GivenValues {
  /** Plain variables of --set. */
  variables: Record<string, string>;
  /** Of the files of --env, the later before the earlier. */
  file: Record<string, string>;
  /** Config keys, weakest first. */
  overrides: Override[];
}

/** The values of the command line and of the files it names. */
export async function givenValues(options: PlanOptionValues, cwd: string): Promise<GivenValues> {
  const settings = options.set.map(splitSetting);
  const [variables, keys] = [
    settings.filter(({ key }) => !key.includes(".")),
    settings.filter(({ key }) => key.includes(".")),
  ];
  const files = await Promise.all(options.env.map((file) => readEnvFile(file, cwd)));
  return {
    variables: Object.fromEntries(variables.map(({ key, value }) => [plainName(key, value), value])),
    file: Object.assign({}, ...files),
    overrides: [...deployOverrides(options), ...keys.map(overrideOf)],
  };
}

function plainName(name: string, value: string): string {
  if (!isEnvName(name)) {
    throw new UsageError(`--set ${name}: neither a config key, as llm.model, nor the name of a variable`);
  }
  if (isSecretName(name) || SECRET_FORMS.some(([form]) => value.search(form) >= 0)) {
    throw new UsageError(`--set ${name}: a secret must not stand on the command line`, {
      hint: `Set ${name} in the environment, or in a file for --env.`,
    });
  }
  return name;
}

function deployOverrides(options: PlanOptionValues): Override[] {
  return Object.entries(DEPLOY_KEYS).flatMap(([name, path]) => {
    const value = options[name as keyof typeof DEPLOY_KEYS];
    return value === undefined ? [] : [{ path, value, source: `--${name}` }];
  });
}

/** By the rules of dotenv, which Compose follows as well: quotes, `export`, comments. */
async function readEnvFile(file: string, cwd: string): Promise<Record<string, string>> {
  try {
    const values = parseEnv(await Bun.file(resolve(cwd, file)).text());
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? ""]));
  } catch (cause) {
    throw new ExpectedError(
      `--env: ${file} cannot be read: ${systemReason(cause) ?? toError(cause).message}`,
      {
        cause,
        hint: "It holds NAME=value lines; config/environments has examples.",
      },
    );
  }
}
