import type { DeployPlan } from "../../plan.ts";
import type { Step } from "../../target.ts";
import { servicesOf } from "./compose-file.ts";
import { CONFIG_LABEL, SERVICE_LABEL } from "./names.ts";

interface Labelled {
  name: string;
  service: string;
  config: string;
}

const label = (name: string): string => `{{.Label ${JSON.stringify(name)}}}`;
const FORMAT = [label("com.docker.compose.service"), label(SERVICE_LABEL), label(CONFIG_LABEL)].join(" ");

/** What a deployment would do with each container, by the labels of those that are there. */
export const serviceDiff = (plan: DeployPlan): Step => ({
  title: `compare ${plan.project} with the containers that are there`,
  argv: [
    "docker",
    "ps",
    "--all",
    ...["--filter", `label=com.docker.compose.project=${plan.project}`],
    ...["--filter", "label=com.docker.compose.oneoff=False"],
    ...["--format", FORMAT],
  ],
  readOnly: true,
  shown: true,
  inspect: (stdout) => differences(wanted(plan), there(stdout)),
});

const wanted = (plan: DeployPlan): Labelled[] =>
  servicesOf(plan)
    .filter(({ service }) => service.profiles === undefined)
    .map(({ name, service: { labels } }) => ({
      name,
      service: labels[SERVICE_LABEL] ?? "",
      config: labels[CONFIG_LABEL] ?? "",
    }));

function there(stdout: string): Labelled[] {
  const rows = stdout.split("\n").filter((row) => row.trim() !== "");
  return rows.map((row) => {
    const [name = "", service = "", config = ""] = row.split(" ");
    return { name, service, config };
  });
}

function differences(after: readonly Labelled[], before: readonly Labelled[]): string | undefined {
  const lines = [
    ...after.flatMap((wanted) => {
      const running = before.filter(({ name }) => name === wanted.name);
      if (running.length === 0) return [`+ ${wanted.name}: is not there, and would be started`];
      const other = running.find(({ service }) => service !== wanted.service);
      return other === undefined ? [] : [`~ ${wanted.name}: would be replaced, ${reason(other, wanted)}`];
    }),
    ...[...new Set(before.map(({ name }) => name))]
      .filter((name) => !after.some((wanted) => wanted.name === name))
      .map((name) => `- ${name}: would be removed`),
  ];
  return lines.length === 0 ? undefined : lines.join("\n");
}

const reason = (before: Labelled, after: Labelled): string =>
  before.config === after.config
    ? "its container is to be set up differently"
    : `its config is another (${before.config || "none"} → ${after.config})`;
