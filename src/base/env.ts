/** The process environment as a value, so that nothing below the entry reads `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>;
