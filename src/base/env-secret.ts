import type { Env } from "./env.ts";
import { shownEnvName } from "./env-name.ts";
import { ExpectedError } from "./errors.ts";

/** The secret in a variable, without the white space around it that files and shells leave; undefined when there is none. */
export const secretIn = (env: Env, variable: string | undefined): string | undefined =>
  (variable !== undefined && env[variable]?.trim()) || undefined;

/** What a secret is for, as errors tell it. */
export interface SecretUse {
  /** What is lacking without it: `no token for the gatekeeper`. */
  what: string;
  /** The config key that names its variable: `token_env in [routing.gatekeeper]`. */
  key: string;
  /** Path of that key in the config. */
  where?: string;
}

/**
 * The secret that an environment variable must hold. Throws an ExpectedError that names both remedies: the variable,
 * and the config key that chooses another.
 */
export function secretFrom(env: Env, variable: string, { what, key, where }: SecretUse): string {
  const secret = secretIn(env, variable);
  if (secret !== undefined) return secret;
  const name = shownEnvName(variable);
  const state = env[variable] === undefined ? "not set" : "empty";
  throw new ExpectedError(`${what}: the environment variable ${name ?? "that is named for it"} is ${state}`, {
    hint: `Set ${name ?? "it"}, or name the variable that holds it with ${key}.`,
    ...(where !== undefined && { where }),
  });
}
