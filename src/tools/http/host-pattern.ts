/** A host as configs name it: `example.com`, `*.example.com`, `10.0.0.5`, `[::1]:8080`, `localhost:11434`. */
export interface HostPattern {
  /** As URLs write it: lower case, IPv6 in brackets. */
  host: string;
  /** The host's subdomains are meant, not the host itself. */
  subdomains: boolean;
  /** Any port when absent. */
  port?: number;
}

const FORM = /^(\*\.)?(\[[0-9a-f:.]+\]|[^\s/:@*[\]?#]+)(?::(\d{1,5}))?$/i;

/** Reads a pattern, or gives undefined when it is none. */
export function parseHostPattern(text: string): HostPattern | undefined {
  const [, wildcard, name, port] = FORM.exec(bracketed(text.trim())) ?? [];
  if (name === undefined || Number(port ?? 0) > 65535) return undefined;
  const host = canonicalHost(name);
  if (host === undefined) return undefined;
  return { host, subdomains: wildcard !== undefined, ...(port !== undefined && { port: Number(port) }) };
}

/** A bare IPv6 address gets its brackets. */
const bracketed = (text: string): string =>
  /^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) ? `[${text}]` : text;

/** The host as the URL standard writes it, so that no odd spelling of an address slips by; without a root dot. */
function canonicalHost(host: string): string | undefined {
  const url = URL.parse(`http://${host}/`);
  return url === null || url.hostname === "" ? undefined : withoutRootDot(url.hostname);
}

export const withoutRootDot = (hostname: string): string => hostname.replace(/\.$/, "");

/** Whether a URL's host and port are meant by the pattern. */
export function matchesHost({ host, subdomains, port }: HostPattern, url: URL): boolean {
  const actual = withoutRootDot(url.hostname);
  const hostFits = subdomains ? actual.endsWith(`.${host}`) : actual === host;
  return hostFits && (port === undefined || port === portOf(url));
}

export const portOf = (url: URL): number => Number(url.port || (url.protocol === "https:" ? 443 : 80));
