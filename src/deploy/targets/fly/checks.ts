import { ExpectedError } from "../../../base/errors.ts";
import { isLocalImage } from "../../local-image.ts";
import type { DeployPlan } from "../../plan.ts";
import type { Step } from "../../target.ts";
import { checkRegion, checkSize } from "./answers.ts";

/** What is looked at before anything is changed. */
export function checks({ agents }: DeployPlan): Step[] {
  const regions = unique(agents.map(({ settings }) => settings.fly.region));
  const sizes = unique(agents.flatMap(({ settings }) => settings.fly.vm_size ?? []));
  const images = unique(agents.map(({ image }) => image).filter(isLocalImage));
  return [
    {
      title: "see who is logged in to Fly",
      argv: ["fly", "auth", "whoami"],
      readOnly: true,
      onFailure: "Nothing was changed. Log in: fly auth login; or set FLY_API_TOKEN, as in CI.",
    },
    ...regions.map((region) => ({
      title: `see that Fly has the region ${region}`,
      argv: ["fly", "platform", "regions", "--json"] as const,
      readOnly: true,
      inspect: (stdout: string) => checkRegion(stdout, region),
    })),
    ...sizes.map((size) => ({
      title: `see that Fly has Machines of the size ${size}`,
      argv: ["fly", "platform", "vm-sizes", "--json"] as const,
      readOnly: true,
      inspect: (stdout: string) => checkSize(stdout, size),
    })),
    ...images.map(imageCheck),
  ];
}

const unique = (values: readonly string[]): string[] => [...new Set(values)].sort();

/** An image that no registry has is sent from here; Fly's Machines are amd64. */
const imageCheck = (image: string): Step => ({
  title: `see that the image ${image} is here`,
  argv: ["docker", "image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", image],
  readOnly: true,
  inspect: (stdout) => checkPlatform(image, stdout.trim()),
  onFailure: `Nothing was changed. Build the image from the source, ${buildCommand(image)}; or name one of a registry: --image registry.example.com/agent2389:1.2.3`,
});

function checkPlatform(image: string, platform: string): undefined {
  if (platform === "linux/amd64") return;
  throw new ExpectedError(`the image ${image} is for ${platform}, and Fly runs linux/amd64`, {
    hint: `Build it for that: ${buildCommand(image)}`,
  });
}

const buildCommand = (image: string): string =>
  `docker build --platform linux/amd64 -f Dockerfile.generic -t ${image} .`;
