import { randomUUID } from "node:crypto";
import mqtt from "mqtt";

export interface Load {
  /** Sends `count` tasks, keeping up to `window` unanswered; resolves with tasks per second. */
  throughput(count: number, window: number): Promise<number>;
  /** Sends one task every 1/`perSecond` s for `seconds`; resolves with each one's latency in ms. */
  latencies(perSecond: number, seconds: number): Promise<number[]>;
  close(): Promise<void>;
}

/** A client that sends tasks to an agent and takes its answers, as `ask` would but thousands of them. */
export async function openLoad(brokerPort: number, agentId: string): Promise<Load> {
  const client = await mqtt.connectAsync({
    protocol: "mqtt",
    host: "127.0.0.1",
    port: brokerPort,
    protocolVersion: 5,
  });
  const waiting = new Map<string, () => void>();
  client.on("message", (_topic, payload) => {
    const { task_id, response } = JSON.parse(payload.toString()) as { task_id: string; response?: string };
    // What answers with an error is not measured but broken.
    if (response === undefined) throw new Error(`no answer: ${payload.toString()}`);
    waiting.get(task_id)?.();
    waiting.delete(task_id);
  });
  await client.subscribeAsync(`/conversations/+/${agentId}`, { qos: 1 });
  const topic = `/control/agents/${agentId}/input`;

  const send = (): Promise<void> =>
    new Promise((resolve) => {
      const task_id = randomUUID();
      waiting.set(task_id, resolve);
      client.publish(
        topic,
        JSON.stringify({
          task_id,
          conversation_id: "bench",
          topic,
          instruction: "go",
          input: {},
          next: null,
        }),
        { qos: 1 },
      );
    });

  return {
    async throughput(count, window) {
      const begun = performance.now();
      let left = count;
      const lane = async () => {
        while (left-- > 0) await send();
      };
      await Promise.all(Array.from({ length: window }, lane));
      return count / ((performance.now() - begun) / 1000);
    },
    async latencies(perSecond, seconds) {
      const pending: Promise<number>[] = [];
      const begun = performance.now();
      for (let i = 0; i < perSecond * seconds; i++) {
        const due = begun + (i * 1000) / perSecond;
        if (due > performance.now()) await Bun.sleep(due - performance.now());
        const sent = performance.now();
        pending.push(send().then(() => performance.now() - sent));
      }
      return Promise.all(pending);
    },
    close: () => client.endAsync(),
  };
}
