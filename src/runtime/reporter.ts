import { type Clock, rfc3339 } from "../base/clock.ts";
import type { Progress } from "../protocol/messages.ts";
import { progressTopic } from "../protocol/topics.ts";
import type { Report } from "./loop.ts";
import type { Publication } from "./ports/transport.ts";

export interface ReporterOptions {
  agentId: string;
  /** Events a second at most; the rest is dropped, since progress is of no use when late. */
  perSecond: number;
  clock: Clock;
  publish(publication: Publication): void;
}

/** Publishes progress events at QoS 0, as the peer implementation does. */
export function createReporter({ agentId, perSecond, clock, publish }: ReporterOptions) {
  let allowance = perSecond;
  let refilledAt = clock.now();

  const admitted = (): boolean => {
    const now = clock.now();
    allowance = Math.min(perSecond, allowance + ((now - refilledAt) / 1000) * perSecond);
    refilledAt = now;
    if (allowance < 1) return false;
    allowance -= 1;
    return true;
  };

  return {
    /** Events of one task. */
    forTask:
      (taskId: string, conversationId: string): Report =>
      (category, event_type, message, metadata) => {
        if (!admitted()) return;
        const event: Progress = {
          agent_id: agentId,
          task_id: taskId,
          conversation_id: conversationId,
          timestamp: rfc3339(clock.now()),
          category,
          event_type,
          message,
          ...(metadata && { metadata }),
        };
        publish({ topic: progressTopic(agentId, category), payload: JSON.stringify(event), qos: 0 });
      },
  };
}

export type Reporter = ReturnType<typeof createReporter>;
export const silentReporter: Reporter = { forTask: () => () => {} };
