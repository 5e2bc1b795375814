import type { MeasurementsResult, ValidationResult } from "./validation-schema.ts";

/** Of a machine that is not the device: what the models say is true of both, how fast they say it is not. */
export function withoutTimes({
  speedUp: _,
  baseline,
  deployed,
  ...rest
}: ValidationResult): ValidationResult {
  return { ...rest, baseline: untimed(baseline), deployed: untimed(deployed) };
}

const untimed = ({ latency: _, ...rest }: MeasurementsResult): MeasurementsResult => rest;
