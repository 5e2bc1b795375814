import {
  MOSQUITTO,
  MOSQUITTO_COMMAND,
  MOSQUITTO_PROBE_ENV,
  mosquittoConfig,
  mosquittoProbe,
  mosquittoStart,
} from "../../mosquitto.ts";
import type { BrokerPlan, DeployPlan } from "../../plan.ts";
import { shortHash } from "../../short-hash.ts";
import type { RenderedService } from "./agent-service.ts";
import { carry } from "./carried-files.ts";
import { CONFIG_LABEL } from "./names.ts";
import { secretAccess, sharedMode } from "./secret-access.ts";
import { HARDENED, LOGGING, SCRATCH } from "./service.ts";

export type IncludedBroker = Extract<BrokerPlan, { kind: "included" }>;

const isReadOnly = ({ agents }: DeployPlan): boolean => agents[0]?.settings.docker.read_only ?? false;

/** Mosquitto, reached only by the containers of the project. */
export function brokerService(plan: DeployPlan, broker: IncludedBroker): RenderedService {
  const { host, port, auth } = broker;
  const text = mosquittoConfig({ port, login: auth !== undefined });
  const readOnly = isReadOnly(plan);
  const carried = carry(host, [{ path: MOSQUITTO.configFile, text }], { mounted: readOnly });
  const login = auth === undefined ? [] : [auth.usernameSecret, auth.passwordSecret];
  const access = secretAccess(login, sharedMode(plan));
  const data = `${host}-data`;
  return {
    name: host,
    configs: carried.configs,
    files: carried.files,
    volumes: [data],
    service: {
      image: broker.image,
      command: auth === undefined ? [...MOSQUITTO_COMMAND] : startCommand(auth, access.word),
      user: `${MOSQUITTO.user}:${MOSQUITTO.group}`,
      environment: { ...(auth && MOSQUITTO_PROBE_ENV), ...access.environment },
      ...carried.service,
      ...(access.secrets && { secrets: access.secrets }),
      volumes: [...(carried.service.volumes ?? []), `${data}:${MOSQUITTO.data}`],
      tmpfs: [SCRATCH],
      healthcheck: {
        test: ["CMD", ...mosquittoProbe(port)],
        interval: "5s",
        timeout: "5s",
        retries: 3,
        start_period: "30s",
      },
      ...(readOnly && { read_only: true }),
      ...HARDENED,
      restart: "unless-stopped",
      stop_grace_period: "30s",
      logging: LOGGING,
      labels: { [CONFIG_LABEL]: shortHash(text) },
    },
  };
}

const startCommand = (
  { usernameSecret, passwordSecret }: NonNullable<IncludedBroker["auth"]>,
  word: (name: string) => string,
): string[] => [
  "sh",
  "-c",
  mosquittoStart({ username: word(usernameSecret), password: word(passwordSecret) }),
];
