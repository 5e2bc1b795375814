import { CONTAINER } from "../../container.ts";
import type { DeployPlan } from "../../plan.ts";
import type { RenderedService } from "./agent-service.ts";
import type { IncludedBroker } from "./broker-service.ts";
import { CLI_SERVICE, secretPath } from "./names.ts";
import { HARDENED, SCRATCH } from "./service.ts";

/**
 * The program beside its broker, which nobody else reaches: `docker compose run --rm cli ask …`. Not started with the
 * rest. The login comes as files, whose variables can be called as the program wants them.
 */
export function cliService(plan: DeployPlan, { host, url, auth }: IncludedBroker): RenderedService {
  return {
    name: CLI_SERVICE,
    configs: {},
    files: {},
    volumes: [],
    service: {
      image: plan.agents[0]!.image,
      profiles: [CLI_SERVICE],
      command: ["agents"],
      user: `${CONTAINER.user}:${CONTAINER.group}`,
      environment: {
        MQTT_BROKER_URL: url,
        ...(auth && {
          MQTT_PASSWORD_FILE: secretPath(auth.passwordSecret),
          MQTT_USERNAME_FILE: secretPath(auth.usernameSecret),
        }),
      },
      ...(auth && { secrets: [auth.usernameSecret, auth.passwordSecret] }),
      tmpfs: [SCRATCH],
      depends_on: { [host]: { condition: "service_healthy" } },
      healthcheck: { disable: true },
      init: true,
      ...HARDENED,
      stop_grace_period: "5s",
      labels: {},
    },
  };
}
