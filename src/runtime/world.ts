import type { Clock } from "../base/clock.ts";
import type { Redact } from "../base/redact.ts";
import type { Logger } from "../log/logger.ts";
import type { AgentSection, Budget, RuntimeSection } from "./config.ts";
import type { Check } from "./ports/health.ts";
import type { Metrics } from "./ports/metrics.ts";
import type { ChatRequest, Model } from "./ports/model.ts";
import type { Router } from "./ports/router.ts";
import type { Store } from "./ports/store.ts";
import type { Tool } from "./ports/tool.ts";
import type { Transport } from "./ports/transport.ts";
import type { RoutingOptions } from "./task/route.ts";

/** What an agent is. */
export interface AgentOptions {
  agent: AgentSection;
  budget: Budget;
  runtime: RuntimeSection;
  /** Absent: what names no next agent ends here. */
  routing?: RoutingOptions | undefined;
  systemPrompt: string;
  output?: ChatRequest["output"] | undefined;
  heartbeatSecs: number;
  /** Several replicas have the same id and share its tasks. */
  shared?: boolean | undefined;
}

/** The world an agent lives in; all of it can be replaced. */
export interface AgentWorld {
  store: Store;
  transport: Transport;
  openModel(): Promise<Model>;
  openTools(): Promise<OpenedTools>;
  openRouter?(): Promise<Router>;
  metrics: Metrics;
  redact: Redact;
  clock: Clock;
  /** At least 0, less than 1. */
  random(): number;
  log: Logger;
  /** Work was done, and then there was none for a second: a good time to tidy up. */
  onQuiet?(): void;
}

export interface OpenedTools {
  readonly tools: Tool[];
  checks(): Promise<Record<string, Check>>;
  close(): Promise<void>;
}
