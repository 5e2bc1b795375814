import { parseImageReference } from "../../registry/reference.ts";
import type { Logins } from "../../registry/types.ts";
import type { Say } from "../stream.ts";
import { identityText } from "../suite.ts";
import type { QaModel } from "../types.ts";

/**
 * The logins that the models' images are pulled with, as a pull secret has them. Where repositories of one registry have
 * different ones, each stands by its path (kubernetes.io, "Pull an Image from a Private Registry").
 */
export function pullSecrets(
  models: readonly QaModel[],
  logins: Logins,
  say: Say,
): Record<string, { auth: string }> {
  const found = models.flatMap(({ entry: { name, image } }) => {
    if (!image.startsWith("oci://")) return [];
    const { registry, repository } = parseImageReference(image);
    const login = logins.find(registry, repository);
    if (login?.identityToken !== undefined) say(`${name}: ${identityText(login)}`);
    return login?.basic === undefined ? [] : [{ registry, repository, auth: login.basic }];
  });
  const byRegistry = Map.groupBy(found, ({ registry }) => registry);
  const entries = [...byRegistry].flatMap(([registry, all]) =>
    all.every(({ auth }) => auth === all[0]!.auth)
      ? [[registry, { auth: all[0]!.auth }] as const]
      : all.map(({ repository, auth }) => [`${registry}/${repository}`, { auth }] as const),
  );
  return Object.fromEntries(entries);
}
