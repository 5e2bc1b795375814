import { MASK, maskedText, namesSecret } from "./text.ts";

/** An argument in its parts: what may be shown, and the value that may not. */
interface Split {
  shown: string;
  secret: string;
}

/** Dashes, the flag and what stands between it and its value; flags alone have no value. */
const JOINED = /^([^\w]{0,4}([A-Za-z][\w.-]*)["']?(?:\s*[=:]\s*|\s+))(\S[\s\S]*)$/;
const ALONE = /^[^\w]{0,4}([A-Za-z][\w.-]*)$/;
const IS_MASK = /^\[redacted(-\d+)?\]$/;

/** The secret that one argument carries itself; undefined: none. */
function ownSecret(arg: string): Split | undefined {
  const [, shown = "", name = "", secret = ""] = JOINED.exec(arg) ?? [];
  return namesSecret(name) && /^\W|[=:]/.test(shown) ? { shown, secret } : undefined;
}

const isFlag = (arg: string): boolean => /^--[A-Za-z]/.test(arg);
const isSecretFlag = (arg: string): boolean => {
  const [, name] = ALONE.exec(arg) ?? [];
  return name !== undefined && /^\W/.test(arg) && namesSecret(name);
};

/**
 * The values of arguments that may not be shown, with the place of each: of `--api-key=X`, `--api-key X Y` (vLLM takes
 * several), `api-key=X`, of one text with a space in it. Those that are masked already are none.
 */
function* secretsIn(args: readonly string[]): Generator<{ at: number } & Split> {
  let follows = false;
  for (const [at, arg] of args.entries()) {
    const own = ownSecret(arg);
    if (own !== undefined) yield { at, ...own };
    else if (follows && !isFlag(arg)) yield { at, shown: "", secret: arg };
    follows = own === undefined && (isSecretFlag(arg) || (follows && !isFlag(arg)));
  }
}

/** Arguments as they may be shown: each secret is a mask, different ones are different masks. */
export function maskedArguments(args: readonly string[]): string[] {
  const masks = new Map<string, string>();
  const maskOf = (secret: string): string => {
    if (IS_MASK.test(secret)) return secret;
    const mask = masks.get(secret) ?? (masks.size === 0 ? MASK : `[redacted-${masks.size + 1}]`);
    masks.set(secret, mask);
    return mask;
  };
  const masked = args.map(maskedText);
  for (const { at, shown, secret } of secretsIn(args)) masked[at] = `${shown}${maskOf(secret)}`;
  return masked;
}

const IS_API_KEY = /^[^\w]{0,4}api[-_]key(?![\w-])/i;

/** Arguments without `--api-key` and its values: the server then takes every request. */
export function withoutApiKeys(args: readonly string[]): string[] {
  let follows = false;
  return args.filter((arg) => {
    const isKey = IS_API_KEY.test(arg);
    follows = isKey ? isSecretFlag(arg) : follows && !isFlag(arg);
    return !isKey && !follows;
  });
}

/** The values that {@link maskedArguments} masks. */
export const secretValues = (args: readonly string[]): string[] =>
  [...secretsIn(args)].map(({ secret }) => secret).filter((secret) => !IS_MASK.test(secret));
