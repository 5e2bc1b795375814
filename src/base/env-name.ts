import * as z from "./zod.ts";

/** What can be the name of an environment variable (POSIX.1-2024 §8.1, lower case allowed), as part of a pattern. */
export const ENV_NAME = "[A-Za-z_][A-Za-z0-9_]*";

const WHOLE_NAME = new RegExp(`^${ENV_NAME}$`);

export const isEnvName = (text: string): boolean => WHOLE_NAME.test(text);

/** The name of an environment variable, in a schema. */
export const envName = () =>
  z.string().check(z.regex(WHOLE_NAME, "expected the name of an environment variable"));

/**
 * The name as it may be shown, or undefined: names are in capitals, and anything else may be the secret itself, put
 * where its name belongs.
 */
export const shownEnvName = (name: string): string | undefined =>
  /^[A-Z_][A-Z0-9_]*$/.test(name) ? name : undefined;
