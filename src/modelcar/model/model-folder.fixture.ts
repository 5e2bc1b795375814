import { afterEach, beforeEach } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import type { ModelFacts } from "./model-facts.ts";
import { readModelFacts } from "./read.ts";
import { testWorld } from "./tiny-model.fixture.ts";

/** A folder for each test of a file, to put models into and to read them from. */
export function modelFolder() {
  let temp: ReturnType<typeof tempDir>;
  beforeEach(() => {
    temp = tempDir();
  });
  afterEach(() => temp[Symbol.asyncDispose]());
  const at = (...path: string[]): string => join(temp.path, ...path);
  return {
    at,
    put: (name: string, data: string | Uint8Array): void => writeFileSync(at(name), data),
    readFolder: (name = "."): Promise<ModelFacts> => readModelFacts(at(name), testWorld({ cwd: temp.path })),
  };
}
