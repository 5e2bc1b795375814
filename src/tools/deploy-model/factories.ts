import { toolFactory } from "../factory.ts";
import { deployModelOptions, workerOptions } from "./options.ts";

export const deployModel = toolFactory({
  name: "deploy_model",
  summary: "Quantizes ONNX models, builds them for a target, and proves their accuracy.",
  options: deployModelOptions,
  async open(setting, setup) {
    const { deployModelTool } = await import("./deploy-model.ts");
    return { tools: [await deployModelTool(setting, setup)] };
  },
});

export const tensorrtWorker = toolFactory({
  name: "tensorrt_worker",
  summary:
    "Builds and runs models here for 'deploy-model run --worker': for agents with the provider direct.",
  options: workerOptions,
  async open(setting, setup) {
    const { openWorkerTool } = await import("./worker.ts");
    return openWorkerTool(setting, setup);
  },
});
