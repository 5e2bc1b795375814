import type { DeployPlan } from "../../plan.ts";
import type { Files } from "../../target.ts";
import { launchdDaemons } from "./launchd.ts";
import { renderedPath } from "./layout.ts";
import { SUPERVISION_FILE, supervisionOf } from "./supervision.ts";
import { systemdUnits } from "./systemd.ts";

export const renderLocal = (plan: DeployPlan): Files => ({
  ...inFolder("systemd", systemdUnits(plan)),
  ...inFolder("launchd", launchdDaemons(plan)),
  ...Object.fromEntries(
    plan.agents.flatMap((agent) =>
      [agent.config, ...agent.files].map((file) => [renderedPath(agent, file), file.text]),
    ),
  ),
  [SUPERVISION_FILE]: `${JSON.stringify(supervisionOf(plan), null, 2)}\n`,
});

const inFolder = (folder: string, files: Files): Files =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]));
