import { readStatus } from "../protocol/read-status.ts";
import { statusTopic } from "../protocol/topics.ts";
import type { SubscribeOptions } from "./ports/transport.ts";
import type { AgentWorld } from "./world.ts";

export interface SeenStatus {
  available: boolean;
  /** The broker kept it from before. */
  retained: boolean;
}

/** What is said of this agent on its own status topic, by whoever speaks for it; rejects when the broker refuses it. */
export const watchOwnStatus = (
  { transport, clock }: Pick<AgentWorld, "transport" | "clock">,
  agentId: string,
  saw: (status: SeenStatus) => void,
  options: SubscribeOptions = {},
): Promise<void> =>
  transport.subscribe(
    [statusTopic(agentId)],
    ({ topic, payload, retained, ack }) => {
      const status = readStatus(topic, payload, clock.now());
      if (status) saw({ available: status.saysAvailable, retained });
      ack();
    },
    { ...options, qos: 0 },
  );
