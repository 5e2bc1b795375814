const MASK = "[redacted]";

/** Shorter values are too likely to be ordinary words: masking them would tear the text apart. */
const MIN_SECRET_LENGTH = 6;

/**
 * Forms that are secrets whoever set them: provider keys, bearer tokens, passwords in URLs, private keys. Every
 * repetition that another part could match too is bounded: hostile text must not cost more than linear time.
 */
export const SECRET_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\b(sk|pk|rk|gsk|xai|hf|ghp|gho|ghs|glpat|xox[abprs])[-_][A-Za-z0-9_-]{12,}/g, MASK],
  [/\bAIza[0-9A-Za-z_-]{30,}/g, MASK],
  [/\bAKIA[0-9A-Z]{16}\b/g, MASK],
  // A header is masked whatever its value; elsewhere the value must look made, or "basic understanding" would go.
  [/\b(authorization["']?\s*[:=]\s*["']?(?:Bearer|Basic))\s+[A-Za-z0-9._~+/=-]{4,1024}/gi, `$1 ${MASK}`],
  [/\b(Bearer|Basic)\s+(?=[A-Za-z._~+/=-]{0,64}\d)[A-Za-z0-9._~+/=-]{12,1024}/gi, `$1 ${MASK}`],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s/:@]{0,256}):[^\s/@]{1,1024}@/gi, `$1:${MASK}@`],
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]{0,8192}?-----END [A-Z ]{0,40}PRIVATE KEY-----/g, MASK],
];

/** What every form has in it: most texts have none of it, and need no closer look. */
const SUSPECT = /[-_][A-Za-z0-9_-]{12}|AIza|AKIA|bearer|basic|:\/\/|PRIVATE KEY/i;

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** A redactor for these secret values and all known forms. */
export function redactor(secrets: Iterable<string> = []): Redact {
  const withoutValues = valueRedactor(secrets);
  return (text) => {
    let result = withoutValues(text);
    if (!SUSPECT.test(result)) return result;
    for (const [form, replacement] of SECRET_FORMS) result = result.replace(form, replacement);
    return result;
  };
}

/**
 * A redactor for these secret values alone (longest first, so that none hides in a longer one): for text of others,
 * in which what has the form of a secret may be an example.
 */
export function valueRedactor(secrets: Iterable<string>): Redact {
  const given = new Set(secrets);
  if (given.size === 0) return (text) => text;
  const values = [...given]
    .filter((value) => value.length >= MIN_SECRET_LENGTH)
    .flatMap((value) => {
      const escaped = JSON.stringify(value).slice(1, -1);
      return escaped === value ? [value] : [value, escaped];
    })
    .sort((a, b) => b.length - a.length);
  return (text) => values.reduce((result, value) => result.replaceAll(value, MASK), text);
}

/** Names of keys, headers and environment variables whose values are secrets. */
export const isSecretName = (name: string): boolean =>
  /(^|[_-])(api[_-]?key|key|token|pat|secret|pass|passwd|password|passphrase|pwd|dsn|credentials?|authorization)$/i.test(
    name,
  ) ||
  /apikey$/i.test(name) ||
  /[a-z](Key|Token|Secret|Password|Credentials?)$/.test(name);
