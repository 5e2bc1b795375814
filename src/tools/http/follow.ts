import type { Fetch, ResolveHost } from "../factory.ts";
import { checkDestination, checkUrl, type Destination, type HostPolicy, RefusedUrl } from "./guard.ts";
import { networkError } from "./network-error.ts";
import { fetchPinned } from "./pinned-fetch.ts";

export interface HttpPolicy extends HostPolicy {
  methods: readonly string[];
  maxRedirects: number;
  /** Sent only while on the host that was asked for first. */
  headers: Readonly<Record<string, string>>;
  userAgent: string;
  ca?: string;
  proxy?: string;
}

export interface HttpIo {
  fetch: Fetch;
  resolve: ResolveHost;
}

export interface HttpRequest {
  url: URL;
  method: string;
  headers: Headers;
  body?: string;
}

export interface HttpExchange {
  /** Where the response came from, after redirects. */
  url: URL;
  response: Response;
  redirects: number;
}

/** Headers that tell nothing about who asks: the others stay behind when a redirect leaves the origin. */
const IMPERSONAL = ["accept", "accept-language", "content-type"];

/**
 * Makes a request and follows its redirects (RFC 9110 §15.4), each hop checked like a new request. Across origins only
 * impersonal headers go along. @throws RefusedUrl, an Error in plain words, or the signal's reason.
 */
export async function request(
  first: HttpRequest,
  policy: HttpPolicy,
  io: HttpIo,
  signal: AbortSignal,
): Promise<HttpExchange> {
  let current = { ...first, headers: withOwnHeaders(first.headers, policy) };
  for (let redirects = 0; ; redirects++) {
    const response = await send(current, policy, io, signal);
    const location = redirectOf(response);
    if (location === undefined || policy.maxRedirects === 0) return { url: current.url, response, redirects };
    response.body?.cancel().catch(() => {}); // not read: the connection is closed
    if (redirects >= policy.maxRedirects) throw new Error(`more than ${policy.maxRedirects} redirects`);
    current = nextRequest(current, response.status, location, policy);
  }
}

/** Later ones win: the config's headers cannot be changed by the model. */
function withOwnHeaders(given: Headers, { headers, userAgent }: HttpPolicy): Headers {
  const merged = new Headers({
    accept: "text/html, text/markdown, application/json, text/*;q=0.9, */*;q=0.5",
  });
  merged.set("user-agent", userAgent);
  for (const [name, value] of [...given, ...Object.entries(headers)]) merged.set(name, value);
  return merged;
}

async function send(
  req: HttpRequest,
  policy: HttpPolicy,
  io: HttpIo,
  signal: AbortSignal,
): Promise<Response> {
  if (policy.proxy !== undefined) return sendByProxy(req, policy, policy.proxy, io, signal);
  const destination: Destination = await checkDestination(req.url, policy, io.resolve, signal);
  const { ca } = policy;
  try {
    return await fetchPinned(destination, { ...req, signal, ...(ca !== undefined && { ca }) }, io.fetch);
  } catch (thrown) {
    signal.throwIfAborted();
    throw networkError(thrown, req.url.host);
  }
}

/** The proxy resolves the name: only what the URL itself says can be checked here. */
async function sendByProxy(
  { url, method, headers, body }: HttpRequest,
  policy: HttpPolicy,
  proxy: string,
  io: HttpIo,
  signal: AbortSignal,
): Promise<Response> {
  checkUrl(url, policy);
  const tls = { rejectUnauthorized: true, ...(policy.ca !== undefined && { ca: policy.ca }) };
  try {
    return await io.fetch(url.href, {
      method,
      headers,
      signal,
      redirect: "manual",
      keepalive: false,
      timeout: false, // the signal is the limit
      proxy: { url: proxy, respectNoProxy: false },
      tls,
      ...(body !== undefined && { body }),
    });
  } catch (thrown) {
    signal.throwIfAborted();
    throw networkError(thrown, `${url.host} (by way of the proxy)`);
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

const redirectOf = ({ status, headers }: Response): string | undefined =>
  REDIRECTS.has(status) ? (headers.get("location") ?? undefined) : undefined;

function nextRequest(from: HttpRequest, status: number, location: string, policy: HttpPolicy): HttpRequest {
  const url = URL.parse(location, from.url.href);
  if (url === null) throw new Error(`${from.url.host} redirects to something that is not a URL`);
  if (url.hash === "") url.hash = from.url.hash;
  const method = methodAfter(from.method, status);
  if (!policy.methods.includes(method))
    throw new RefusedUrl(`a redirect asks for ${method}, which is not allowed`);
  const keepsBody = method === from.method && from.body !== undefined;
  return {
    url,
    method,
    headers: headersFor(from, url, keepsBody),
    ...(keepsBody && { body: from.body }),
  };
}

/** 303 asks for the result by GET; 301 and 302 turn POST into GET, as everyone does (Fetch §4.4). */
function methodAfter(method: string, status: number): string {
  const toGet = status === 303 ? method !== "GET" && method !== "HEAD" : status < 303 && method === "POST";
  return toGet ? "GET" : method;
}

function headersFor(from: HttpRequest, url: URL, keepsBody: boolean): Headers {
  const kept = new Headers(from.headers);
  if (url.origin !== from.url.origin) {
    for (const name of [...kept.keys()]) {
      if (!IMPERSONAL.includes(name) && name !== "user-agent") kept.delete(name);
    }
  }
  if (!keepsBody) kept.delete("content-type");
  return kept;
}
