import * as z from "../../base/zod.ts";
import { jsonGet, jsonPost, type SearchProvider, type SearchResult } from "./provider.ts";

/** A hit whose texts are under these names; hits without an address are of no use. */
function hits(title: string, url: string, snippet: string) {
  const text = z.nullish(z.string());
  const hit = z.looseObject({ [title]: text, [url]: text, [snippet]: text });
  return z.changed(z.nullish(z.array(hit)), (list): SearchResult[] =>
    (list ?? []).flatMap((item) => {
      const address = item[url];
      return address ? [{ title: item[title] ?? "", url: address, snippet: item[snippet] ?? "" }] : [];
    }),
  );
}

/** https://serper.dev: Google's results. */
export const serper: SearchProvider = {
  name: "serper",
  baseUrl: "https://google.serper.dev",
  keyEnv: "SERPER_API_KEY",
  mostResults: 100,
  request: ({ query, maxResults, key, baseUrl }) => ({
    url: `${baseUrl}/search`,
    init: jsonPost({ q: query, num: maxResults }, { "X-API-KEY": key ?? "" }),
  }),
  response: () =>
    z.changed(z.looseObject({ organic: hits("title", "link", "snippet") }), ({ organic }) => organic),
};

/** https://api-dashboard.search.brave.com/documentation/services/web-search */
export const brave: SearchProvider = {
  name: "brave",
  baseUrl: "https://api.search.brave.com/res/v1",
  keyEnv: "BRAVE_API_KEY",
  mostResults: 20,
  request: ({ query, maxResults, key, baseUrl }) => {
    const params = new URLSearchParams({ q: query, count: String(maxResults), text_decorations: "false" });
    return { url: `${baseUrl}/web/search?${params}`, init: jsonGet({ "X-Subscription-Token": key ?? "" }) };
  },
  response: () =>
    z.changed(
      z.looseObject({ web: z.nullish(z.looseObject({ results: hits("title", "url", "description") })) }),
      ({ web }) => web?.results ?? [],
    ),
};

/** https://docs.tavily.com/documentation/api-reference/endpoint/search */
export const tavily: SearchProvider = {
  name: "tavily",
  baseUrl: "https://api.tavily.com",
  keyEnv: "TAVILY_API_KEY",
  mostResults: 20,
  request: ({ query, maxResults, key, baseUrl }) => ({
    url: `${baseUrl}/search`,
    init: jsonPost({ query, max_results: maxResults }, { authorization: `Bearer ${key ?? ""}` }),
  }),
  response: () =>
    z.changed(z.looseObject({ results: hits("title", "url", "content") }), ({ results }) => results),
};

/** https://docs.searxng.org/dev/search_api.html: one's own server, with `json` among its `search.formats`. */
export const searxng: SearchProvider = {
  name: "searxng",
  baseUrl: undefined,
  keyEnv: undefined,
  mostResults: 50,
  forbidden: "its settings.yml must have json among search.formats",
  request: ({ query, key, baseUrl }) => ({
    url: `${baseUrl}/search?${new URLSearchParams({ q: query, format: "json" })}`,
    init: jsonGet(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  }),
  response: () =>
    z.changed(z.looseObject({ results: hits("title", "url", "content") }), ({ results }) => results),
};
