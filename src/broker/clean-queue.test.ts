import { expect, test } from "bun:test";
import { cleanQueue } from "./clean-queue.ts";

const packet = (payload: string) =>
  ({ topic: "t", payload: Buffer.from(payload), qos: 1, retain: false }) as const;
const texts = (messages: { payload: Buffer | string }[]) => messages.map(({ payload }) => payload.toString());

test("hands out in order, also when much was taken already", () => {
  const queue = cleanQueue(Number.POSITIVE_INFINITY);
  const taken: string[] = [];
  for (let i = 0; i < 10_000; i++) {
    queue.push(packet(String(i)));
    if (i % 3 === 0) taken.push(...texts(queue.waiting(5)));
  }
  taken.push(...texts(queue.waiting(100_000)));
  expect(taken).toEqual(Array.from({ length: 10_000 }, (_, i) => String(i)));
  expect(queue.waiting(1)).toEqual([]);
});

test("has room for so many bytes, until messages are acknowledged", () => {
  const queue = cleanQueue(2 * (256 + 100));
  const full = packet("x".repeat(100));
  expect([queue.push(full), queue.push(full), queue.push(full)]).toEqual([true, true, false]);
  const [first] = queue.waiting(1);
  queue.sent(first!, 7);
  expect(queue.push(full)).toBe(false);
  queue.done(8); // no such message
  queue.done(7);
  queue.done(7);
  expect([queue.push(full), queue.push(full)]).toEqual([true, false]);
});
