import { describe, expect, test } from "bun:test";
import type { SchemaNode } from "./json-schema.ts";
import { mistakesIn } from "./schema-mistakes.ts";
import * as z from "./zod.ts";

const schema = z.strictObject({
  name: z.string().check(z.minLength(2)),
  port: z.optional(z.int().check(z.minimum(1), z.maximum(9))),
  host: z.optional(z.string().check(z.regex(/^[a-z]+$/, "expected a host as example"))),
  form: z.optional(z.union([z.boolean(), z.array(z.strictObject({ a: z.number() }))])),
  headers: z.optional(
    z.record(z.string().check(z.regex(/^x-/, "expected a header that begins x-")), z.string()),
  ),
  odd: z.optional(z.number().check(z.refine((n) => n % 2 === 1, "only odd ones"))),
});
const jsonSchema = z.toJSONSchema(schema, { io: "input" }) as SchemaNode;

const mistakes = (data: unknown, container?: "object") =>
  mistakesIn(schema.safeParse(data).error?.issues ?? [], {
    data,
    schema: jsonSchema,
    ...(container && { container }),
  });

describe("where data departs from its schema", () => {
  test.each<[string, Record<string, unknown>, unknown]>([
    ["a key that nobody knows", { nam: 1 }, { kind: "unknown_key", path: ["nam"] }],
    [
      "bounds, told whole",
      { port: 0 },
      { kind: "value", path: ["port"], expected: "a whole number from 1 to 9" },
    ],
    ["another type", { port: "1" }, { kind: "type", path: ["port"], expected: "a whole number from 1 to 9" }],
    ["words of our own", { host: "A" }, { kind: "value", path: ["host"], expected: "a host as example" }],
    ["a rule", { odd: 2 }, { kind: "rule", path: ["odd"], message: "only odd ones" }],
    [
      "a key of a record",
      { headers: { y: "1" } },
      { kind: "rule", path: ["headers", "y"], message: "expected a header that begins x-" },
    ],
    [
      "a union, none of whose kinds it is",
      { form: 5 },
      { kind: "type", path: ["form"], expected: "true or false or an array of tables" },
    ],
    [
      "a union, inside the form that was meant",
      { form: [{ a: "x" }] },
      { kind: "type", path: ["form", 0, "a"], expected: "a number" },
    ],
  ])("%s", (_, data, mistake) => {
    expect(mistakes({ name: "ok", ...data })).toEqual([mistake] as never);
  });

  test("what is missing, and that of which nothing is left to say", () => {
    expect(mistakes({})).toEqual([{ kind: "missing", path: ["name"], expected: "a string" }]);
    expect(mistakes({ name: "ok" })).toEqual([]);
  });

  test("in the words of TOML, or of JSON", () => {
    expect(mistakes("x")).toEqual([{ kind: "type", path: [], expected: "a table" }]);
    expect(mistakes("x", "object")).toEqual([{ kind: "type", path: [], expected: "an object" }]);
  });
});
