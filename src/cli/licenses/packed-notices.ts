/**
 * Path, inside the program, of the licences of what it carries: JSON, compressed with Zstandard. From source there is none:
 * scripts/notices.ts puts another module in the place of this one when the program is built.
 */
export const packedNotices = (): string | undefined => undefined;
