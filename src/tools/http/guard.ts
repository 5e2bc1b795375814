import { lookup } from "node:dns/promises";
import { race } from "../../base/abort.ts";
import { errorCode } from "../../base/errors.ts";
import type { ResolveHost } from "../factory.ts";
import { addressOfHost, classifyAddress, isMetadataName } from "./address.ts";
import { type HostPattern, matchesHost, withoutRootDot } from "./host-pattern.ts";

/**
 * The guard against server-side request forgery (OWASP SSRF Prevention Cheat Sheet, case 2): a model, or a page it has
 * read, may name any URL, and must not reach what only this machine can reach.
 */
export interface HostPolicy {
  /** Only these hosts; any when absent. */
  allowed?: readonly HostPattern[];
  /** Hosts that may have private addresses: all, none, or these. */
  allowPrivate: boolean | readonly HostPattern[];
  /** The key of the config that opens private addresses: `allow_private` unless given. */
  opener?: string;
}

/** A URL that may be fetched, and the addresses to fetch it from: nothing is resolved again after the check. */
export interface Destination {
  url: URL;
  /** Numeric, IPv4 first; never empty. */
  addresses: string[];
}

/** The URL must not be fetched; the message says why, for the model. */
export class RefusedUrl extends Error {
  override readonly name = "RefusedUrl";
}

/** The system's resolver, /etc/hosts included. */
export const resolveHost: ResolveHost = async (hostname) =>
  (await lookup(hostname, { all: true })).map(({ address }) => address);

/** Checks what the URL itself says: form, host, an address in it. @throws RefusedUrl */
export function checkUrl(url: URL, policy: HostPolicy): void {
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new RefusedUrl(`only http:// and https:// URLs can be fetched, not ${url.protocol}`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new RefusedUrl("a URL must not hold a user name or password");
  }
  if (policy.allowed && !policy.allowed.some((pattern) => matchesHost(pattern, url))) {
    throw new RefusedUrl(
      `${url.host} is not one of the hosts this tool may reach: ${policy.allowed.map(show).join(", ")}`,
    );
  }
  if (isMetadataName(withoutRootDot(url.hostname)) && !isNamed(url, policy)) {
    throw new RefusedUrl(`${url.host} is a cloud metadata service`);
  }
  const address = addressOfHost(url.hostname);
  if (address !== undefined) checkAddress(url, address, policy);
}

/**
 * Checks a URL and everything its host resolves to.
 * @throws RefusedUrl, or an Error when the host has no address, or the signal's reason.
 */
export async function checkDestination(
  url: URL,
  policy: HostPolicy,
  resolve: ResolveHost,
  signal: AbortSignal,
): Promise<Destination> {
  checkUrl(url, policy);
  const literal = addressOfHost(url.hostname);
  if (literal !== undefined) return { url, addresses: [literal] };
  const addresses = await race(addressesOf(withoutRootDot(url.hostname), resolve), signal);
  // One bad address refuses the name: a resolver that mixes them is not to be trusted with the rest.
  for (const address of addresses) checkAddress(url, address, policy);
  return { url, addresses: [...addresses].sort((a, b) => Number(a.includes(":")) - Number(b.includes(":"))) };
}

async function addressesOf(hostname: string, resolve: ResolveHost): Promise<string[]> {
  try {
    const addresses = await resolve(hostname);
    if (addresses.length > 0) return addresses;
  } catch (thrown) {
    throw new Error(`the host ${hostname} could not be found (${errorCode(thrown) ?? "DNS error"})`, {
      cause: thrown,
    });
  }
  throw new Error(`the host ${hostname} has no address`);
}

function checkAddress(url: URL, address: string, policy: HostPolicy): void {
  const kind = classifyAddress(address);
  if (kind === "public" || isNamed(url, policy)) return;
  if (kind === "private" && mayBePrivate(url, policy.allowPrivate)) return;
  throw new RefusedUrl(
    kind === "private"
      ? `${url.host} is refused: it is a private network address, which ${policy.opener ?? "allow_private"} in the config would open`
      : `${url.host} is refused: it is not on the public internet`,
  );
}

const mayBePrivate = (url: URL, allowed: HostPolicy["allowPrivate"]): boolean =>
  typeof allowed === "boolean" ? allowed : allowed.some((pattern) => matchesHost(pattern, url));

/**
 * The config names this very host, and it is one that no one else can point elsewhere: an address, or localhost. The
 * name of a public host is not enough, since its owner decides what it resolves to.
 */
function isNamed(url: URL, { allowed = [], allowPrivate }: HostPolicy): boolean {
  const named = [...allowed, ...(typeof allowPrivate === "boolean" ? [] : allowPrivate)];
  return named.some((pattern) => !pattern.subdomains && isFixed(pattern.host) && matchesHost(pattern, url));
}

const isFixed = (host: string): boolean =>
  addressOfHost(host) !== undefined || host === "localhost" || isMetadataName(host);

const show = ({ host, subdomains, port }: HostPattern): string =>
  `${subdomains ? "*." : ""}${host}${port === undefined ? "" : `:${port}`}`;
