import type { Env } from "../base/env.ts";
import { ExpectedError } from "../base/errors.ts";

/**
 * The secret that an environment variable holds. Throws an ExpectedError that names both remedies: the variable, and
 * the config key that chooses another.
 */
export function secretFrom(env: Env, variable: string, { what, key }: { what: string; key: string }): string {
  const value = env[variable]?.trim();
  if (value) return value;
  throw new ExpectedError(
    `${what}: the environment variable ${variable} is ${value === "" ? "empty" : "not set"}`,
    {
      hint: `set ${variable}, or name the variable that holds it with ${key}`,
    },
  );
}
