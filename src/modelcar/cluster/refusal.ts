import { parseJson, stringField } from "../../base/json.ts";
import { ClusterError, type ClusterErrorCode, type Connection } from "./types.ts";

const CODES: Readonly<Record<number, ClusterErrorCode>> = {
  401: "unauthorized",
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  422: "invalid",
};

/**
 * An answer that is not a success, in the API's own words where it gives a Status (apimachinery, meta/v1). `text` must have
 * no secrets in it.
 */
export function refusal(connection: Connection, path: string, status: number, text: string): ClusterError {
  const { host } = new URL(connection.server);
  const said = stringField(parseJson(text), "message")?.replace(/\s+/g, " ").trim().slice(0, 400);
  const code = CODES[status] ?? (status >= 500 || status === 429 ? "unavailable" : "broken");
  const where = `${host}${path}`;
  switch (code) {
    case "unauthorized":
      return new ClusterError(code, `${host} does not accept the login (${connection.origin})`, {
        where,
        status,
        hint: connection.loginHint,
      });
    case "forbidden":
      return new ClusterError(code, said ?? `${host} forbids it`, {
        where,
        status,
        hint: "Ask an administrator of the cluster for a role that allows it.",
      });
    case "unavailable":
      return new ClusterError(code, `${host} fails with ${status}${said === undefined ? "" : `: ${said}`}`, {
        where,
        status,
        hint: "The cluster's API is overloaded or being restarted: try again in a minute.",
      });
    default:
      return new ClusterError(code, said ?? `${host} answers ${status}`, { where, status });
  }
}
