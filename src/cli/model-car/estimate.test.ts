import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { carFolder } from "./car-folder.fixture.ts";

const { at, run, text, write } = carFolder();

describe("estimate", () => {
  test("on the machines that are named, with every formula", async () => {
    const { code, stdout } = await run(["estimate", "./small", "--max-model-len", "32k", "--gpus", "L4"]);
    expect(code).toBe(1);
    expect(stdout).toContain("one sequence of 32,000 tokens");
    expect(stdout).toEndWith("NO-GO: the model does not run on 1x L4\n");
    const fp8 = await run([
      "estimate",
      "./small",
      "--max-model-len=32768",
      "--arg=--kv-cache-dtype=fp8",
      "--gpus",
      "L4",
      "-q",
    ]);
    expect(fp8).toMatchObject({ code: 0, stdout: "GO: the model runs on 1x L4\n" });
  });

  test("on every type of GPU when none are", async () => {
    const { code, stdout } = await run(["estimate", "./small", "--max-model-len", "32768"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/parameters +8\.03 billion/);
    expect(stdout).toMatch(/L40S +GO +1×/);
    expect(stdout).toMatch(/\nL4 +GO +2×/);
  });

  test("what is odd in a config is told beside the reasons; no model is a mistake", async () => {
    const config = JSON.parse(text("small/config.json"));
    write("small/config.json", JSON.stringify({ ...config, hidden_size: -5 }));
    const { code, stdout } = await run(["estimate", "./small", "--gpus", "8x H200", "--brief"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^! config\.json: hidden_size is not used: expected a whole number/);
    expect(stdout.match(/hidden_size is not used/g)).toHaveLength(1);
    expect(await run(["estimate", "", "--gpus", "L4"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("<model> is empty"),
    });
  });

  test("what cannot be read is told, and is no GO", async () => {
    const { code, stdout } = await run(["estimate", "./nothing-8b", "--gpus", "8x H200"]);
    expect(code).toBe(1);
    expect(stdout).toContain("UNKNOWN");
  });
});

describe("estimate tells why nothing was read", () => {
  const wrong = `oci://localhost:1/org/model@sha256:${"0".repeat(64)}`;
  test.each<[string, string[], string]>([
    ["nothing is there", ["./nowhere"], "nowhere cannot be read: there is no such file or folder"],
    ["no registry answers", ["oci://localhost:1/org/granite-8b:1"], "localhost:1 cannot be reached"],
    ["a digest", [wrong], "localhost:1 cannot be reached"],
    ["the hub does not answer", ["hf://org/granite-8b"], "127.0.0.1:1 cannot be reached"],
    ["a folder without a model", ["./home"], "holds no file of a model"],
  ])("%s", async (_, argv, said) => {
    mkdirSync(at("home"), { recursive: true });
    for (const more of [
      [],
      ["--json"],
      ["--gpus", "L4"],
      ["--gpus", "L4", "--brief"],
      ["--gpus", "L4", "--json"],
    ]) {
      const { stdout, code } = await run(["estimate", ...argv, ...more], {
        HF_ENDPOINT: "http://127.0.0.1:1",
      });
      expect(stdout).toContain(said);
      expect(code).toBe(1);
    }
  });
});
