import { gpuInfoText } from "../inventory/gpu-info.ts";
import { inventoryJson } from "../inventory/saved.ts";
import type { Supervised } from "../supervisor/types.ts";
import { deploymentInfoText, deploymentMatrixText } from "./deployment-info.ts";
import { modelsInfoText } from "./models-info.ts";

/** The artefacts of a run by their names in `info/`: the peer's, and ours that say more. */
export async function infoFiles({ report, needs, inventory }: Supervised): Promise<Record<string, string>> {
  const { htmlReport } = await import("../report/html.ts");
  return {
    "models_info.json": modelsInfoText(needs, report),
    ...(inventory !== undefined && {
      "gpu_info.txt": gpuInfoText(inventory),
      "inventory.json": `${JSON.stringify(inventoryJson(inventory), null, 2)}\n`,
    }),
    "deployment_matrix.json": deploymentMatrixText(report),
    "deployment_info.txt": deploymentInfoText(report),
    "report.json": `${JSON.stringify(report, null, 2)}\n`,
    "report.html": htmlReport(report),
  };
}
