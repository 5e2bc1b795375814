import * as z from "../../base/zod.ts";
import { TARGET_NAMES } from "../../models/targets/index.ts";
import { PRECISIONS } from "../../models/targets/types.ts";

const path = () => z.string().check(z.minLength(1), z.maxLength(4096));
const percent = () => z.number().check(z.minimum(0), z.maximum(100));

export const deployModelInput = () =>
  z.strictObject({
    model_path: z.described(path(), "The model: .onnx, or PyTorch's .pt, .pth, .pt2."),
    input_shape: z.described(
      z.optional(z.union([z.string().check(z.maxLength(1000)), z.array(z.int().check(z.minimum(1)))])),
      'Dimensions that the model leaves open: [1, 3, 640, 640], or "name:1,3,640,640" for one of several inputs.',
    ),
    target: z.described(
      z._default(z.enum(TARGET_NAMES), "jetson"),
      "Where it is to run: jetson, by TensorRT, here, on a worker, or by a bundle; cpu, this machine.",
    ),
    precision: z.described(
      z._default(z.enum(PRECISIONS), "int8"),
      "What the layers compute in; int8 needs calibration_data.",
    ),
    calibration_data: z.described(
      z.optional(path()),
      "Folder or file with 100 to 500 typical inputs: images, .npy, .npz.",
    ),
    test_data: z.described(
      z.optional(path()),
      "Folder or file that the result is held against the float model on; one folder a class gives labels.",
    ),
    preprocessing: z.described(
      z.optional(z.enum(["imagenet", "yolo", "zero-one", "raw"])),
      "How images become the input; it must be as the model was trained.",
    ),
    tolerance: z.described(
      z._default(percent(), 1),
      "Percent of accuracy, or of output difference, that may be lost.",
    ),
    output_path: z.described(z.optional(path()), "Folder for the result; default: beside the model."),
    worker: z.described(
      z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
      "For jetson: id of the agent on the device that does the work; default: the only one that is allowed.",
    ),
    bundle: z.described(
      z._default(z.boolean(), false),
      "For a jetson out of reach: write a folder with all that it needs, to be run there by hand; needs test_data.",
    ),
  });
export type DeployModelInput = z.output<ReturnType<typeof deployModelInput>>;
