import { expect } from "bun:test";
import { type OciBehaviour, type OciRegistry, ociRegistry } from "../../../test/peers/oci-registry.ts";
import { makeTar } from "../tar/tar.fixture.ts";
import type { ModelFacts } from "./model-facts.ts";
import { readModelFacts } from "./read.ts";
import { TINY_BYTES, TINY_CONFIG, TINY_PARAMETERS, testWorld, tinyFiles } from "./tiny-model.fixture.ts";
import type { ModelWorld } from "./types.ts";

/** A registry with the tiny model as `org/model:1`. */
export function tinyRegistry(behaviour: OciBehaviour = {}): OciRegistry {
  const registry = ociRegistry(behaviour);
  const base = registry.blob(makeTar([{ path: "etc/os-release", data: "x" }]));
  registry.image("1", [base, registry.blob(makeTar(tinyFiles()))]);
  return registry;
}

/** Its facts, as they are read. */
export const read = (
  registry: OciRegistry,
  world: Partial<ModelWorld> = {},
  tag = "1",
): Promise<ModelFacts> => readModelFacts(`oci://${registry.host}/org/model:${tag}`, testWorld(world));

/** Nothing of the tiny model is missing or wrong. */
export function expectTiny(facts: ModelFacts): void {
  expect(facts.problems).toEqual([]);
  expect(facts).toMatchObject({
    architecture: "LlamaForCausalLM",
    config: TINY_CONFIG,
    contextLimit: 2048,
    estimatedFromName: false,
    tensors: { bytes: TINY_BYTES, parameters: TINY_PARAMETERS, read: "headers" },
  });
  expect(facts.quantization).toBeUndefined();
}
