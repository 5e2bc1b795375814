import type { DeployPlan } from "../../plan.ts";
import type { DeployTarget } from "../../target.ts";
import { COMPOSE_FILE, renderCompose } from "./compose-file.ts";
import { operations } from "./operations.ts";
import { composeProblems } from "./problems.ts";

/** Docker Compose: one project of all agents, with their broker when none is named. */
export const target: DeployTarget = {
  name: "docker",
  summary: "Docker Compose, on this machine or one that DOCKER_HOST names; podman too",
  clis: [
    {
      commands: ["docker", "podman"],
      versionArgs: ["compose", "version"],
      // The first that takes the content of configs from the Compose file.
      minVersion: "2.23.1",
      install:
        "Docker Engine with the Compose plugin: https://docs.docker.com/compose/install/ (Debian 13: apt-get install docker.io docker-compose)",
    },
  ],
  problems: composeProblems,
  render: renderCompose,
  operations,
  instructions,
};

function instructions(plan: DeployPlan): string[] {
  const secrets = [...new Set(plan.agents.flatMap(({ secrets }) => secrets.map(({ name }) => name)))].sort();
  return [
    ...(secrets.length > 0 ? [`export ${secrets.join(" ")}`] : []),
    `docker compose --file ${COMPOSE_FILE} up --detach --wait`,
  ];
}
