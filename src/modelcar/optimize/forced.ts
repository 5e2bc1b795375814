import { applied, changeOf, refusedEdits } from "../decision/refused-edits.ts";
import type { Trial } from "../decision/trial.ts";
import type { ModelEntry } from "../manifest/types.ts";
import type { Edited } from "./tidy.ts";

/** All that vLLM refuses, mended at once. What is left to choose (sizes, memory, how the model is spread) is not touched. */
export const withoutRefused = ({ args }: ModelEntry, { evaluation }: Trial): Edited =>
  refusedEdits(evaluation).reduce<Edited>(
    (done, edit) => {
      const next = applied(done.args, edit);
      return next === undefined ? done : { args: next, changes: [...done.changes, changeOf(edit)] };
    },
    { args: [...args], changes: [] },
  );
