import { expect, test } from "bun:test";
import * as z from "./zod.ts";

function counted() {
  let made = 0;
  const schema = z.deferred(() => {
    made += 1;
    return z.described(z.strictObject({ n: z._default(z.int(), 1) }), "A section.");
  });
  const whole = z.strictObject({ section: z.optional(schema), list: z._default(z.array(schema), []) });
  return { whole, made: () => made };
}

test("a deferred schema is made once, when there is a value for it", () => {
  const { whole, made } = counted();
  expect(z.parseOnce(whole, {}).data).toEqual({ list: [] });
  expect(z.parseOnce(whole, { section: undefined }).data).toEqual({ section: undefined, list: [] });
  expect(made()).toBe(0);
  expect(z.parseOnce(whole, { section: {}, list: [{ n: 2 }] }).data).toEqual({
    section: { n: 1 },
    list: [{ n: 2 }],
  });
  expect(made()).toBe(1);
});

test("it says what is wrong, and stands in a JSON Schema, as the schema itself does", () => {
  const { whole } = counted();
  const { error } = z.parseOnce(whole, { section: { n: "x" } });
  expect(error?.issues[0]).toMatchObject({ code: "invalid_type", path: ["section", "n"] });
  const { properties, required } = z.toJSONSchema(whole, { io: "input" });
  expect(properties?.["section"]).toMatchObject({ description: "A section.", additionalProperties: false });
  expect(required).toBeUndefined();
});

test("of a required deferred schema a missing value is a mistake", () => {
  const whole = z.strictObject({ section: z.deferred(() => z.string()) });
  expect(z.parseOnce(whole, {}).error?.issues).toMatchObject([{ path: ["section"] }]);
});
