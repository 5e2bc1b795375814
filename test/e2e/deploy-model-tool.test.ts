import { expect, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import mqtt from "mqtt";
import { stage } from "../fault/stage.ts";
import { callOnce } from "../peers/openai-server.ts";

/** An agent whose model calls deploy_model: the compiled program, which starts itself once more for the work. */

const on = stage();
const MODELS = join(import.meta.dir, "../models/mnist");

async function agentWithModel() {
  const agent = await on.readyAgent({
    toml: `[tools]\ndeploy_model = { impl = "builtin", allowed_paths = ["work"], threads = 1 }`,
  });
  const work = join(agent.files.dir, "work");
  mkdirSync(work);
  copyFileSync(join(MODELS, "mnist.onnx"), join(work, "mnist.onnx"));
  copyFileSync(join(MODELS, "digits-images-idx3-ubyte.gz"), join(work, "digits-images-idx3-ubyte.gz"));
  copyFileSync(join(MODELS, "digits-labels-idx1-ubyte.gz"), join(work, "digits-labels-idx1-ubyte.gz"));
  return { agent, work };
}

test("an agent deploys a model, tells of its progress, stays healthy, and gets the verdict to read", async () => {
  const { agent, work } = await agentWithModel();
  const consumer = await on.consumer(agent);
  const watcher = await mqtt.connectAsync(on.broker.url);
  on.after(() => watcher.endAsync(true));
  const messages: string[] = [];
  const health: Promise<string>[] = [];
  watcher.on("message", (_topic, payload) => {
    messages.push(JSON.parse(String(payload)).message);
    health.push(agent.health().then(({ status }) => status));
  });
  await watcher.subscribeAsync(`/control/agents/${agent.id}/progress/tools`);
  on.llm.script(
    callOnce("deploy_model", {
      model_path: "mnist.onnx",
      target: "cpu",
      calibration_data: "digits-images-idx3-ubyte.gz",
      test_data: "digits-images-idx3-ubyte.gz",
      preprocessing: "raw",
    }),
  );
  const { response } = await consumer.ask("deploy it");
  const told = JSON.parse(response!.replace("the tool said: ", ""));
  expect(told).toMatchObject({ verdict: "passed", target: "cpu", precision: "int8", samples: 500 });
  expect(told.accuracy.deployed.top1).toBeGreaterThan(0.97);
  expect(told.folder).toBe("mnist-cpu-int8");
  expect(await Bun.file(join(work, told.folder, "report.html")).exists()).toBe(true);
  expect(messages.join("\n")).toMatch(/Calibrating by \w+: 300 samples/);
  expect(new Set(await Promise.all(health))).toEqual(new Set(["healthy"]));
}, 60_000);

test("what may not be touched, and what fails, the model can read", async () => {
  const { agent } = await agentWithModel();
  const consumer = await on.consumer(agent);
  const asks = async (args: object) => {
    on.llm.script(callOnce("deploy_model", args));
    return (await consumer.ask("deploy it")).response;
  };
  expect(await asks({ model_path: "../agent.toml" })).toContain("outside of what this tool may touch");
  expect(await asks({ model_path: "mnist.onnx", calibration_data: "/etc" })).toContain("outside of what");
  expect(await asks({ model_path: "mnist.onnx", output_path: "/tmp/elsewhere" })).toContain(
    "outside of what",
  );
  expect(await asks({ model_path: "mnist.onnx" })).toContain("int8 needs data to calibrate with");
  const unreachable = await asks({ model_path: "mnist.onnx", precision: "fp16" });
  expect(unreachable).toContain("there is no trtexec on this machine");
  expect(unreachable).toContain('Ways on: "bundle": true, with test_data');
  expect(unreachable).toContain('or "target": "cpu"');
  expect(await asks({ model_path: "mnist.onnx", target: "jetson", worker: "x" })).toContain(
    '"x" may not be used',
  );
}, 60_000);

test("for a Jetson that cannot be reached the model is given a bundle", async () => {
  const { agent, work } = await agentWithModel();
  const consumer = await on.consumer(agent);
  on.llm.script(
    callOnce("deploy_model", {
      model_path: "mnist.onnx",
      input_shape: [1, 1, 28, 28],
      calibration_data: "digits-images-idx3-ubyte.gz",
      test_data: "digits-images-idx3-ubyte.gz",
      preprocessing: "raw",
      bundle: true,
    }),
  );
  const { response } = await consumer.ask("deploy it to the board in the field");
  const told = JSON.parse(response!.replace("the tool said: ", ""));
  expect(told).toMatchObject({ target: "jetson", precision: "int8", folder: "mnist-jetson-int8" });
  expect(await Bun.file(join(work, told.folder, "bundle/run.sh")).text()).toStartWith("#!/bin/sh");
}, 60_000);
