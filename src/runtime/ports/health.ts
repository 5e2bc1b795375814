/** What an agent tells about itself to the health server, `doctor` and `up`. */

export interface Check {
  status: "healthy" | "degraded" | "unhealthy";
  message?: string;
  [detail: string]: unknown;
}

export interface AgentHealth {
  readonly agentId: string;
  /** ms since 1970. */
  readonly startedAt: number;
  /** The whole start-up sequence is done and the agent takes tasks (FR-002 step 7): false again while draining. */
  ready(): boolean;
  /** Why it is not, where waiting does not help. */
  whyNotReady?(): string | undefined;
  /** By name: mqtt, llm, tools, journal, task_processing. */
  checks(): Promise<Record<string, Check>>;
  /** Gauges at this moment. */
  gauges(): Promise<{ waiting: number; running: number; outbox: number; connected: boolean }>;
}
