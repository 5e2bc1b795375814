import type { Traffic, TrafficType } from "./traffic.ts";

export interface TrafficFilter {
  agents: readonly string[];
  conversation: string | undefined;
  types: readonly TrafficType[];
}

/** Whether a message is wanted. Messages of no conversation are not when one was asked for. */
export function isWanted(traffic: Traffic, { agents, conversation, types }: TrafficFilter): boolean {
  return (
    (types.length === 0 || types.includes(traffic.type)) &&
    (agents.length === 0 || agents.includes(traffic.agent)) &&
    (conversation === undefined || traffic.conversation?.startsWith(conversation) === true)
  );
}
