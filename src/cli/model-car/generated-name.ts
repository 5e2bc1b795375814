import { basename, dirname, join } from "node:path";

/** `a.base.yaml` and `a.yaml` become `a.generated.yaml`, in the same folder. */
export function generatedName(file: string): string {
  if (file === "-") return "modelcar.generated.yaml";
  const stem = basename(file).replace(/(\.base|\.generated)?\.ya?ml$/i, "");
  return join(dirname(file), `${stem}.generated.yaml`);
}
