import { z } from "zod";

const DEFAULT_MAX_FILE_SIZE = 10 << 20;

const size = z
  .int()
  .min(1)
  .max(1 << 30);

/** Options that reading and writing share. */
const common = {
  allowed_paths: z
    .array(z.string().min(1))
    .min(1)
    .describe(
      "Folders (or files) the tool may touch, with all below; relative ones are taken from the config's folder.",
    ),
  max_file_size: size.optional().describe("Bytes the largest file may have; default 10 MiB (10485760)."),
  max_size: size.optional().describe("Older name of max_file_size."),
};

const withSize = <T extends { max_file_size?: number; max_size?: number }>({ max_size, ...options }: T) => ({
  ...options,
  max_file_size: options.max_file_size ?? max_size ?? DEFAULT_MAX_FILE_SIZE,
});

export const fileReadOptions = z
  .strictObject({
    ...common,
    max_content_chars: z
      .int()
      .min(100)
      .max(10_000_000)
      .default(50_000)
      .describe("Characters shown to the model at once; it can ask for the next lines."),
  })
  .transform(withSize);
export type FileReadOptions = z.output<typeof fileReadOptions>;

export const fileWriteOptions = z.strictObject(common).transform(withSize);
export type FileWriteOptions = z.output<typeof fileWriteOptions>;
