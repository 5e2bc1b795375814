import { safePath } from "../tar/safe-path.ts";
import type { Descriptor } from "./types.ts";

/** How a layer holds its files. */
export type LayerForm = "tar" | "tar+gzip" | "tar+zstd" | "file" | "unknown";

/** Keys under which tools note the file that a layer holds: ModelPack, olot, ORAS and KitOps. */
const PATH_KEYS = [
  "org.cncf.model.filepath",
  "org.cnai.model.filepath",
  "olot.layer.content.inlayerpath",
  "olot.layer.content.name",
  "org.opencontainers.image.title",
];

/** The form by its media type; what carries a title and is no archive is a file itself. */
export function layerForm(layer: Descriptor): LayerForm {
  const type = layer.mediaType.toLowerCase();
  if (/tar[.+]gzip$|\.tgz$|tar\.gz$/.test(type)) return "tar+gzip";
  if (/tar[.+]zst(d)?(:chunked)?$/.test(type)) return "tar+zstd";
  if (/[./+]tar$/.test(type)) return "tar";
  if (type === "application/vnd.ollama.image.model" || layerPath(layer) !== undefined) return "file";
  return "unknown";
}

/** The file that the layer holds, where its maker noted it. */
export function layerPath({ annotations, mediaType }: Descriptor): string | undefined {
  if (mediaType === "application/vnd.ollama.image.model") return "model.gguf";
  const noted = PATH_KEYS.map((key) => annotations[key]).find((path) => path !== undefined);
  return noted === undefined ? undefined : safePath(noted);
}

/** The bytes themselves, when the media type says otherwise. */
export function formByMagic(bytes: Uint8Array): "tar+gzip" | "tar+zstd" | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return "tar+gzip";
  return bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd
    ? "tar+zstd"
    : undefined;
}
