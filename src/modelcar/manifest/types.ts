import type { Document } from "yaml";
import { ExpectedError } from "../../base/errors.ts";

/** One model of a model-car file, as written. */
export interface ModelEntry {
  name: string;
  /** `oci://registry/name:tag`, `hf://org/model`, a folder, a `.gguf` file. */
  image: string;
  /** text, audio, embedding; the file's word. */
  outputType: string | undefined;
  /** Arguments of `vllm serve`, in order, `{{.Name}}` not yet replaced. */
  args: string[];
  gpuCount: number | undefined;
  /** 1-based line of the entry in its file. */
  line: number;
  /** Arguments that Kubernetes does not take as they stand in the file, each told with its place and without its value. */
  unquoted?: readonly string[];
  /** Its secrets are masked already. */
  masked?: true;
}

/** A model-car file, read. */
export interface ModelCar {
  /** As it was named; for messages. */
  file: string;
  /** The text as it stands in the file. */
  text: string;
  /** In the order of the file; `default:` is already in them. */
  models: ModelEntry[];
  /** What is odd, and does not keep the file from being used. */
  warnings: ManifestProblem[];
  /** The file with its comments, anchors and places. */
  document: Document;
}

/** One thing wrong with a model-car file. */
export interface ManifestProblem {
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** Where in the data: `model-car[2].image`; empty for the file as a whole. */
  path: string;
  /** What was found and what is expected. */
  message: string;
  hint: string | undefined;
}

/** A model-car file that cannot be used, with everything that is wrong with it, in the order of the file. */
export class ManifestError extends ExpectedError {
  override readonly problems: readonly ManifestProblem[];

  constructor(problems: readonly ManifestProblem[]) {
    super(report(problems));
    this.problems = problems;
  }
}

/** One line a problem, as compilers write them. */
export const problemLine = ({ file, line, column, path, message, hint }: ManifestProblem): string =>
  `${file}:${line}:${column}: ${path === "" ? "" : `${path}: `}${message}${hint === undefined ? "" : `; ${hint}`}`;

function report(problems: readonly ManifestProblem[]): string {
  const lines = problems.map(problemLine);
  if (lines.length === 1) return lines[0]!;
  return [`${problems[0]?.file ?? "the model-car file"} has ${problems.length} problems:`, ...lines].join(
    "\n",
  );
}
