import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "../../../test/peers/temp-dir.ts";
import { parseModelCar } from "../manifest/parse.ts";
import { cachedCar } from "./car-cache.ts";

const YAML =
  "model-car:\n  - name: a\n    image: oci://b/c:1\n    serving_arguments: { args: [--seed=1], gpu_count: 2 }\n";

function reader(folder: string | undefined) {
  const read: string[] = [];
  const load = (text: string) =>
    cachedCar(text, "car.yaml", folder, async () => {
      read.push(text);
      return parseModelCar(text, "car.yaml");
    });
  return { read, load };
}

test("the same text is read once, and gives the same models", async () => {
  await using dir = tempDir();
  const { read, load } = reader(dir.path);
  const first = await load(YAML);
  const second = await load(YAML);
  expect(second.models).toEqual(first.models);
  await load(YAML.replace("seed=1", "seed=2"));
  expect(read.length).toBe(2);
});

test("what is odd or wrong is told each time", async () => {
  await using dir = tempDir();
  const { read, load } = reader(dir.path);
  const odd = `${YAML}notes: none\n`;
  for (const text of [odd, odd]) expect((await load(text)).warnings.length).toBe(1);
  for (const text of ["a: [", "a: ["]) expect(load(text)).rejects.toThrow("broken YAML");
  expect(read.length).toBe(4);
});

test("a damaged entry, a folder that cannot be written and none at all are as good as nothing", async () => {
  await using dir = tempDir();
  const { read, load } = reader(dir.path);
  await load(YAML);
  const files = join(dir.path, "model-car/v2/files");
  for (const text of ["", "[]", '[{"name": 5}]', "[null]"]) {
    writeFileSync(join(files, readdirSync(files)[0]!), text);
    expect((await load(YAML)).models[0]?.name).toBe("a");
  }
  expect(read.length).toBe(5);
  const nowhere = reader(join(dir.path, "model-car/v2/files", readdirSync(files)[0]!));
  expect((await nowhere.load(YAML)).models[0]?.gpuCount).toBe(2);
  expect((await reader(undefined).load(YAML)).models.length).toBe(1);
});
