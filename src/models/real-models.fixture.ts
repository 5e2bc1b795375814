import { join } from "node:path";
import type { Value } from "./ort/types.ts";

/** Real models and images: test/models/README.md says where they come from. */
const folder = join(import.meta.dir, "../../test/models");

export const mnistModel = join(folder, "mnist/mnist.onnx");
export const resnet20Model = join(folder, "cifar10/resnet20.onnx");
export const cifarImages = {
  calibration: join(folder, "cifar10/calibration"),
  test: join(folder, "cifar10/test"),
};

export interface Digit {
  /** For `mnistModel`: 1×1×28×28 of 0–255. */
  feeds: { Input3: Value };
  label: string;
}

/** The first digits of the MNIST test set, 500 at most (IDX: 16 bytes of head before the images, 8 before the labels). */
export async function digits(count: number): Promise<Digit[]> {
  const [images, labels] = await Promise.all(["images-idx3", "labels-idx1"].map(unpacked));
  return Array.from({ length: count }, (_, i) => ({
    feeds: {
      Input3: {
        type: "float",
        dims: [1, 1, 28, 28],
        data: Float32Array.from(images!.subarray(16 + i * 784, 16 + (i + 1) * 784)),
      },
    },
    label: String(labels![8 + i]),
  }));
}

const unpacked = async (name: string): Promise<Uint8Array> =>
  Bun.gunzipSync(await Bun.file(join(folder, `mnist/digits-${name}-ubyte.gz`)).bytes());
