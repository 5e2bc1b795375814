import { isSecretName } from "../base/redact.ts";

/** Whether a header's value is a credential, going by its name. */
export const isCredentialHeader = (name: string): boolean =>
  isSecretName(name) || /^(cookie|proxy-authorization)$/i.test(name);

/** Credentials among headers, also without the scheme before a token: servers may give back either. */
export const credentialsIn = (
  headers: Readonly<Record<string, string>>,
  isCredential: (name: string) => boolean = isCredentialHeader,
): string[] =>
  Object.entries(headers)
    .filter(([name]) => isCredential(name))
    .flatMap(([, value]) => [value, value.replace(/^\S+\s+/, "")]);
