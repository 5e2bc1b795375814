const MASK = "[redacted]";

/** Shorter values are too likely to be ordinary words: masking them would tear the text apart. */
const MIN_SECRET_LENGTH = 6;

/** Forms that are secrets whoever set them: provider keys, bearer tokens, passwords in URLs, private keys. */
const SECRET_FORMS: [RegExp, string][] = [
  [/\b(sk|pk|rk|gsk|xai|hf|ghp|gho|ghs|glpat|xox[abprs])[-_][A-Za-z0-9_-]{12,}/g, MASK],
  [/\bAIza[0-9A-Za-z_-]{30,}/g, MASK],
  [/\bAKIA[0-9A-Z]{16}\b/g, MASK],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${MASK}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi, `$1:${MASK}@`],
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g, MASK],
];

/** Replaces secrets in a text. */
export type Redact = (text: string) => string;

/** A redactor for these secret values (longest first, so that none hides in a longer one) and all known forms. */
export function redactor(secrets: Iterable<string> = []): Redact {
  const values = [...new Set(secrets)]
    .filter((value) => value.length >= MIN_SECRET_LENGTH)
    .flatMap((value) => {
      const escaped = JSON.stringify(value).slice(1, -1);
      return escaped === value ? [value] : [value, escaped];
    })
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let result = text;
    for (const value of values) result = result.replaceAll(value, MASK);
    for (const [form, replacement] of SECRET_FORMS) result = result.replace(form, replacement);
    return result;
  };
}

/** Names of keys and environment variables whose values are secrets. */
export const isSecretName = (name: string): boolean =>
  /(^|_)(api_?key|key|token|secret|password|passwd|credentials?)$/i.test(name) || /apikey$/i.test(name);
