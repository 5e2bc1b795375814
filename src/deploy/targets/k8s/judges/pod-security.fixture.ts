import type { Manifest } from "../manifest.ts";
import { at, listAt } from "./objects.fixture.ts";

/**
 * What the restricted Pod Security Standard finds wrong with a pod: every control of its table, Baseline's included
 * (Kubernetes documentation, Concepts, Security, Pod Security Standards; as of 1.37).
 */
export function restrictedViolations(pod: unknown): string[] {
  const containers = ["initContainers", "containers", "ephemeralContainers"].flatMap((kind) =>
    listAt(pod, kind),
  );
  return [
    ...podViolations(pod),
    ...volumeViolations(pod),
    ...containers.flatMap((container) =>
      containerViolations(container, pod).map(
        (violation) => `${String(at(container, "name"))}: ${violation}`,
      ),
    ),
  ];
}

/** The pods that an object brings about: of a workload, or itself one. */
export function podsOf(object: Manifest): unknown[] {
  if (object.kind === "Pod") return [object["spec"]];
  const template =
    at(object, "spec", "template", "spec") ?? at(object, "spec", "jobTemplate", "spec", "template", "spec");
  return template === undefined ? [] : [template];
}

const SELINUX_TYPES = [undefined, "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const SYSCTLS = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];

function podViolations(pod: unknown): string[] {
  const security = at(pod, "securityContext");
  return [
    ...["hostNetwork", "hostPID", "hostIPC"].filter((host) => at(pod, host) === true),
    ...(at(security, "windowsOptions", "hostProcess") === true ? ["hostProcess"] : []),
    ...(at(security, "runAsUser") === 0 ? ["runAsUser 0"] : []),
    ...listAt(security, "sysctls")
      .map((sysctl) => at(sysctl, "name"))
      .filter((name) => !SYSCTLS.includes(String(name)))
      .map((name) => `sysctl ${String(name)}`),
    ...seLinuxViolations(security),
    ...appArmorViolations(security),
  ];
}

const VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
];

const volumeViolations = (pod: unknown): string[] =>
  listAt(pod, "volumes").flatMap((volume) =>
    Object.keys(volume as object)
      .filter((field) => field !== "name" && !VOLUMES.includes(field))
      .map((field) => `volume of type ${field}`),
  );

function containerViolations(container: unknown, pod: unknown): string[] {
  const security = at(container, "securityContext");
  const inherited = (...path: string[]) => at(security, ...path) ?? at(pod, "securityContext", ...path);
  const added = listAt(security, "capabilities", "add");
  return [
    ...(at(security, "privileged") === true ? ["privileged"] : []),
    ...(at(security, "allowPrivilegeEscalation") === false ? [] : ["allowPrivilegeEscalation is not false"]),
    ...(inherited("runAsNonRoot") === true ? [] : ["runAsNonRoot is not true"]),
    ...(at(security, "runAsUser") === 0 ? ["runAsUser 0"] : []),
    ...(["RuntimeDefault", "Localhost"].includes(String(inherited("seccompProfile", "type")))
      ? []
      : ["seccompProfile"]),
    ...(listAt(security, "capabilities", "drop").includes("ALL") ? [] : ["capabilities are not dropped"]),
    ...added.filter((name) => name !== "NET_BIND_SERVICE").map((name) => `capability ${String(name)}`),
    ...([undefined, "Default", ""].includes(at(security, "procMount") as string | undefined)
      ? []
      : ["procMount"]),
    ...(at(security, "windowsOptions", "hostProcess") === true ? ["hostProcess"] : []),
    ...listAt(container, "ports")
      .filter((port) => (at(port, "hostPort") ?? 0) !== 0)
      .map(() => "hostPort"),
    ...["livenessProbe", "readinessProbe", "startupProbe", "lifecycle"].filter((hook) =>
      namesHost(at(container, hook)),
    ),
    ...seLinuxViolations(security),
    ...appArmorViolations(security),
  ];
}

function seLinuxViolations(security: unknown): string[] {
  const options = at(security, "seLinuxOptions");
  const allowed = SELINUX_TYPES.includes(at(options, "type") as string | undefined);
  return allowed && !at(options, "user") && !at(options, "role") ? [] : ["seLinuxOptions"];
}

const appArmorViolations = (security: unknown): string[] =>
  [undefined, "RuntimeDefault", "Localhost"].includes(
    at(security, "appArmorProfile", "type") as string | undefined,
  )
    ? []
    : ["appArmorProfile"];

/** Host Probes and Lifecycle Hooks: a host of its own would let the kubelet be sent anywhere. */
const namesHost = (hook: unknown): boolean => {
  const actions = [hook, at(hook, "postStart"), at(hook, "preStop")];
  return actions.some((action) => at(action, "httpGet", "host") || at(action, "tcpSocket", "host"));
};
