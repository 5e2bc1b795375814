import type { AgentPlan } from "../../plan.ts";
import type { Probe, Step } from "../../target.ts";
import { countVolumes, hasApp, hasPublicAddress } from "./answers.ts";
import { VOLUME, volumeSize } from "./fly-toml.ts";
import { fly } from "./flyctl.ts";
import { secretLines } from "./secret-lines.ts";

/** The app of an agent and what belongs to it: its secrets, its volume, its address. */

const appExists = (app: string): Probe => ({
  argv: fly("apps", "list", "--json"),
  satisfied: ({ code, stdout }) => code === 0 && hasApp(stdout, app),
  because: `the app ${app} exists`,
});

/** Names of apps are one space for all accounts of Fly. */
export const creation = ({ name, settings }: AgentPlan): Step => ({
  title: `create the app ${name}`,
  argv: fly("apps", "create", name, "--org", settings.fly.org ?? "personal"),
  skipIf: appExists(name),
  onFailure: `Nothing was changed. If the name is taken by another account, choose another: [deploy] name. Organizations: fly orgs list`,
});

export const importStep = (
  agent: AgentPlan,
  names: readonly string[],
  { stage }: { stage: boolean },
): Step => ({
  title: `set the secrets of ${agent.name}`,
  argv: fly("secrets", "import", "--app", agent.name, ...(stage ? ["--stage"] : [])),
  stdin: {
    description: `NAME=VALUE lines for ${names.join(", ")}`,
    text: (secrets) => secretLines(agent.name, names, secrets),
  },
  onFailure: stage
    ? `The app ${agent.name} is there, its secrets are not set. Deploying again goes on from here.`
    : `No secret of ${agent.name} was set. The app must be there: agent-deploy deploy fly creates it.`,
});

export function volumeStep({ name, settings, replicas }: AgentPlan, size: string): Step {
  const { region } = settings.fly;
  const count = Math.max(1, replicas);
  return {
    title: `create the volume ${VOLUME} of ${name}`,
    argv: fly(
      "volumes",
      "create",
      VOLUME,
      "--app",
      name,
      "--region",
      region,
      "--size",
      String(volumeSize(size)),
      "--count",
      String(count),
      "--yes",
    ),
    skipIf: {
      argv: fly("volumes", "list", "--app", name, "--json"),
      satisfied: ({ code, stdout }) => code === 0 && countVolumes(stdout, { name: VOLUME, region }) >= count,
      because: `${name} has its volume`,
    },
    onFailure: `The app ${name} and its secrets are there. Deploying again goes on from here.`,
  };
}

export function addressSteps({ name }: AgentPlan): Step[] {
  const skipIf: Probe = {
    argv: fly("ips", "list", "--app", name, "--json"),
    satisfied: ({ code, stdout }) => code === 0 && hasPublicAddress(stdout),
    because: `${name} has a public address`,
  };
  return [
    {
      title: `give ${name} a public address`,
      argv: fly("ips", "allocate-v4", "--shared", "--app", name, "--yes"),
      skipIf,
    },
  ];
}

export const destruction = ({ name }: AgentPlan): Step => ({
  title: `destroy the app ${name}, with its Machines, volumes and secrets`,
  argv: fly("apps", "destroy", name, "--yes"),
  skipIf: {
    argv: fly("apps", "list", "--json"),
    satisfied: ({ code, stdout }) => code === 0 && !hasApp(stdout, name),
    because: `there is no app ${name}`,
  },
});
