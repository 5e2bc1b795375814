import * as z from "../../base/zod.ts";

const DEFAULT_MAX_FILE_SIZE = 10 << 20;

/** Peers' configs name no folder. Not the config's own: a tool could then change the config. */
const DEFAULT_FOLDER = "workspace";

/** Options that reading and writing share. */
function common() {
  const size = z.int().check(z.minimum(1), z.maximum(1 << 30));
  return {
    allowed_paths: z.described(
      z._default(z.array(z.string().check(z.minLength(1))).check(z.minLength(1)), [DEFAULT_FOLDER]),
      "Folders (or files) the tool may touch, with all below; relative ones are taken from the config's folder.",
    ),
    max_file_size: z.described(
      z.optional(size),
      "Bytes the largest file may have; default 10 MiB (10485760).",
    ),
    max_size: z.described(z.optional(size), "Older name of max_file_size."),
  };
}

const withSize = <T extends { max_file_size?: number; max_size?: number }>({ max_size, ...options }: T) => ({
  ...options,
  max_file_size: options.max_file_size ?? max_size ?? DEFAULT_MAX_FILE_SIZE,
});

const maxContentChars = () =>
  z.described(
    z._default(z.int().check(z.minimum(100), z.maximum(10_000_000)), 50_000),
    "Characters shown to the model at once; it can ask for the next lines.",
  );

export const fileReadOptions = () =>
  z.changed(z.strictObject({ ...common(), max_content_chars: maxContentChars() }), withSize);

export const fileWriteOptions = () => z.changed(z.strictObject(common()), withSize);
