import { errorCode } from "../../base/errors.ts";
import type { Fetch } from "../factory.ts";
import { addressOfHost } from "./address.ts";
import type { Destination } from "./guard.ts";
import { portOf, withoutRootDot } from "./host-pattern.ts";

export interface PinnedRequest {
  method: string;
  headers: Headers;
  body?: string;
  signal: AbortSignal;
  /** PEM of certificate authorities to trust, instead of the usual ones. */
  ca?: string;
}

/** Codes of failures that came before anything was sent, so that another address may be tried. */
const NOT_CONNECTED = new Set([
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
]);

/**
 * Fetches from the addresses that were checked and from no other: the connection is made to the address itself, the
 * name goes only into the `Host` header and the TLS handshake (SNI, RFC 6066 §3, and the certificate check, RFC 9110
 * §4.3.4). So a name that resolves differently a moment later (DNS rebinding) changes nothing. Never follows a
 * redirect, never uses a proxy from the environment, never reuses a connection.
 */
export async function fetchPinned(
  { url, addresses }: Destination,
  request: PinnedRequest,
  fetch: Fetch,
): Promise<Response> {
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await fetch(urlAt(url, address), init(url, request));
    } catch (thrown) {
      request.signal.throwIfAborted();
      failure = thrown;
      if (!NOT_CONNECTED.has(errorCode(thrown) ?? "")) break;
    }
  }
  throw failure;
}

function urlAt(url: URL, address: string): string {
  const host = address.includes(":") ? `[${address}]` : address;
  return `${url.protocol}//${host}:${portOf(url)}${url.pathname}${url.search}`;
}

function init(url: URL, { method, headers, body, signal, ca }: PinnedRequest): BunFetchRequestInit {
  const pinned = new Headers(headers);
  pinned.set("host", url.host);
  const name = withoutRootDot(url.hostname);
  return {
    method,
    headers: pinned,
    signal,
    redirect: "manual",
    keepalive: false,
    timeout: false, // the signal is the limit
    proxy: false,
    ...(body !== undefined && { body }),
    tls: {
      rejectUnauthorized: true,
      ...(addressOfHost(name) === undefined && { serverName: name }),
      ...(ca !== undefined && { ca }),
    },
  };
}
