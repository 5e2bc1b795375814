/** An image as people set it with --set image.tag=…; empty parts are left out of the reference. */
export interface ImageParts {
  repository: string;
  tag: string;
  digest: string;
}

/** `registry:5000/name:tag@sha256:…` in its parts (distribution specification, reference grammar). */
export function imageParts(reference: string): ImageParts {
  const [named = "", digest = ""] = reference.split("@");
  const [, repository = named, tag = ""] = /^(.+):([\w][\w.-]{0,127})$/.exec(named) ?? [];
  return { repository, tag, digest };
}
