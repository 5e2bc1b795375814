import { type Clock, systemClock } from "../../base/clock.ts";
import { parseJson } from "../../base/json.ts";
import { conversationTopic, inputTopic, progressTopic, statusTopic } from "../../protocol/topics.ts";
import { type MemoryBroker, memoryBroker } from "../../transport/memory.fixture.ts";
import type { Services } from "../services.ts";

/** For tests: a broker in memory, and agents on it that do as they are told. */

/** A clock that stands still; sleeping lets everything else go first and takes no time. */
export const stillClock: Clock = {
  ...systemClock,
  now: () => Date.parse("2026-01-02T03:04:05Z"),
  sleep: (_ms, signal) =>
    new Promise((resolve) => {
      setImmediate(() => setImmediate(resolve));
      signal?.addEventListener("abort", () => resolve(), { once: true });
    }),
};

/** A clock on which time never passes: nothing times out. */
export const stoppedClock: Clock = {
  ...stillClock,
  sleep: (_ms, signal) =>
    new Promise((resolve) => signal?.addEventListener("abort", () => resolve(), { once: true })),
};

export const onBroker = (broker: MemoryBroker): Pick<Services, "openTransport"> => ({
  openTransport: async ({ clientId }) => broker.client({ clientId }),
});

export type Sent = Record<string, unknown> & { task_id: string; conversation_id: string };

export interface ScriptedAgent {
  id: string;
  /** Publishes progress and replies for a task; the default does nothing. */
  work?(task: Sent, say: Say): void | Promise<void>;
  status?: object;
}

export interface Say {
  /** `by`: as if another agent said it. */
  progress(
    category: "General" | "Tool" | "LLM",
    eventType: string,
    message: string,
    metadata?: object,
    by?: string,
  ): void;
  reply(reply: object): void;
}

/** A broker with these agents on it, available. */
export function brokerWith(...agents: ScriptedAgent[]): MemoryBroker {
  const broker = memoryBroker();
  for (const agent of agents) join(broker, agent);
  return broker;
}

function join(broker: MemoryBroker, { id, work, status }: ScriptedAgent): void {
  const post = (topic: string, payload: object, retain = false) =>
    broker.publish({ topic, payload: JSON.stringify(payload), qos: 1, retain });
  post(
    statusTopic(id),
    { agent_id: id, status: "available", timestamp: "2026-01-02T03:04:00Z", ...status },
    true,
  );
  const transport = broker.client({ clientId: id });
  transport.start(() => {});
  void transport.subscribe([inputTopic(id)], (delivery) => {
    delivery.ack();
    const task = parseJson(Buffer.from(delivery.payload).toString()) as Sent;
    const about = { agent_id: id, task_id: task.task_id, conversation_id: task.conversation_id };
    void work?.(task, {
      progress: (category, event_type, message, metadata, by = id) =>
        post(progressTopic(by, category), {
          ...about,
          agent_id: by,
          timestamp: "2026-01-02T03:04:05Z",
          category,
          event_type,
          message,
          metadata,
        }),
      reply: (reply) =>
        post(conversationTopic(task.conversation_id, id), { task_id: task.task_id, agent_id: id, ...reply }),
    });
  });
}
