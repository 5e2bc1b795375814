import { type Clock, rfc3339 } from "../../base/clock.ts";
import { parseJson } from "../../base/json.ts";
import type { Redact } from "../../base/redact.ts";
import type { Progress, ProgressCategory, ProgressEvent } from "../../protocol/messages.ts";
import { progressTopic } from "../../protocol/topics.ts";
import type { Publication } from "../ports/transport.ts";

/** Tells whoever watches the task what is going on. */
export type ReportProgress = (
  category: ProgressCategory,
  event: ProgressEvent,
  message: string,
  metadata?: Record<string, unknown>,
) => void;

const MAX_TEXT = 4_000;
const MAX_FACTS = 20;

export interface ReporterOptions {
  agentId: string;
  /** Events a second at most; the rest is dropped, since progress is of no use when late. */
  perSecond: number;
  clock: Clock;
  redact: Redact;
  publish(publication: Publication): void;
}

/** Publishes progress events at QoS 0, as the peer implementation does. */
export function createReporter({ agentId, perSecond, clock, redact, publish }: ReporterOptions) {
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

  /** Tools put in what they like: secrets are masked, and what is long is cut. */
  const fit = (text: string): string => {
    const safe = redact(text);
    return safe.length <= MAX_TEXT ? safe : `${safe.slice(0, MAX_TEXT)}…`;
  };
  const fitValue = (value: unknown): unknown => {
    if (typeof value === "string") return fit(value);
    if (value === null || typeof value !== "object") return value;
    return parseJson(fit(JSON.stringify(value))) ?? null;
  };
  const fitAll = (metadata: Record<string, unknown>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(metadata)
        .slice(0, MAX_FACTS)
        .map(([name, value]) => [name, fitValue(value)]),
    );

  return {
    /** Events of one task. */
    forTask:
      (taskId: string, conversationId: string): ReportProgress =>
      (category, event_type, message, metadata) => {
        if (!admitted()) return;
        const event: Progress = {
          agent_id: agentId,
          task_id: taskId,
          conversation_id: conversationId,
          timestamp: rfc3339(clock.now()),
          category,
          event_type,
          message: fit(message),
          ...(metadata && { metadata: fitAll(metadata) }),
        };
        publish({ topic: progressTopic(agentId, category), payload: JSON.stringify(event), qos: 0 });
      },
  };
}

export type Reporter = ReturnType<typeof createReporter>;
export const silentReporter: Reporter = { forTask: () => () => {} };
