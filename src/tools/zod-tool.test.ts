import { expect, test } from "bun:test";
import { toolContext } from "../../test/peers/tool-context.ts";
import * as z from "../base/zod.ts";
import { zodTool } from "./zod-tool.ts";

const input = z.strictObject({
  city: z.described(z.string().check(z.minLength(1)), "Name of the city."),
  days: z.described(z._default(z.int().check(z.minimum(1), z.maximum(7)), 1), "Days ahead."),
  units: z.described(z.optional(z.enum(["metric", "imperial"])), "Units."),
  tags: z.described(z.optional(z.record(z.string(), z.string())), "Tags."),
});

const tool = zodTool({
  name: "weather",
  description: "Tells the weather.",
  input,
  run: async ({ city, days }) => ({ content: `${city} ${days}` }),
});

test("the schema that the model sees (FR-009)", () => {
  expect(tool.parameters).toEqual({
    type: "object",
    properties: {
      city: { type: "string", minLength: 1, description: "Name of the city." },
      days: { type: "integer", minimum: 1, maximum: 7, default: 1, description: "Days ahead." },
      units: { type: "string", enum: ["metric", "imperial"], description: "Units." },
      tags: { type: "object", additionalProperties: { type: "string" }, description: "Tags." },
    },
    required: ["city"],
    additionalProperties: false,
  });
});

test("what is checked is what is run, with its defaults", async () => {
  const checked = tool.check({ city: "Oslo" });
  expect(checked).toEqual({ ok: true, value: { city: "Oslo", days: 1 } });
  expect(checked.ok && (await tool.run(checked.value, toolContext()))).toEqual({ content: "Oslo 1" });
});

test("null for a parameter that is left out is taken as left out", () => {
  expect(tool.check({ city: "Oslo", days: null, units: null })).toMatchObject({ ok: true });
  expect(tool.check({ city: null })).toMatchObject({ ok: false });
});

test("problems are told in words, with what was probably meant (FR-011, NFR-005)", () => {
  const problems = (args: unknown) => {
    const checked = tool.check(args);
    return checked.ok ? [] : checked.problems;
  };
  expect(problems({})).toEqual(["city: missing: expected a string (Name of the city.)"]);
  expect(problems({ city: 5, days: 9.5, units: "kelvin", tags: { a: 1 } })).toEqual([
    "city: expected a string, found 5",
    "days: expected a whole number from 1 to 7, found 9.5",
    'units: expected one of "metric" or "imperial"',
    "tags.a: expected a string, found 1",
  ]);
  expect(problems({ city: "", days: 8 })).toEqual([
    "city: expected a string that is not empty, found an empty string",
    "days: expected a whole number from 1 to 7, found 8",
  ]);
  expect(problems({ city: "Oslo", unit: "metric", zzz: 1 })).toEqual([
    'unit: unknown key (did you mean "units"?)',
    "zzz: unknown key (known: city, days, units, tags)",
  ]);
  expect(problems("Oslo")).toEqual(["the arguments: expected an object, found a string"]);
  expect(problems(null)).toEqual(["the arguments: expected an object, found null"]);
});

test("a call that is cancelled before it begins does not begin", async () => {
  const reason = new Error("cancelled");
  await expect(tool.run({ city: "Oslo", days: 1 }, toolContext(AbortSignal.abort(reason)))).rejects.toBe(
    reason,
  );
});
