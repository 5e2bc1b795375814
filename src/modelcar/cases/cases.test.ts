import { describe, expect, test } from "bun:test";
import { decide } from "../decision/decide.ts";
import { modelParts, totalParameters } from "../requirements/parameters.ts";
import { modelShape } from "../requirements/shape.ts";
import { GIB } from "../requirements/units.ts";
import { cases, factsOf, inventoryOf, models, needOf } from "./cases.fixture.ts";

/** A figure within a part of what was published. */
function near(actual: number | undefined, published: number, part: number): void {
  expect(actual).toBeDefined();
  expect(Math.abs((actual ?? 0) / published - 1)).toBeLessThanOrEqual(part);
}

describe("published cases", () => {
  test("there are sixty or more, each with its source", () => {
    expect(cases.length).toBeGreaterThanOrEqual(60);
    expect(cases.filter(({ source }) => source === "")).toEqual([]);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  });

  for (const one of cases)
    test(`${one.name} (${one.source})`, () => {
      const [model] = decide([needOf(one)], inventoryOf(one)).models;
      const { verdict, reason, nearest, weights, kv, activations } = one.expect;
      if (verdict !== undefined)
        expect({ verdict: model?.verdict, why: model?.reasons }).toMatchObject({ verdict });
      if (reason !== undefined) expect(model?.reasons.map(({ code }) => code)).toContain(reason);
      if (nearest !== undefined) expect(model?.nearest.map(({ what }) => what)).toContain(nearest);
      const needs = model?.requirements;
      if (weights !== undefined) near((needs?.weights.bytes ?? 0) / GIB, weights, 0.01);
      if (kv !== undefined) near((needs?.kv.bytes ?? 0) / GIB, kv, 0.01);
      if (activations !== undefined) near((needs?.activations.bytes ?? 0) / GIB, activations, 0.1);
    });
});

describe("parameters worked out from the config are those that were published, within 1 %", () => {
  for (const [name, { parameters }] of Object.entries(models).filter(([, m]) => m.parameters !== undefined))
    test(name, () => {
      const shape = modelShape(factsOf(name).config ?? {});
      near(shape && totalParameters(modelParts(shape)), parameters ?? 0, 0.01);
    });
});

test("no key of these configs is lost when they are read", () => {
  for (const [name, { config }] of Object.entries(models)) {
    const { alternate, hybrid, ...written } = config;
    expect({ name, keys: Object.keys(factsOf(name).config ?? {}) }).toEqual({
      name,
      keys: expect.arrayContaining(Object.keys(written)),
    });
  }
});
