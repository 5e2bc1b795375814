import { trusted } from "./markup.ts";

/** What the pages that we write look like; they name no font, picture or script that would have to be fetched. */
export const STYLE = trusted(`
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #16191d; --soft: #5b6470; --line: #e2e5ea;
  --float: #9aa4b2; --ours: #2563eb; --good: #12804a; --bad: #c22a2a; --warn: #94610a; --good-bg: #e7f6ee; --bad-bg: #fdecec; --warn-bg: #fdf4e0; }
@media (prefers-color-scheme: dark) { :root { --page: #101215; --card: #191c21; --ink: #e8eaed; --soft: #9aa3af; --line: #2b3038;
  --float: #6b7684; --ours: #6ea0ff; --good: #5bd093; --bad: #ff8080; --warn: #e7b95a; --good-bg: #14291f; --bad-bg: #331a1b; --warn-bg: #2c2412; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0; overflow-wrap: anywhere; letter-spacing: -.01em; }
h2 { font-size: 17px; margin: 0 0 4px; } h3 { font-size: 14px; margin: 18px 0 -4px; } p { margin: 0; }
.soft { color: var(--soft); } .small { font-size: 13px; }
header { margin-bottom: 20px; } header p { margin-top: 4px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 20px 22px; margin: 16px 0; }
.verdict { display: flex; gap: 16px; align-items: center; border-left: 6px solid var(--soft); }
.verdict strong { font-size: 22px; letter-spacing: .03em; white-space: nowrap; } .verdict p { font-size: 16px; overflow-wrap: anywhere; }
.verdict.passed { border-left-color: var(--good); background: var(--good-bg); } .verdict.passed strong { color: var(--good); }
.verdict.failed { border-left-color: var(--bad); background: var(--bad-bg); } .verdict.failed strong { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 12px; margin: 16px 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px; }
.tile b { display: block; font-size: 25px; font-weight: 650; line-height: 1.3; font-variant-numeric: tabular-nums; letter-spacing: -.02em; }
.notes { background: var(--warn-bg); } .notes ul { margin: 6px 0 0; padding-left: 20px; } .notes li { margin: 3px 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin-top: 10px; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 14px 7px 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; } th { font-weight: 600; font-size: 13px; color: var(--soft); white-space: nowrap; }
td { overflow-wrap: anywhere; } .number { text-align: right; white-space: nowrap; } td:last-child, th:last-child { padding-right: 0; }
.good { color: var(--good); font-weight: 600; } .bad { color: var(--bad); font-weight: 600; }
code { font: 12.5px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
details { margin-top: 10px; } summary { cursor: pointer; color: var(--ours); font-size: 14px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 6px 20px; margin: 10px 0 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
@media (max-width: 560px) { td, th { padding-right: 8px; font-size: 13.5px; } td:first-child, th:first-child { min-width: 6em; } .number:last-child { white-space: normal; min-width: 5em; }
  .verdict { display: block; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; } }
@media print { body { background: none; } .card, .tile { break-inside: avoid; } }
`);
