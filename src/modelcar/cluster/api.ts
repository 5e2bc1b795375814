import { backoffDelay } from "../../base/backoff.ts";
import { isDefect } from "../../base/errors.ts";
import { parseJson, stringField } from "../../base/json.ts";
import { valueRedactor } from "../../base/redact.ts";
import { isUntrusted, systemReason } from "../../base/system-error.ts";
import { readBody } from "../http/body.ts";
import { retryAfterMs } from "../http/retry.ts";
import { refusal } from "./refusal.ts";
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

export interface ApiAnswer {
  status: number;
  text: string;
}

/** The Kubernetes API of one cluster. Paths begin with `/api/v1` or `/apis/GROUP/VERSION`. */
export interface Api {
  readonly connection: Connection;
  /** The answer's JSON. @throws ClusterError */
  json(path: string, request?: ApiRequest): Promise<unknown>;
  /** The answer as it is, unless the cluster itself cannot be asked. @throws ClusterError `unreachable`, `tls`, … */
  send(path: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** All items of a list, page by page. @throws ClusterError */
  list(path: string, query?: Readonly<Record<string, string>>): Promise<unknown[]>;
}

const PATIENCE_MS = 30_000;
/** A page of 500 nodes has some 15 MB; a log or an answer of a model far less. */
const MAX_ANSWER = 256 * 2 ** 20;
const PAGE = "500";
const TRIES = 3;
const MAX_WAIT_MS = 20_000;
const BACKOFF = { firstMs: 300, maxMs: 5_000 };

export function openApi(connection: Connection, world: ClusterWorld): Api {
  const redact = (text: string): string => valueRedactor(connection.secrets())(text);

  async function attempt(path: string, request: ApiRequest, renew: boolean): Promise<Answered> {
    const {
      method = "GET",
      query,
      body,
      contentType = "application/json",
      timeoutMs = PATIENCE_MS,
    } = request;
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

  /** A login that has expired is renewed once; what may pass by itself is tried three times when it changes nothing. */
  async function patiently(path: string, request: ApiRequest): Promise<Answered> {
    const { method = "GET" } = request;
    let [renewed, renew] = [false, false];
    for (let round = 0; ; round++) {
      const last = round >= TRIES - 1 || method === "POST";
      let delay = backoffDelay(BACKOFF, round);
      try {
        const answered = await attempt(path, request, renew);
        renew = false;
        const { status, headers } = answered.response;
        if (status === 401 && !renewed) {
          renewed = renew = true;
          continue;
        }
        if (last || !(status === 429 || status >= 500)) return answered;
        delay = retryAfterMs(headers, world.clock.now()) ?? delay;
        if (delay > MAX_WAIT_MS) return answered;
      } catch (thrown) {
        if (last || !(thrown instanceof ClusterError) || thrown.code !== "unreachable") throw thrown;
      }
      await world.clock.sleep(delay, world.signal);
      world.signal.throwIfAborted();
    }
  }

  async function json(path: string, request: ApiRequest = {}): Promise<unknown> {
    const { response, text } = await patiently(path, request);
    if (!response.ok) throw refusal(connection, path, response.status, redact(text));
    const value = parseJson(text);
    if (value !== undefined) return value;
    throw new ClusterError(
      "broken",
      `${new URL(connection.server).host} answers with something that is not JSON`,
      {
        where: path,
        hint: "Check that the server of the kubeconfig is a Kubernetes API, and that no proxy stands between.",
      },
    );
  }

  async function list(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown[]> {
    const items: unknown[] = [];
    let token = "";
    do {
      const page = await json(path, { query: { limit: PAGE, ...query, ...(token && { continue: token }) } });
      items.push(...itemsOf(page, path));
      token = stringField((page as { metadata?: unknown }).metadata, "continue") ?? "";
    } while (token !== "");
    return items;
  }

  return {
    connection,
    json,
    list,
    async send(path, request = {}) {
      const { response, text } = await patiently(path, request);
      return { status: response.status, text: redact(text) };
    },
  };
}

interface Answered {
  response: Response;
  text: string;
}

function itemsOf(page: unknown, path: string): unknown[] {
  const items = (page as { items?: unknown } | null)?.items;
  if (Array.isArray(items)) return items;
  if (items === null) return [];
  throw new ClusterError("broken", "the answer is not a list", { where: path });
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
