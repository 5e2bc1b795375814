import { expect, test } from "bun:test";
import { firstMistake } from "./first-mistake.ts";
import * as z from "./zod.ts";

const schema = z.object({
  version: z.literal(1),
  nodes: z.array(z.object({ name: z.string(), free: z.optional(z.int().check(z.minimum(0))) })),
  amount: z.optional(z.union([z.string(), z.number()])),
});

test.each([
  [{ version: 2, nodes: [] }, "version: expected 1"],
  [{ version: 1 }, "nodes: it is missing, expected is an array of objects"],
  [{ version: 1, nodes: [{ name: 5 }] }, "nodes.0.name: expected a string"],
  [{ version: 1, nodes: [{ name: "a", free: -1 }] }, "nodes.0.free: expected a whole number of at least 0"],
  [{ version: 1, nodes: [], amount: ["s3cret"] }, "amount: expected a string or a number"],
  ["s3cret", "expected an object"],
])("%j", (data, expected) => {
  const { error } = schema.safeParse(data);
  expect(firstMistake(schema, data, error?.issues ?? [])).toBe(expected);
});
