import type { Manifest } from "../manifest.ts";
import { at, listAt, textAt } from "./objects.fixture.ts";
import { podsOf } from "./pod-security.fixture.ts";

/** What no schema finds: names that are none, references to what is not there, selectors that select nothing. */
export const brokenReferences = (objects: readonly Manifest[], namespace: string): string[] => [
  ...duplicates(objects),
  ...objects.flatMap((object) => [
    ...nameErrors(object, namespace),
    ...selectorErrors(object, objects),
    ...podsOf(object).flatMap((pod) => podErrors(pod, objects)),
    ...portErrors(object, objects),
  ]),
];

const idOf = ({ kind, metadata }: Manifest): string => `${kind} ${metadata.name}`;

function duplicates(objects: readonly Manifest[]): string[] {
  const ids = objects.map(idOf);
  return ids.filter((id, i) => ids.indexOf(id) < i).map((id) => `${id} is there twice`);
}

/** RFC 1123 and RFC 1035 names, and labels (Kubernetes documentation, Object Names and IDs; Labels and Selectors). */
function nameErrors(object: Manifest, namespace: string): string[] {
  const { name, namespace: own, labels = {} } = object.metadata;
  const form =
    object.kind === "Service"
      ? /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/
      : /^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/;
  const wanted = object.kind === "Namespace" ? undefined : namespace;
  return [
    ...(form.test(name) ? [] : [`${idOf(object)}: no valid name`]),
    ...(own === wanted ? [] : [`${idOf(object)} is in the namespace ${own}`]),
    ...Object.entries(labels)
      .filter(([, value]) => !/^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/.test(value))
      .map(([key, value]) => `${idOf(object)}: label ${key}=${value}`),
  ];
}

const fits = (selector: unknown, labels: unknown): boolean =>
  Object.entries((selector ?? {}) as Record<string, string>).every(
    ([key, value]) => at(labels, key) === value,
  );

const templateLabels = (objects: readonly Manifest[]): unknown[] =>
  objects
    .filter(({ kind }) => kind === "Deployment")
    .map((object) => at(object, "spec", "template", "metadata", "labels"));

/** Every selector of our own pods finds some. */
function selectorErrors(object: Manifest, objects: readonly Manifest[]): string[] {
  const selectors =
    object.kind === "Service"
      ? [at(object, "spec", "selector")]
      : object.kind === "NetworkPolicy"
        ? [at(object, "spec", "podSelector", "matchLabels")]
        : [at(object, "spec", "selector", "matchLabels")];
  return selectors
    .filter((selector) => selector !== undefined)
    .filter((selector) => !templateLabels(objects).some((labels) => fits(selector, labels)))
    .map((selector) => `${idOf(object)} selects nothing: ${JSON.stringify(selector)}`);
}

function podErrors(pod: unknown, objects: readonly Manifest[]): string[] {
  const has = (kind: string, name: string) => objects.some((object) => idOf(object) === `${kind} ${name}`);
  const volumes = listAt(pod, "volumes");
  const account = textAt(pod, "serviceAccountName");
  const containers = [...listAt(pod, "initContainers"), ...listAt(pod, "containers")];
  return [
    ...(account === "" || has("ServiceAccount", account) ? [] : [`no ServiceAccount ${account}`]),
    ...volumes.flatMap((volume) => volumeErrors(volume, objects)),
    ...containers.flatMap((container) => containerErrors(container, volumes)),
  ];
}

function volumeErrors(volume: unknown, objects: readonly Manifest[]): string[] {
  const claim = textAt(volume, "persistentVolumeClaim", "claimName");
  const config = textAt(volume, "configMap", "name");
  const find = (kind: string, name: string) => objects.find((object) => idOf(object) === `${kind} ${name}`);
  const data = at(find("ConfigMap", config), "data");
  return [
    ...(claim === "" || find("PersistentVolumeClaim", claim) ? [] : [`no PersistentVolumeClaim ${claim}`]),
    ...(config === "" || data !== undefined ? [] : [`no ConfigMap ${config}`]),
    ...listAt(volume, "configMap", "items")
      .map((item) => textAt(item, "key"))
      .filter((key) => at(data, key) === undefined)
      .map((key) => `no key ${key} in the ConfigMap ${config}`),
  ];
}

function containerErrors(container: unknown, volumes: readonly unknown[]): string[] {
  const name = textAt(container, "name");
  const ports = listAt(container, "ports").map((port) => textAt(port, "name"));
  const probes = ["startupProbe", "livenessProbe", "readinessProbe"].map((probe) => at(container, probe));
  const probed = probes.flatMap((probe) => [at(probe, "httpGet", "port"), at(probe, "tcpSocket", "port")]);
  return [
    ...listAt(container, "volumeMounts")
      .filter((mount) => !volumes.some((volume) => at(volume, "name") === at(mount, "name")))
      .map((mount) => `${name}: no volume ${textAt(mount, "name")}`),
    ...probed
      .filter((port) => typeof port === "string" && !ports.includes(port))
      .map((port) => `${name}: no port ${port}`),
    ...ports
      .filter((port) => !/^(?=.*[a-z])[a-z0-9-]{1,15}$/.test(port))
      .map((port) => `${name}: port name ${port}`),
  ];
}

/** Named ports of Services, monitors and policies are there; what is scaled is there. */
function portErrors(object: Manifest, objects: readonly Manifest[]): string[] {
  const containerPorts = objects
    .flatMap(podsOf)
    .flatMap((pod) =>
      listAt(pod, "containers").flatMap((container) =>
        listAt(container, "ports").map((port) => at(port, "name")),
      ),
    );
  const servicePorts = objects
    .filter(({ kind }) => kind === "Service")
    .flatMap((service) => listAt(service, "spec", "ports").map((port) => at(port, "name")));
  const target = textAt(object, "spec", "scaleTargetRef", "name");
  const named =
    object.kind === "Service" ? listAt(object, "spec", "ports").map((port) => at(port, "targetPort")) : [];
  const monitored =
    object.kind === "ServiceMonitor"
      ? listAt(object, "spec", "endpoints").map((endpoint) => at(endpoint, "port"))
      : [];
  return [
    ...named
      .filter((port) => !containerPorts.includes(port))
      .map((port) => `${idOf(object)}: no port ${String(port)}`),
    ...monitored
      .filter((port) => !servicePorts.includes(port))
      .map((port) => `${idOf(object)}: no port ${String(port)}`),
    ...(target === "" || objects.some((other) => idOf(other) === `Deployment ${target}`)
      ? []
      : [`${idOf(object)} scales nothing`]),
  ];
}
