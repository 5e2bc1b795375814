import { apiVersionOf, RESOURCES } from "./kubernetes-resources.ts";

/** What the API says of the kinds that it has; undefined: the path asks for something else. */
export function discovery(path: string, absent: readonly string[]): object | undefined {
  const present = RESOURCES.filter(({ group }) => !absent.includes(group));
  const groups = [...new Set(present.map(({ group }) => group))].filter((group) => group !== "");
  if (path === "/api")
    return {
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: "127.0.0.1" }],
    };
  if (path === "/apis") {
    const versionsOf = (group: string) =>
      [...new Set(present.filter((each) => each.group === group).map((each) => each.version))].map(
        (version) => ({
          groupVersion: `${group}/${version}`,
          version,
        }),
      );
    return {
      kind: "APIGroupList",
      apiVersion: "v1",
      groups: groups.map((name) => {
        const versions = versionsOf(name);
        return { name, versions, preferredVersion: versions[0] };
      }),
    };
  }
  const groupVersion = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))$/.exec(path);
  const wanted = groupVersion?.[1] ?? groupVersion?.[2];
  const own = present.filter((each) => apiVersionOf(each) === wanted);
  if (own.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: wanted,
    resources: own.map(({ plural, kind, namespaced }) => ({
      name: plural,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: ["create", "delete", "get", "list", "patch"],
    })),
  };
}
