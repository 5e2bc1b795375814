/** Imported with `{ type: "text" }`, so that the compiled binary carries them. */
declare module "*.tpl" {
  const text: string;
  export default text;
}
