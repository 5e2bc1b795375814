import { describe, expect, test } from "bun:test";
import { runOf } from "../report/report.fixture.ts";
import { deploymentInfoText } from "./deployment-info.ts";
import { infoFiles } from "./files.ts";
import { parseModelsInfo } from "./models-info.ts";

const MODELS = {
  small: { model: "llama-3.1-8b", args: ["--max-model-len=32768", "--api-key=open-sesame"] },
  large: { model: "llama-3.1-70b", args: ["--tensor-parallel-size=2"] },
};

const run = () => runOf({ models: MODELS, gpus: "8x L40S" });

test("the artefacts have the peer's names and keys", async () => {
  const files = await infoFiles(await run());
  expect(Object.keys(files).sort()).toEqual([
    ...["deployment_info.txt", "deployment_matrix.json", "gpu_info.txt", "inventory.json"],
    ...["models_info.json", "report.html", "report.json"],
  ]);
  expect(JSON.parse(files["models_info.json"]!).small).toMatchObject({
    model_name: "small",
    image: "hf://cases/small",
    arguments: ["--max-model-len=32768", "--api-key=[redacted]"],
    quantization_bits: 16,
    required_vram_gb: 22,
    supported_arch: "unknown",
  });
  expect(JSON.parse(files["deployment_matrix.json"]!)).toMatchObject([
    { model_name: "small", deployable: true },
    { model_name: "large", deployable: false, reason: expect.stringContaining("NO-GO (memory)") },
  ]);
  for (const text of Object.values(files)) expect(text).not.toContain("open-sesame");
});

describe("deployment_info.txt", () => {
  test("has the verdict in the line below its heading", async () => {
    const text = deploymentInfoText((await run()).report);
    expect(text.split("\n").slice(0, 2)).toEqual(["### Deployment Decision", "Verdict: NO-GO"]);
    expect(text).toContain("OPTIMIZED_SERVING_ARGUMENTS_JSON\n```json\n{");
  });

  test("what cannot be told is no GO", async () => {
    const { report } = await runOf({ models: { strange: { model: "unheard-of" } }, gpus: "1x L40S" });
    expect(deploymentInfoText(report)).toStartWith("### Deployment Decision\nVerdict: NO-GO\n\nUNKNOWN: ");
  });

  test("a GO is one", async () => {
    const { report } = await runOf({ models: { small: MODELS.small }, gpus: "1x L40S" });
    expect(deploymentInfoText(report)).toStartWith(
      "### Deployment Decision\nVerdict: GO\n\nthe model runs on 1x L40S.",
    );
  });
});

describe("models_info.json", () => {
  test("of ours gives back all that was read", async () => {
    const first = await run();
    const { "models_info.json": text } = await infoFiles(first);
    const { models, facts } = parseModelsInfo(text!, "models_info.json");
    expect(models.map(({ name }) => name)).toEqual(["small", "large"]);
    for (const { entry, facts: known } of first.needs)
      expect(facts.get(entry.image)).toEqual(JSON.parse(JSON.stringify(known)));
  });

  test("of a peer is a guess, and told so", () => {
    const entry = {
      model_name: "apertus-8b-instruct-2509-fp8-dynamic",
      image: "registry.example/rhai/modelcar-apertus-8b-instruct-2509-fp8-dynamic:3.0",
      ...{ arguments: ["--max-model-len=2048"], model_size_gb: 8.53, model_p_billion: 8 },
      ...{ quantization_bits: 8, required_vram_gb: 9, supported_arch: "amd64" },
    };
    const { models, facts } = parseModelsInfo(JSON.stringify({ [entry.model_name]: entry }), "info.json");
    expect(models[0]?.args).toEqual(["--max-model-len=2048"]);
    expect(facts.get(entry.image)).toMatchObject({
      ...{ estimatedFromName: true, parametersFromName: 8e9, container: { architectures: ["amd64"] } },
      quantization: { scheme: "w8a8-fp8" },
    });
  });

  test.each([
    { config: "x" },
    { config: { layer_types: "abc", num_hidden_layers: 2 } },
    { tensors: { bytes: "9" } },
    { quantization: "fp8" },
    { container: {} },
    { evidence: "x" },
    { doubts: [{}] },
  ])("facts that are damaged are none, and that is told: %j", (facts) => {
    const sound = { reference: "r", source: "hub", evidence: [], problems: [], estimatedFromName: false };
    const text = JSON.stringify({ m: { image: "i/granite-8b", facts: { ...sound, ...facts } } });
    const read = parseModelsInfo(text, "info.json").facts.get("i/granite-8b")!;
    expect(read).toMatchObject({ estimatedFromName: true, parametersFromName: 8e9 });
    expect(read.problems[0]).toStartWith(`what info.json holds of it is damaged (${Object.keys(facts)[0]}`);
  });

  test.each([["[]"], ["nothing"], ['{"a": {}}'], ['{"a": 5}']])("%s is none", (text) => {
    expect(() => parseModelsInfo(text, "info.json")).toThrow(/expected an object|has no image/);
  });
});
