import { valueAt } from "../../base/path.ts";
import type { Api } from "./api.ts";
import {
  type ProfileObject,
  profileSchema,
  readAll,
  type ServingRuntimeObject,
  servingRuntimeSchema,
  templateSchema,
} from "./objects.ts";
import { type Findings, readPart } from "./part.ts";
import { imageOf, TEMPLATE_NAMESPACES } from "./runtime-images.ts";
import type { RuntimeImage } from "./types.ts";

export interface ReadRuntimes {
  /** In the order of preference: of the namespace, of OpenShift AI's templates, of the whole cluster. */
  images: RuntimeImage[];
  /** Those that users of OpenShift AI may choose; the older kind last. */
  profiles: ProfileObject[];
}

const SERVING = "/apis/serving.kserve.io/v1alpha1";

/** The vLLM images that the cluster has ready, and the profiles that say more of their pods. */
export async function readRuntimes(api: Api, findings: Findings): Promise<ReadRuntimes> {
  const { namespace } = api.connection;
  const [own, cluster, templates, profiles] = await Promise.all([
    runtimes(api, findings, "servingruntimes.serving.kserve.io", namespace),
    runtimes(api, findings, "clusterservingruntimes.serving.kserve.io", undefined),
    Promise.all(TEMPLATE_NAMESPACES.map((each) => templatesOf(api, findings, each))),
    Promise.all(PROFILES.map((each) => profilesOf(api, findings, each))),
  ]);
  const [ownImages, clusterImages] = [
    images(own, "ServingRuntime"),
    images(cluster, "ClusterServingRuntime"),
  ];
  return { images: [...ownImages, ...templates.flat(), ...clusterImages], profiles: profiles.flat() };
}

const images = (objects: readonly ServingRuntimeObject[], kind: string): RuntimeImage[] =>
  objects.flatMap((object) => {
    const { name, namespace } = object.metadata;
    return imageOf(object, `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`) ?? [];
  });

async function runtimes(
  api: Api,
  findings: Findings,
  resource: string,
  namespace: string | undefined,
): Promise<ServingRuntimeObject[]> {
  const [plural = ""] = resource.split(".");
  const read = await readPart(
    api,
    {
      id: `list-${plural}`,
      label: `${namespace === undefined ? "cluster-wide " : ""}serving runtimes (KServe) can be listed`,
      permission: { verb: "list", resource, ...(namespace !== undefined && { namespace }) },
      kind: "optional",
      part: "runtimes",
      read: async (broken) => {
        const place = namespace === undefined ? "" : `/namespaces/${namespace}`;
        return readAll(await api.list(`${SERVING}${place}/${plural}`), servingRuntimeSchema(), (text) =>
          broken("runtime-broken", `of the ${plural}, ${text}`),
        );
      },
      found: (objects) => `${objects.length} there`,
    },
    findings,
  );
  return read ?? [];
}

/** The serving runtimes in OpenShift templates, as OpenShift AI ships them: `objects[0]` is a ServingRuntime. */
async function templatesOf(api: Api, findings: Findings, namespace: string): Promise<RuntimeImage[]> {
  const read = await readPart(
    api,
    {
      id: `templates-${namespace}`,
      label: `templates in ${namespace} can be read`,
      permission: { verb: "list", resource: "templates.template.openshift.io", namespace },
      kind: "optional",
      part: "runtimes",
      read: async (broken) =>
        readAll(
          await api.list(`/apis/template.openshift.io/v1/namespaces/${namespace}/templates`),
          templateSchema(),
          (text) => broken("template-broken", `of the templates, ${text}`),
        ),
      found: (templates) => `${templates.length} there`,
    },
    findings,
  );
  return (read ?? []).flatMap(({ metadata, objects }) => {
    const parsed = servingRuntimeSchema().safeParse(objects[0]);
    if (valueAt(objects[0], ["kind"]) !== "ServingRuntime" || !parsed.success) return [];
    const { annotations } = parsed.data.metadata;
    const merged = { ...metadata.annotations, ...annotations };
    const object = {
      ...parsed.data,
      metadata: { ...parsed.data.metadata, name: metadata.name, annotations: merged },
    };
    return imageOf(object, `Template ${namespace}/${metadata.name}`) ?? [];
  });
}

/** Where OpenShift AI keeps the tolerations that its users choose, the older kind last. */
const PROFILES = [
  {
    plural: "hardwareprofiles",
    words: "hardware profiles",
    group: "infrastructure.opendatahub.io",
    version: "v1alpha1",
  },
  {
    plural: "acceleratorprofiles",
    words: "accelerator profiles",
    group: "dashboard.opendatahub.io",
    version: "v1",
  },
] as const;

async function profilesOf(
  api: Api,
  findings: Findings,
  { plural, words, group, version }: (typeof PROFILES)[number],
): Promise<ProfileObject[]> {
  const namespace = TEMPLATE_NAMESPACES[0];
  const read = await readPart(
    api,
    {
      id: `list-${plural}`,
      label: `${words} of OpenShift AI can be listed`,
      permission: { verb: "list", resource: `${plural}.${group}`, namespace },
      kind: "optional",
      part: undefined,
      read: async (broken) =>
        readAll(
          await api.list(`/apis/${group}/${version}/namespaces/${namespace}/${plural}`),
          profileSchema(),
          (text) => broken("profile-broken", `of the ${plural}, ${text}`),
        ),
      found: (profiles) => `${profiles.length} there`,
    },
    findings,
  );
  return read ?? [];
}
