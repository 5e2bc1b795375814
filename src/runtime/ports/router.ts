import type { CompletedStep } from "../../protocol/envelope.ts";

/** An agent that can be routed to, as its retained status tells. */
export interface AvailableAgent {
  id: string;
  description: string;
  capabilities: string[];
  /** 0 idle … 1 busy; undefined when it does not say. */
  load?: number;
}

export interface RoutingQuestion {
  originalQuery: string;
  steps: CompletedStep[];
  currentAgent: string;
  currentOutput: string;
  agents: AvailableAgent[];
  iteration: number;
}

export type RoutingDecision = { reasoning: string } & (
  | { complete: true }
  | { complete: false; nextAgent: string; nextInstruction: string }
);

/** Decides after each step of a v2 workflow who goes on, or that it is complete. */
export interface Router {
  /** `cost` in USD, undefined when unknown or none. Rejects when no decision could be had. */
  decide(
    question: RoutingQuestion,
    signal: AbortSignal,
  ): Promise<{ decision: RoutingDecision; cost?: number | undefined }>;
}
