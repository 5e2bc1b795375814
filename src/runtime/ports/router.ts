import type { CompletedStep } from "../../protocol/envelope.ts";
import type { ChatReply } from "./model.ts";

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
  /** `spent`: what a model was asked for it, if one was. Rejects when no decision could be had. */
  decide(
    question: RoutingQuestion,
    signal: AbortSignal,
  ): Promise<{ decision: RoutingDecision; spent?: Pick<ChatReply, "usage" | "cost"> }>;
}
