import { expect, test } from "bun:test";
import { version } from "onnxruntime-node/package.json";
import { runBinary } from "./binary.ts";

test("the program tells the licences of what it carries, with no other file at hand", async () => {
  const list = await runBinary(["licenses"]);
  expect(list).toMatchObject({ code: 0, stderr: "" });
  expect(list.stdout).toMatch(
    new RegExp(`^ONNX Runtime +${version.replaceAll(".", "\\.")} +MIT and others$`, "m"),
  );
  expect(list.stdout).toMatch(/^mqtt +\S+ +MIT$/m);
  const one = await runBinary(["licenses", "onnx runtime"]);
  expect(one.stdout).toContain("THIRD PARTY SOFTWARE NOTICES");
  const unknown = await runBinary(["licenses", "nothing"]);
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('called "nothing"') });
}, 60_000);
