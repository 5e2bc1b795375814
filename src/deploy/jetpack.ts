import { closest } from "../base/did-you-mean.ts";
import type { PlanProblem } from "./target.ts";

/** An image of NVIDIA's that runs on a Jetson and holds TensorRT with trtexec. */
export interface JetpackBase {
  /** Jetson Linux, which the container's libraries must fit. */
  l4t: string;
  cuda: string;
  tensorrt: string;
  image: string;
  boards: string;
}

/**
 * JetPack → Jetson Linux → TensorRT, and NVIDIA's image with that TensorRT:
 * - versions: https://developer.nvidia.com/embedded/jetpack-archive, and each release's notes at
 *   https://docs.nvidia.com/jetson/archives/
 * - images up to JetPack 6: https://catalog.ngc.nvidia.com/orgs/nvidia/containers/l4t-tensorrt, whose tags are versions of
 *   TensorRT; `-devel` holds trtexec, `-runtime` does not
 * - JetPack 7 has no l4t images any more: Arm servers and boards share one
 *   (https://docs.nvidia.com/deeplearning/tensorrt/latest/installing-tensorrt/install-container.html)
 *
 * A container of one release of JetPack 5.1 runs on all of them; one of 6.1 or later on 6.1 and later, not on 6.0.
 */
const ORIN = "Orin";
const R10_3 = {
  cuda: "12.6",
  tensorrt: "10.3",
  image: "nvcr.io/nvidia/l4t-tensorrt:r10.3.0-devel",
  boards: ORIN,
};
const R8_5 = {
  cuda: "11.4",
  tensorrt: "8.5.2",
  image: "nvcr.io/nvidia/l4t-tensorrt:r8.5.2-devel",
  boards: "Xavier and Orin",
};
const SBSA = { cuda: "13.0", tensorrt: "10.13", image: "nvcr.io/nvidia/tensorrt:25.09-py3", boards: "Thor" };

export const JETPACKS: Readonly<Record<string, JetpackBase>> = {
  "5.1.1": { l4t: "35.3.1", ...R8_5 },
  "5.1.2": { l4t: "35.4.1", ...R8_5 },
  "5.1.3": { l4t: "35.5.0", ...R8_5 },
  "5.1.4": { l4t: "35.6.0", ...R8_5 },
  "5.1.5": { l4t: "35.6.1", ...R8_5 },
  "6.0": {
    l4t: "36.3.0",
    cuda: "12.2",
    tensorrt: "8.6.2",
    image: "nvcr.io/nvidia/l4t-tensorrt:r8.6.2-devel",
    boards: ORIN,
  },
  "6.1": { l4t: "36.4.0", ...R10_3 },
  "6.2": { l4t: "36.4.3", ...R10_3 },
  "6.2.1": { l4t: "36.4.4", ...R10_3 },
  "7.0": { l4t: "38.2", ...SBSA },
  "7.1": { l4t: "38.4", ...SBSA },
};

/** What a deployment gets that names no JetPack; the same as in the [deploy] section of a config. */
export const DEFAULT_JETPACK = "6.2";

/** The base for a JetPack; undefined: we know of none. */
export const jetpackBase = (jetpack: string): JetpackBase | undefined =>
  Object.hasOwn(JETPACKS, jetpack) ? JETPACKS[jetpack] : undefined;

/** What is wrong with a JetPack that we know no base for. */
export function jetpackProblem(jetpack: string): PlanProblem | undefined {
  if (jetpackBase(jetpack) !== undefined) return undefined;
  const near = closest(jetpack, Object.keys(JETPACKS));
  return {
    message: `no image with TensorRT is known for JetPack ${JSON.stringify(jetpack)}`,
    hint: `${near === undefined ? "" : `Did you mean ${near}? `}[deploy] jetpack is one of ${Object.keys(JETPACKS).join(", ")}; on the board, "dpkg -s nvidia-jetpack" says which. For another, build an image of your own and name it: [deploy] image.`,
  };
}

/** Image of Dockerfile.generic, as it is called where no other is named. */
export const programImage = (version: string): string => `agent2389:${version}`;

/** Image of Dockerfile.jetson, for a JetPack. */
export const jetsonImage = (version: string, jetpack: string): string =>
  `${programImage(version)}-jetpack${jetpack}`;

/** Arguments of `docker build` that let Dockerfile.jetson be for this JetPack. */
export function jetsonBuildArguments(jetpack: string, version: string): string[] {
  const base = jetpackBase(jetpack);
  return [
    ...(base ? ["--build-arg", `BASE_IMAGE=${base.image}`] : []),
    ...["--build-arg", `PROGRAM_IMAGE=${programImage(version)}`],
  ];
}
