import { isDefect } from "../../base/errors.ts";
import { isLoopbackHost } from "../../base/hosts.ts";
import { systemReason } from "../../base/system-error.ts";
import { type HttpWorld, isReadError, PATIENCE_MS, ReadError } from "./types.ts";

const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export interface Sent {
  response: Response;
  /** Where the answer came from, after redirects. */
  url: string;
}

export interface SendOptions {
  method?: "GET" | "HEAD" | "POST";
  headers?: Readonly<Record<string, string>>;
  /** Sent to the origin of the first URL alone, never along a redirect that leaves it. */
  authorization?: string | undefined;
  body?: string;
  /** Hosts that may be asked over plain HTTP, beside this machine. */
  insecureHosts?: readonly string[] | undefined;
}

/**
 * Sends a request and follows its redirects. The login stays behind when a redirect leaves the origin (blobs are often
 * served by a content network that must not see it); a redirect from HTTPS to plain HTTP is refused.
 * @throws ReadError `unreachable`, `silent`, `insecure` or `broken`; the signal's reason.
 */
export async function send(url: string, options: SendOptions, world: HttpWorld): Promise<Sent> {
  const { method = "GET", headers = {}, authorization, body, insecureHosts = [] } = options;
  const origin = new URL(url).origin;
  let current = new URL(url);
  for (let hop = 0; ; hop++) {
    refusePlainHttp(current, insecureHosts);
    const own: Record<string, string> =
      current.origin === origin && authorization !== undefined ? { authorization } : {};
    const response = await once(
      current,
      {
        method,
        headers: { "user-agent": "agent2389", ...headers, ...own },
        ...(body !== undefined && hop === 0 && { body }),
      },
      world,
    );
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return { response, url: current.href };
    discard(response);
    const next = URL.parse(location, current.href);
    if (next === null || hop >= MAX_REDIRECTS) {
      const what = next === null ? "redirects to something that is not a URL" : "redirects without an end";
      throw new ReadError("broken", `${current.host} ${what}`);
    }
    if (current.protocol === "https:" && next.protocol !== "https:")
      throw new ReadError(
        "insecure",
        `${current.host} redirects from HTTPS to ${next.protocol}//${next.host}`,
      );
    current = next;
  }
}

function refusePlainHttp({ protocol, hostname, host }: URL, insecureHosts: readonly string[]): void {
  if (protocol === "https:") return;
  if (protocol !== "http:") throw new ReadError("broken", `${protocol}//${host} is neither http nor https`);
  if (isLoopbackHost(hostname) || insecureHosts.includes(host) || insecureHosts.includes(hostname)) return;
  throw new ReadError(
    "insecure",
    `${host} would be asked over plain HTTP, which anyone on the way can read`,
    {
      hint: "Use its https:// address, or name it as an insecure registry.",
    },
  );
}

async function once(url: URL, init: RequestInit, world: HttpWorld): Promise<Response> {
  const { fetch, signal, patienceMs = PATIENCE_MS, silent } = world;
  const known = silent?.get(url.host);
  if (known !== undefined) throw known;
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), patienceMs);
  const signals = signal === undefined ? [late.signal] : [late.signal, signal];
  try {
    return await fetch(url.href, { ...init, redirect: "manual", signal: AbortSignal.any(signals) });
  } catch (thrown) {
    signal?.throwIfAborted();
    // The world that we were given does not go there, or we are wrong.
    if (isReadError(thrown) || isDefect(thrown)) throw thrown;
    const reason = late.signal.aborted
      ? `no answer came within ${patienceMs / 1000} s`
      : (systemReason(thrown) ?? "no answer came");
    const code = late.signal.aborted ? "silent" : "unreachable";
    const error = new ReadError(code, `${url.host} cannot be reached: ${reason}`, {
      hint: "Check the name, the network, and the proxy settings (HTTPS_PROXY).",
      cause: thrown,
    });
    if (code === "silent") silent?.set(url.host, error);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Ends an answer that is not read: its connection goes. */
export function discard({ body }: Response): void {
  body?.cancel().catch(() => {}); // an answer that ended by itself is as good
}
