import { parseJson, stringField } from "../../base/json.ts";
import { valueRedactor } from "../../base/redact.ts";
import { type ApiRequest, patiently } from "./patiently.ts";
import { refusal } from "./refusal.ts";
import { ClusterError, type ClusterWorld, type Connection } from "./types.ts";

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

const PAGE = "500";
export function openApi(connection: Connection, world: ClusterWorld): Api {
  const caller = { connection, world };
  const redact = (text: string): string => valueRedactor(connection.secrets())(text);

  async function json(path: string, request: ApiRequest = {}): Promise<unknown> {
    const { response, text } = await patiently(caller, path, request);
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
      const { response, text } = await patiently(caller, path, request);
      return { status: response.status, text: redact(text) };
    },
  };
}

function itemsOf(page: unknown, path: string): unknown[] {
  const items = (page as { items?: unknown } | null)?.items;
  if (Array.isArray(items)) return items;
  if (items === null) return [];
  throw new ClusterError("broken", "the answer is not a list", { where: path });
}
