import { beforeAll, expect, test } from "bun:test";
import { type SchemaCompiler, schemaCompiler } from "./arguments.ts";

let compile: SchemaCompiler;
beforeAll(async () => {
  compile = await schemaCompiler();
});

const schema = {
  type: "object",
  properties: {
    n: { type: "integer" },
    color: { enum: ["red", "blue"] },
    deep: { type: "object", properties: { x: { type: "string" } } },
  },
  required: ["n"],
  additionalProperties: false,
};

test("problems are told with their place and what is expected", () => {
  const check = compile(schema)!;
  expect(check({ n: 1, color: "red" })).toEqual({ ok: true, value: { n: 1, color: "red" } });
  expect(check({ n: "1", color: "green", deep: { x: 1 }, extra: 0 })).toEqual({
    ok: false,
    problems: [
      'the arguments must not have "extra"',
      "n must be integer",
      'color must be one of ["red","blue"]',
      "deep.x must be string",
    ],
  });
});

test("null for a parameter that is left out is taken as left out, unless the schema wants null", () => {
  expect(compile(schema)!({ n: 1, color: null })).toEqual({ ok: true, value: { n: 1 } });
  expect(compile(schema)!({ n: null })).toMatchObject({ ok: false });
  const nullable = compile({ type: "object", properties: { a: { type: ["string", "null"] } } })!;
  expect(nullable({ a: null })).toEqual({ ok: true, value: { a: null } });
});

test("draft-07 where the schema says so, 2020-12 otherwise", () => {
  const tuple = { type: "object", properties: { pair: { items: [{ type: "string" }, { type: "number" }] } } };
  const old = compile({ ...tuple, $schema: "http://json-schema.org/draft-07/schema#" })!;
  expect(old({ pair: ["a", "b"] })).toMatchObject({ ok: false });
  const now = compile({ type: "object", properties: { pair: { prefixItems: [{ type: "string" }] } } })!;
  expect(now({ pair: [1] })).toMatchObject({ ok: false });
});

test("two tools may have schemas of one $id, and unknown keywords and formats are let through", () => {
  const named = {
    type: "object",
    $id: "https://x.test/s",
    properties: { at: { type: "string", format: "moon-phase", "x-ui": 1 } },
  };
  expect(compile(named)!({ at: "new" }).ok).toBe(true);
  expect(compile(named)!({ at: 1 }).ok).toBe(false);
});

test("a schema that cannot be compiled is told apart", () => {
  expect(compile({ type: "object", properties: { a: { type: "no-such-type" } } })).toBeUndefined();
  expect(
    compile({ type: "object", properties: { a: { $ref: "https://elsewhere.test/schema" } } }),
  ).toBeUndefined();
});
