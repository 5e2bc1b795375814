import { jetsonBuildArguments, programImage } from "../../jetpack.ts";
import { isLocalImage } from "../../local-image.ts";
import type { DeployPlan } from "../../plan.ts";
import type { Step } from "../../target.ts";

const BUILD_SECONDS = 1800;

/** Images of this program are built where its source is; those of registries Compose gets by itself. */
export function imageSteps({ agents, version }: DeployPlan): Step[] {
  const local = agents.filter(({ image }) => isLocalImage(image));
  const steps = local.flatMap((agent) =>
    agent.accelerator === undefined
      ? [program(agent.image)]
      : [
          program(programImage(version)),
          worker(agent.image, jetsonBuildArguments(agent.accelerator.jetpack, version)),
        ],
  );
  return [...new Map(steps.map((step) => [step.title, step])).values()];
}

const program = (image: string): Step => build(image, ["--file", "Dockerfile.generic"]);

const worker = (image: string, args: readonly string[]): Step =>
  build(image, ["--file", "Dockerfile.jetson", ...args]);

const build = (image: string, args: readonly string[]): Step => ({
  title: `build the image ${image}`,
  argv: ["docker", "build", ...args, "--tag", image, "."],
  skipIf: {
    argv: ["docker", "image", "inspect", "--format", "{{.Id}}", image],
    satisfied: ({ code }) => code === 0,
    because: `the image ${image} is here`,
  },
  // Dockerfile.generic needs it; before Docker 23 it was not the default.
  env: { DOCKER_BUILDKIT: "1" },
  shown: true,
  timeoutSeconds: BUILD_SECONDS,
  onFailure: `Nothing was changed. Run this where the source of agent2389 is, to build the image ${image}; or name one of a registry: --image registry.example.com/agent2389:1.2.3`,
});
