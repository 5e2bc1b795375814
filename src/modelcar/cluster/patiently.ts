import { backoffDelay } from "../../base/backoff.ts";
import { isDefect } from "../../base/errors.ts";
import { isUntrusted, systemReason } from "../../base/system-error.ts";
import { readBody } from "../http/body.ts";
import { BACKOFF, MAX_WAIT_MS, retryAfterMs, TRIES } from "../http/retry.ts";
import { PATIENCE_MS } from "../http/types.ts";
import { ClusterError, type ClusterWorld, type Connection } from "./types.ts";

export interface ApiRequest {
  method?: "GET" | "POST" | "PATCH" | "DELETE";
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  contentType?: string;
  /** How long the whole answer may take; 30 s unless given. */
  timeoutMs?: number;
}

/** Who asks, and by what. */
export interface Caller {
  connection: Connection;
  world: ClusterWorld;
}

export interface Answered {
  response: Response;
  text: string;
}

/** A page of 500 nodes has some 15 MB; a log or an answer of a model far less. */
const MAX_ANSWER = 256 * 2 ** 20;

/** A login that has expired is renewed once; what may pass by itself is tried three times when it changes nothing. */
export async function patiently(caller: Caller, path: string, request: ApiRequest): Promise<Answered> {
  const { clock, signal } = caller.world;
  const { method = "GET" } = request;
  let [renewed, renew] = [false, false];
  for (let round = 0; ; round++) {
    const last = round >= TRIES - 1 || method === "POST";
    let delay = backoffDelay(BACKOFF, round);
    try {
      const answered = await attempt(caller, path, request, renew);
      renew = false;
      const { status, headers } = answered.response;
      if (status === 401 && !renewed) {
        renewed = renew = true;
        continue;
      }
      if (last || !(status === 429 || status >= 500)) return answered;
      delay = retryAfterMs(headers, clock.now()) ?? delay;
      if (delay > MAX_WAIT_MS) return answered;
    } catch (thrown) {
      if (last || !(thrown instanceof ClusterError) || thrown.code !== "unreachable") throw thrown;
    }
    await clock.sleep(delay, signal);
    signal.throwIfAborted();
  }
}

/** Once, with a login that is new where the old one was refused. @throws ClusterError `unreachable`, `tls` */
async function attempt(
  { connection, world }: Caller,
  path: string,
  request: ApiRequest,
  renew: boolean,
): Promise<Answered> {
  const { method = "GET", query, body, contentType = "application/json", timeoutMs = PATIENCE_MS } = request;
  const { authorization, ...certificate } = await connection.credentials(renew);
  const tls = { ...connection.tls, ...certificate };
  const url = `${connection.server}${path}${query === undefined ? "" : `?${new URLSearchParams(query)}`}`;
  const late = new AbortController();
  const forget = world.clock.after(timeoutMs, () => late.abort());
  try {
    const response = await world.fetch(url, {
      method,
      redirect: "manual",
      signal: AbortSignal.any([world.signal, late.signal]),
      headers: {
        accept: "application/json",
        "user-agent": "agent2389",
        ...connection.headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { "content-type": contentType }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(Object.keys(tls).length > 0 && { tls }),
      ...(connection.proxy !== undefined && { proxy: connection.proxy }),
    });
    const bytes = await readBody(response, MAX_ANSWER, `the answer of ${new URL(url).host}`);
    return { response, text: new TextDecoder().decode(bytes) };
  } catch (thrown) {
    world.signal.throwIfAborted();
    if (isDefect(thrown)) throw thrown;
    throw unreachable(connection, late.signal.aborted ? timeoutMs : undefined, thrown);
  } finally {
    forget();
  }
}

function unreachable({ server }: Connection, lateMs: number | undefined, cause: unknown): ClusterError {
  const { host } = new URL(server);
  const reason =
    lateMs === undefined
      ? (systemReason(cause) ?? "no answer came")
      : `no answer came within ${lateMs / 1000} s`;
  if (lateMs === undefined && isUntrusted(cause))
    return new ClusterError("tls", `${host} cannot be trusted: ${reason}`, {
      hint: "Put its certificate authority in the kubeconfig (certificate-authority), or log in again to get it.",
      cause,
    });
  return new ClusterError("unreachable", `the cluster at ${host} cannot be reached: ${reason}`, {
    hint: "Check the network, the VPN and the proxy (HTTPS_PROXY), and that the cluster is running.",
    cause,
  });
}
