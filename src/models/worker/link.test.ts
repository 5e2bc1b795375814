import { describe, expect, test } from "bun:test";
import { type ManualClock, manualClock } from "../../../test/peers/manual-clock.ts";
import { ExpectedError } from "../../base/errors.ts";
import { conversationTopic, progressTopic, statusTopic } from "../../protocol/topics.ts";
import type { Transport } from "../../runtime/ports/transport.ts";
import { memoryBroker } from "../../transport/memory.fixture.ts";
import { ModelFileError } from "../onnx/model-error.ts";
import { JOB_FORMAT, type JobBody, jobSchema, REPLY_FORMAT, type RemoteArtifact } from "./job.ts";
import { openWorkerLink, type WorkerLink } from "./link.ts";

const AGENT = "orin-1";

interface Task {
  task_id: string;
  conversation_id: string;
  input: unknown;
}

/** A link over a broker in memory, and a worker that does what the test says with each task. */
async function linked(work: (task: Task, say: (topic: string, message: object) => void) => void) {
  const broker = memoryBroker();
  const connected = async (clientId: string): Promise<Transport> => {
    const transport = broker.client({ clientId });
    const up = Promise.withResolvers<void>();
    transport.start(({ state }) => state === "connected" && up.resolve());
    await up.promise;
    return transport;
  };
  const worker = await connected("worker");
  const say = (topic: string, message: object) =>
    broker.publish({ topic, payload: JSON.stringify(message), qos: 1 });
  await worker.subscribe([`/control/agents/${AGENT}/input`], ({ payload, ack }) => {
    ack();
    work(JSON.parse(Buffer.from(payload).toString()), say);
  });
  const stop = new AbortController();
  const clock: ManualClock = manualClock();
  const transport = await connected("sender");
  const artefacts = { url: "http://127.0.0.1:9/artefacts", token: "t" };
  const link: WorkerLink = await openWorkerLink({
    transport,
    agent: AGENT,
    artefacts,
    clock,
    signal: stop.signal,
    silenceMs: 60_000,
  });
  return { link, clock, stop, say };
}

const reply = ({ task_id, conversation_id }: Task, more: object) =>
  [conversationTopic(conversation_id, AGENT), { task_id, ...more }] as const;
const done = (task: Task, result: object) =>
  reply(task, { response: JSON.stringify({ format: REPLY_FORMAT, ok: true, ...result }) });
const artifact: RemoteArtifact = {
  precision: "int8",
  files: [{ name: "m.engine", sha256: "0".repeat(64), bytes: 1 }],
  versions: {},
};
const timeJob: Extract<JobBody, { kind: "time" }> = { kind: "time", artifact, feeds: [], warmUp: 0, runs: 2 };
const timed = { kind: "time", name: "int8", machine: "Orin", ms: [1, 2] };

describe("a job over MQTT", () => {
  test("is a task of the protocol that the worker's own schema takes", async () => {
    const tasks: Task[] = [];
    const { link } = await linked((task, say) => {
      tasks.push(task);
      say(...done(task, timed));
    });
    expect(await link.ask(timeJob)).toMatchObject({ ms: [1, 2] });
    expect(tasks[0]).toMatchObject({
      topic: `/control/agents/${AGENT}/input`,
      instruction: null,
      next: null,
    });
    expect(jobSchema().parse(tasks[0]!.input)).toMatchObject({ format: JOB_FORMAT, kind: "time", runs: 2 });
  });

  test("its progress is told, that of other conversations is not", async () => {
    const told: unknown[] = [];
    const { link } = await linked((task, say) => {
      const event = {
        agent_id: AGENT,
        timestamp: "2026-01-01T00:00:00Z",
        category: "Tool",
        event_type: "Processing",
      };
      const topic = progressTopic(AGENT, "Tool");
      const { task_id, conversation_id } = task;
      say(topic, { ...event, task_id, conversation_id: "another", message: "not this" });
      say(topic, { ...event, task_id, conversation_id, message: "building" });
      say(topic, { ...event, task_id, conversation_id, message: "1 of 4", metadata: { done: 1, total: 4 } });
      say(...done(task, timed));
    });
    await link.ask(timeJob, {
      onLine: (line) => told.push(line),
      onCount: (count, total) => told.push([count, total]),
    });
    expect(told).toEqual(["building", [1, 4]]);
  });

  test("the worker's own failure keeps its words, and whose fault it is", async () => {
    const error = {
      message: "TensorRT does not take this model",
      hint: "Leave the layer in float.",
      model: true,
    };
    const { link } = await linked((task, say) =>
      say(...reply(task, { response: JSON.stringify({ format: REPLY_FORMAT, ok: false, error }) })),
    );
    const asked = link.ask(timeJob);
    await expect(asked).rejects.toBeInstanceOf(ModelFileError);
    await expect(asked).rejects.toMatchObject({ message: error.message, hint: error.hint, where: AGENT });
  });

  test.each([
    [
      "an agent that is no worker",
      { response: "Hello! How can I help?" },
      "gave no answer of a worker: Hello!",
    ],
    ["a task that failed", { error: { code: "internal_error", message: "given up" } }, "failed: given up"],
  ])("%s is said to be so", async (_, more, message) => {
    const { link } = await linked((task, say) => say(...reply(task, more)));
    await expect(link.ask(timeJob)).rejects.toThrow(message);
  });

  test("a worker that is silent for too long is given up; each sign of life puts it off", async () => {
    const got = Promise.withResolvers<Task>();
    const { link, clock, say } = await linked((task) => got.resolve(task));
    const heard = Promise.withResolvers<void>();
    const asked = link.ask(timeJob, { onLine: () => heard.resolve() }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    const { task_id, conversation_id } = await got.promise;
    await clock.advance(50_000);
    say(progressTopic(AGENT, "Tool"), {
      agent_id: AGENT,
      task_id,
      conversation_id,
      timestamp: "2026-01-01T00:00:00Z",
      category: "Tool",
      event_type: "Processing",
      message: "still at it",
    });
    await heard.promise;
    await clock.advance(50_000);
    expect(await Promise.race([asked, Promise.resolve("waiting")])).toBe("waiting");
    await clock.advance(10_000);
    expect(await asked).toBeInstanceOf(ExpectedError);
    expect(await asked).toMatchObject({ message: expect.stringContaining("has said nothing for 60 s") });
  });

  test("that the worker has gone is told; the job is not given up for it", async () => {
    const got = Promise.withResolvers<Task>();
    const { link, say } = await linked((task) => got.resolve(task));
    const gone = Promise.withResolvers<string>();
    const asked = link.ask(timeJob, { onLine: gone.resolve });
    const task = await got.promise;
    say(statusTopic(AGENT), { agent_id: AGENT, status: "unavailable", timestamp: "2026-01-01T00:00:00Z" });
    expect(await gone.promise).toContain("is away");
    say(...done(task, timed));
    expect(await asked).toMatchObject({ ms: [1, 2] });
  });

  test("it ends with the reason of the signal", async () => {
    const got = Promise.withResolvers<Task>();
    const { link, stop } = await linked((task) => got.resolve(task));
    const asked = link.ask(timeJob);
    await got.promise;
    const reason = new Error("stopped");
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
  });
});
