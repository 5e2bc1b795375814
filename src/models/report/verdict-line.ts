import type { Result } from "./result-schema.ts";
import type { ValidationResult } from "./validation-schema.ts";

/** Whether what was measured is of the machine that the model was built for. */
export const isOnDevice = ({ target }: Result): boolean => target.onDevice !== false;

/** The verdict, how good it is, and what it is of. */
export interface VerdictLine {
  word: string;
  kind: "passed" | "failed" | "open";
  /** What decided it, without its end. */
  text: string;
}

/** What every report says first. */
export function verdictLine(result: Result): VerdictLine {
  if (!result.validation)
    return {
      word: "NOT VALIDATED",
      kind: "open",
      text: "nothing was compared with the float model: --test-data was not given, so what was lost is not known",
    };
  const line = validationLine(result.validation);
  if (isOnDevice(result)) return line;
  return {
    ...line,
    kind: line.kind === "passed" ? "open" : line.kind,
    word: `${line.word === "NOT PROVEN" ? line.word : `${line.word} HERE`}, not yet on the device`,
    text: `${line.text}; by ONNX Runtime on this machine's processor`,
  };
}

export function validationLine({ verdict }: ValidationResult): VerdictLine {
  const { passed, criterion, text } = verdict;
  if (passed) return { word: "PASSED", kind: "passed", text };
  return { word: criterion === "baseline" ? "NOT PROVEN" : "FAILED", kind: "failed", text };
}
