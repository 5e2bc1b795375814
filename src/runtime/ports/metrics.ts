import type { ErrorCode } from "../../protocol/errors.ts";

/** What becomes of a task. */
export type Outcome = "answered" | "forwarded" | "budget" | ErrorCode;

/** What the runtime counts; the server renders it. Must be cheap and must not throw. */
export interface Metrics {
  /** A message came in on the input topic. */
  received(): void;
  /** It was not worked: why. */
  dropped(reason: "retained" | "wrong_topic" | "duplicate" | "unreadable" | "invalid"): void;
  started(): void;
  finished(outcome: Outcome, seconds: number): void;
  modelCall(model: string, outcome: "ok" | "error", seconds: number): void;
  tokens(model: string, input: number, output: number): void;
  costUsd(model: string, usd: number): void;
  toolCall(tool: string, outcome: "ok" | "error", seconds: number): void;
  published(kind: "reply" | "forward"): void;
}
