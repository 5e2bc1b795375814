import { expect, test } from "bun:test";
import { version } from "onnxruntime-node/package.json";
import packageJson from "../package.json";
import { gatherNotices } from "./notices.ts";

test("every package that the program is built from has its licence told, and so have Bun and ONNX Runtime", async () => {
  const notices = await gatherNotices();
  const names = notices.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(packageJson.dependencies)));
  expect(names.slice(0, 3)).toEqual(["agent2389", "Bun", "ONNX Runtime"]);
  for (const { name, license, text } of notices)
    expect([name, license, text.length > 200]).toEqual([name, license, true]);
  const runtime = notices[2]!;
  expect(runtime.version).toBe(version);
  expect(runtime.text).toContain("Copyright (c) Microsoft Corporation");
  for (const part of ["google/flatbuffers", "protocolbuffers/protobuf", "abseil", "Eigen", "google/re2"])
    expect(runtime.text.toLowerCase()).toContain(part.toLowerCase());
});

test("the texts of ONNX Runtime are those of the version that goes into the program", async () => {
  const readme = await Bun.file(new URL("../third-party/README.md", import.meta.url)).text();
  expect(readme).toContain(`ONNX Runtime ${version}`);
});
