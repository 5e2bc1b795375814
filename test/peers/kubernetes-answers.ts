import type { ServerResponse } from "node:http";

/** Answers as the Kubernetes API gives them. */
export interface Answered {
  status: number;
  body: unknown;
  headers?: Record<string, string> | undefined;
}

export const ok = (body: unknown): Answered => ({ status: 200, body });

export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/plain" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.end(text);
}

/** As k8s.io/apimachinery writes a failure. */
export const failed = (code: number, reason: string, message: string): Answered => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code },
});
