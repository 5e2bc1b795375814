import type { ModelCar } from "../../../modelcar/manifest/types.ts";
import { problemLine } from "../../../modelcar/manifest/types.ts";
import { line, type Output, warningLine } from "../../terminal/streams.ts";

/** What was odd as a model was read, below its name. */
export function showModelProblems(name: string, problems: readonly string[], out: Output): void {
  line(out, `\n${out.colors.bold(name)}`);
  for (const problem of problems) line(out, `  ${out.colors.yellow("!")} ${problem}`);
}

/** What is odd in the file, and does not keep it from being used. */
export function showWarnings({ warnings }: Pick<ModelCar, "warnings">, stderr: Output): void {
  for (const warning of warnings) warningLine(stderr, problemLine(warning));
}
