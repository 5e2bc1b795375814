import { isMap } from "yaml";
import type { GpuVendor } from "../gpus/types.ts";
import { parseModelCar } from "../manifest/parse.ts";
import { ManifestError } from "../manifest/types.ts";
import { parseImageReference } from "../registry/reference.ts";
import type { ImageReference, Login } from "../registry/types.ts";
import type { Say } from "./stream.ts";
import { QaError, type QaModel, type QaRequest } from "./types.ts";

/** What Open Data Hub's test suite (August 2026) takes, and what it makes of other things. */

/** With another word every test is skipped, and the suite ends with 0. */
const WORDS: Partial<Record<GpuVendor, string>> = {
  nvidia: "nvidia",
  amd: "amd",
  gaudi: "gaudi",
  spyre: "spyre",
};

export function acceleratorWord(vendor: GpuVendor | undefined): string {
  const word = vendor && WORDS[vendor];
  if (word !== undefined) return word;
  throw new QaError("ACCELERATOR_UNSUPPORTED", `the accelerator is ${vendor ?? "not known"}`);
}

/** The registries for which it takes a pull secret, and the variables that it reads them from. */
const REGISTRIES: Readonly<Record<string, string>> = {
  "quay.io": "QUAY_IO_REGISTRY_PULL_SECRET",
  "registry.redhat.io": "REGISTRY_REDHAT_IO_REGISTRY_PULL_SECRET",
  "registry.stage.redhat.io": "REGISTRY_STAGE_REDHAT_IO_REGISTRY_PULL_SECRET",
};

/**
 * The logins of the models' registries as the suite reads them: base64 of user:password. It wants one at least, even for
 * images that anyone may pull. A variable that is set already stays.
 */
export function loginVariables({ models, logins }: QaRequest, say: Say): Record<string, string> {
  const variables: Record<string, string> = {};
  const missing = new Set<string>();
  for (const { entry } of models) {
    const { registry, repository } = placeOf(entry);
    const variable = REGISTRIES[registry];
    if (variable === undefined) {
      say(`${entry.name}: the suite takes no pull secret for ${registry}; the image must be open to anyone`);
      continue;
    }
    const login = logins.find(registry, repository);
    if (login?.identityToken !== undefined) say(`${entry.name}: ${identityText(login)}`);
    if (login?.basic === undefined) {
      missing.add(registry);
      continue;
    }
    variables[variable] ??= login.basic;
    if (variables[variable] !== login.basic)
      say(
        `${entry.name}: it has a login of its own, and the suite takes one for all of ${registry}: that of an earlier model is used`,
      );
  }
  if (Object.keys(variables).length > 0) {
    for (const registry of missing)
      say(`no login is known for ${registry}: its images must be open to anyone`);
    return variables;
  }
  const [registry] = missing;
  if (registry === undefined)
    throw new QaError(
      "MODELCAR_REGISTRY_UNDETERMINED",
      "none of the images is in a registry that the suite knows",
    );
  throw new QaError("OCI_PULL_SECRET_MISSING", `no login is known for ${[...missing].join(", ")}`, {
    hint: `Log in with: podman login ${registry}. Or set OCI_REGISTRY_PULL_SECRET.`,
  });
}

/** Only a registry's own token service takes it. */
export const identityText = ({ source }: Login): string =>
  `the login from ${source} is an identity token, which no pull secret can hold; use a name and a password`;

function placeOf({ image, name }: QaModel["entry"]): ImageReference {
  if (image.startsWith("oci://")) return parseImageReference(image);
  throw new QaError("MODEL_NOT_DEPLOYABLE", `${name}: ${image} is not an oci:// image`);
}

/** The model-car as the suite wants it: `model-car` must be a list. @throws QaError MODELCAR_YAML_INVALID */
export function suiteCar(text: string, file: string): string {
  try {
    const { document } = parseModelCar(text, file);
    const cars = document.get("model-car", true);
    if (!isMap(cars)) return text;
    document.set("model-car", document.createNode([cars]));
    return document.toString();
  } catch (thrown) {
    if (thrown instanceof ManifestError) throw new QaError("MODELCAR_YAML_INVALID", thrown.message);
    throw thrown;
  }
}
