import type * as z from "../../base/zod.ts";
import type { Quota } from "../inventory/types.ts";
import type { Permission } from "./access.ts";
import type { Api } from "./api.ts";
import {
  type ClusterQuotaObject,
  clusterQuotaSchema,
  type LimitRangeObject,
  limitRangeSchema,
  type QuotaObject,
  quotaSchema,
  readAll,
} from "./objects.ts";
import { type Findings, readPart } from "./part.ts";
import {
  asQuota,
  limitProblems,
  quotasOf,
  quotasOfRanges,
  quotasText,
  servingQuotas,
  unreadLimits,
} from "./quotas.ts";

interface Kind<T> {
  plural: string;
  label: string;
  schema: z.ZodMiniType<T>;
  /** Of OpenShift; absent: of every cluster. */
  group?: string;
  found(objects: T[]): string;
}

const countText = (objects: readonly unknown[]): string =>
  objects.length === 0 ? "none is set" : `${objects.length} set`;

/** What quotas and limit ranges leave to pods of the namespace; what is wrong goes to the findings. */
export async function readLimits(api: Api, findings: Findings): Promise<Quota[]> {
  const { namespace } = api.connection;
  const own = `of namespace ${namespace} can be listed`;
  const [quotas = [], wide = [], ranges = []] = await Promise.all([
    read<QuotaObject>(api, findings, {
      ...{ plural: "resourcequotas", label: `quotas ${own}`, schema: quotaSchema() },
      found: (objects) => `${countText(objects)}${quotasText(objects)}`,
    }),
    read<ClusterQuotaObject>(api, findings, {
      ...{
        plural: "appliedclusterresourcequotas",
        label: "OpenShift's quotas over several namespaces can be listed",
      },
      ...{ schema: clusterQuotaSchema(), group: "quota.openshift.io" },
      found: (objects) => `${countText(objects)}${quotasText(objects.map(asQuota))}`,
    }),
    read<LimitRangeObject>(api, findings, {
      ...{ plural: "limitranges", label: `limit ranges ${own}`, schema: limitRangeSchema() },
      found: countText,
    }),
  ]);
  const all: QuotaObject[] = [...quotas, ...wide.map(asQuota)];
  const { counted, problems } = servingQuotas(namespace, all);
  const left = quotasOf(counted);
  const unsaid = [...unreadLimits(namespace, counted, ranges), ...problems];
  if (unsaid.some(({ unread }) => unread !== undefined)) findings.complete = false;
  findings.problems.push(...limitProblems(namespace, left, ranges), ...unsaid);
  return [...left, ...quotasOfRanges(ranges)];
}

function read<T>(
  api: Api,
  findings: Findings,
  { plural, label, schema, group, found }: Kind<T>,
): Promise<T[] | undefined> {
  const { namespace } = api.connection;
  const resource = group === undefined ? plural : `${plural}.${group}`;
  const permission: Permission = { verb: "list", resource, namespace };
  const base = group === undefined ? "/api/v1" : `/apis/${group}/v1`;
  return readPart(
    api,
    {
      ...{ id: `list-${plural}`, label, permission, found },
      kind: group === undefined ? "needed" : "optional",
      part: "quotas",
      read: async (broken) =>
        readAll(await api.list(`${base}/namespaces/${namespace}/${plural}`), schema, (text) =>
          broken("limit-broken", `of the ${plural}, ${text}`),
        ),
    },
    findings,
  );
}
