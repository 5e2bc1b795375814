import type { DeployTarget } from "../../target.ts";
import { instructions } from "./instructions.ts";
import { deploy } from "./operations/deploy.ts";
import { destroy } from "./operations/destroy.ts";
import { diff } from "./operations/diff.ts";
import { logs } from "./operations/logs.ts";
import { next } from "./operations/next.ts";
import { rollback } from "./operations/rollback.ts";
import { listSecrets, pushSecrets } from "./operations/secrets.ts";
import { status } from "./operations/status.ts";
import { problems } from "./problems.ts";
import { render } from "./render.ts";

/** Kubernetes, through kubectl and server-side apply. */
export const target: DeployTarget = {
  name: "k8s",
  summary: "Kubernetes, by kubectl",
  clis: [
    {
      commands: ["kubectl"],
      versionArgs: ["version", "--client"],
      minVersion: "1.27.0",
      install: "https://kubernetes.io/docs/tasks/tools/ (kubectl)",
    },
  ],
  problems,
  render,
  operations: { deploy, status, logs, destroy, rollback, diff, pushSecrets, listSecrets, next },
  instructions,
};
