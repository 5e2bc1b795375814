import { defineCommand } from "../framework/command.ts";
import { programVersion } from "../framework/version.ts";
import { onDevice } from "./on-device.ts";
import { deployOptions, requestOf } from "./request.ts";
import { showProgress } from "./show-progress.ts";
import { showResult } from "./show-result.ts";
import { modelWorld } from "./world.ts";

export const command = defineCommand({
  summary: "Deploy a model to a target, and prove its accuracy",
  description:
    "Reads an ONNX model (or has your own Python export a PyTorch one), calibrates and quantizes it, builds it for the " +
    "target, and holds it against the float model over the test data: accuracy, outputs, latency, size. Where too much is " +
    "lost, the fewest layers that bring it back stay in float. The folder that it writes has the model or engine, a manifest, " +
    "and the report as HTML, Markdown and JSON. Exits with 1 when the validation fails.",
  positionals: [{ name: "model", description: ".onnx, or PyTorch's .pt, .pth, .pt2", completes: "file" }],
  options: deployOptions,
  examples: [
    {
      command:
        "agent2389 deploy-model run yolov8n.onnx --calibration-data ./calib --input-shape 1,3,640,640 --test-data ./test --validate",
    },
    {
      command:
        "agent2389 deploy-model run resnet.onnx --calibration-data ./train --preprocess imagenet --test-data ./val",
      note: "one folder a class: top-1 accuracy decides",
    },
    {
      command: "agent2389 deploy-model run yolov8n.pt --calibration-data ./calib --input-shape 1,3,640,640",
      note: "exported by your own Python, the one on PATH or that AGENT2389_PYTHON names",
    },
    {
      command: "agent2389 deploy-model run model.onnx --precision fp16",
      note: "no data needed",
    },
    {
      command:
        "agent2389 deploy-model run yolov8n.onnx --target jetson --worker orin-1 --calibration-data ./calib --test-data ./test",
      note: "on a Jetson that runs the agent orin-1",
    },
    {
      command:
        "agent2389 deploy-model run model.onnx --calibration-data 'frames/*.npy' --max-drop 0.5 --exclude 'head*'",
    },
  ],
  async run(ctx, { model }, given) {
    const [request, world] = await Promise.all([requestOf(ctx, model, given), modelWorld(ctx)]);
    const shown = showProgress(ctx);
    const { deployModel } = await import("../../models/pipeline.ts");
    const program = { name: "agent2389", version: programVersion().version };
    try {
      const { progress } = shown;
      const deps = { world, clock: ctx.clock, program, progress };
      const result = await onDevice(ctx, request, given, (wanted) => deployModel(wanted, deps));
      shown.stop();
      showResult(ctx, result, request.outFolder);
      return result.validation?.verdict.passed === false ? 1 : 0;
    } catch (thrown) {
      shown.stopped(thrown);
      throw thrown;
    } finally {
      shown.stop();
    }
  },
});
