import { basename } from "node:path";
import type { PresetName } from "../data/preprocessing.ts";
import type { OnnxModel } from "../onnx/types.ts";

export interface Guess {
  preset: PresetName;
  /** Why, for people. */
  because: string;
  /** Whether the model says it itself. */
  sure: boolean;
}

/** What a model was trained on, where nobody says it: by what its exporter wrote into it, and by its name. */
export function guessPreprocessing({ metadata, proto }: OnnxModel, file: string): Guess {
  const author = metadata.get("author") ?? "";
  if (/ultralytics/i.test(`${author} ${metadata.get("description") ?? ""}`))
    return { preset: "yolo", because: "the model says that it comes from Ultralytics", sure: true };
  if (/yolo/i.test(basename(file)) || /yolo/i.test(proto.graph?.name ?? ""))
    return { preset: "yolo", because: "going by its name", sure: false };
  if (/resnet|mobilenet|efficientnet|vgg|densenet|squeezenet|convnext|vit|imagenet/i.test(basename(file)))
    return { preset: "imagenet", because: "going by its name", sure: false };
  return { preset: "zero-one", because: "nothing says what it was trained with", sure: false };
}
