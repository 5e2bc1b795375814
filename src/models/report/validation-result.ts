import type { Skipped } from "../data/types.ts";
import type { Validation } from "../validate/validate.ts";
import { type ValidationResult, validationSchema } from "./validation-schema.ts";

export interface ValidationContext {
  labels: readonly string[] | undefined;
  skipped: readonly Skipped[];
  /** Said before those of the validation itself. */
  notes?: readonly string[];
}

/** What was measured as JSON says it: without what is undefined, and null for what is not finite. */
export function validationResult(
  validation: Validation,
  { labels, skipped, notes = [] }: ValidationContext,
): ValidationResult {
  const all = { ...validation, labels, skipped, notes: [...notes, ...validation.notes] };
  return validationSchema().parse(JSON.parse(JSON.stringify(all)));
}
