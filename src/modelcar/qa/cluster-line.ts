import { whoAmI } from "../cluster/access.ts";
import type { Api } from "../cluster/api.ts";

/** Which cluster a run is on, and as whom. @throws ClusterError when the login is not accepted */
export const clusterLine = async (api: Api): Promise<string> =>
  `cluster ${api.connection.server} (${api.connection.origin}), as ${(await whoAmI(api)) ?? "unknown"}`;
