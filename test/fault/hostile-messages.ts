import { randomUUID } from "node:crypto";

/** Messages that no well-meaning peer sends. */

export interface HostileMessage {
  payload: string | Buffer;
  retain?: boolean;
  /** What its conversation is told; undefined: nothing, since there is none that could be told. */
  code?: "invalid_input" | "pipeline_depth_exceeded";
}

export interface Target {
  /** Input topic of the agent. */
  topic: string;
  /** Of this message alone. */
  conversation: string;
  /** From 0 to 1. */
  random(): number;
}

type Make = (target: Target) => HostileMessage;

const task = ({ topic, conversation }: Target, more: object = {}) => ({
  task_id: randomUUID(),
  conversation_id: conversation,
  topic,
  instruction: "do harm",
  input: {},
  next: null,
  ...more,
});
const refused = (payload: unknown): HostileMessage => ({
  payload: JSON.stringify(payload),
  code: "invalid_input",
});
/** A task that is right but for these fields. */
const wrong =
  (fields: (target: Target) => object): Make =>
  (target) =>
    refused(task(target, fields(target)));
const ignored =
  (payload: (target: Target) => string | Buffer): Make =>
  (target) => ({ payload: payload(target) });

/** `depth` agents, one after the other. */
function pipeline({ topic }: Target, depth: number): object | null {
  let next: object | null = null;
  for (let i = 1; i < depth; i++) next = { topic, instruction: "on", input: null, next };
  return next;
}

const randomBytes = ({ random }: Target): Buffer =>
  Buffer.from(Array.from({ length: Math.ceil(random() * 400) }, () => Math.floor(random() * 256)));

const pick = <T>({ random }: Target, of: readonly T[]): T => of[Math.floor(random() * of.length)]!;

/** Sent as often as anything else. */
const COMMON: Make[] = [
  ignored((target) => Buffer.concat([Buffer.from([0xff]), randomBytes(target)])),
  ignored((target) => JSON.stringify(task(target)).slice(0, -1 - Math.floor(target.random() * 100))),
  ignored((target) =>
    pick(target, ["", " ", "null", "true", "7", '"text"', "[]", "[[]]", "NaN", "{'a': 1}"]),
  ),
  ignored((target) => JSON.stringify(task(target, { topic: "/control/agents/somebody-else/input" }))),
  ignored((target) => JSON.stringify(task(target, { topic: undefined }))),
  ignored((target) => JSON.stringify({ __proto__: null, constructor: task(target) })),
  ignored((target) => `{"__proto__": ${JSON.stringify(task(target))}}`),
  ignored((target) =>
    JSON.stringify(
      task(target, { conversation_id: pick(target, ["", "#", "a/+/b", "a/", "\u0000", 7, null]) }),
    ),
  ),
  ignored((target) => JSON.stringify(task(target, { conversation_id: "c".repeat(300) }))),
  wrong(() => ({ task_id: undefined })),
  wrong((target) => ({ task_id: pick(target, ["", "7", 7, null, {}, "g".repeat(36), "x".repeat(5_000)]) })),
  wrong((target) => ({ instruction: pick<unknown>(target, [7, {}, [], true]) })),
  wrong((target) => ({ next: pick<unknown>(target, ["next", 7, {}, { topic: 7 }, { topic: "" }]) })),
  wrong((target) => ({ version: "2.0", context: pick<unknown>(target, ["x", [], { original_query: 7 }]) })),
  wrong(() => ({ version: 2, routing_trace: [{}] })),
  wrong((target) => ({ task_id: "7", [pick(target, ["toString", "constructor", "hasOwnProperty"])]: "x" })),
  (target) => ({
    payload: `{"__proto__": {"polluted": true}, ${JSON.stringify(task(target, { task_id: 7 })).slice(1)}`,
    code: "invalid_input",
  }),
  (target) => ({ payload: JSON.stringify(task(target)), retain: true }), // right in all else (FR-005)
  (target) => ({
    payload: JSON.stringify(task(target, { next: pipeline(target, 17 + Math.floor(target.random() * 50)) })),
    code: "pipeline_depth_exceeded",
  }),
];

/** Large ones: sent now and then. */
const RARE: Make[] = [
  wrong(() => ({ input: { text: "x".repeat(256 * 1024) } })),
  wrong(() => ({ instruction: "é".repeat(200 * 1024) })),
  wrong(() => ({ input: Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`key${i}`, i])) })),
  (target) => ({
    payload: JSON.stringify(task(target, { input: "DEEP" })).replace(
      '"DEEP"',
      `${'{"a":['.repeat(5_000)}1${"]}".repeat(5_000)}`,
    ),
    code: "invalid_input",
  }),
  (target) => ({
    payload: JSON.stringify(task(target, { next: pipeline(target, 2_000) })),
    code: "pipeline_depth_exceeded",
  }),
  ignored(() => "[".repeat(100_000)),
  ignored((target) => JSON.stringify(task(target, { input: "x".repeat(5 * 1024 * 1024) }))),
];
const RARE_EVERY = 200;

/** The i-th of a flood: every kind comes again and again. */
export function hostileMessage(i: number, target: Target): HostileMessage {
  const rare = i % RARE_EVERY === 0 ? RARE[(i / RARE_EVERY) % RARE.length] : undefined;
  return (rare ?? COMMON[i % COMMON.length]!)(target);
}
