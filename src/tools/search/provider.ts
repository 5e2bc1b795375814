import type * as z from "../../base/zod.ts";

/** A hit, in the shape that the Rust peer gives too. */
export interface SearchResult {
  title: string;
  url: string;
  snippet: string;
}

export interface SearchRequest {
  query: string;
  maxResults: number;
  key: string | undefined;
  /** Without a slash at its end. */
  baseUrl: string;
}

/** A search service: how it is asked, and what of its answer is used. */
export interface SearchProvider {
  name: string;
  /** Undefined: the service is one's own, and its address must be given. */
  baseUrl: string | undefined;
  /** Environment variable of its key, unless the config names another; undefined: it needs none. */
  keyEnv: string | undefined;
  /** Most results it gives for one question. */
  mostResults: number;
  /** What HTTP 403 means there, when it is not the key. */
  forbidden?: string;
  request(request: SearchRequest): { url: string; init: RequestInit };
  /** Lenient: the fields that are used, and no others. */
  response(): z.ZodMiniType<SearchResult[]>;
}

export const jsonPost = (body: unknown, headers: Record<string, string>): RequestInit => ({
  method: "POST",
  headers: { ...headers, "content-type": "application/json", accept: "application/json" },
  body: JSON.stringify(body),
});

export const jsonGet = (headers: Record<string, string>): RequestInit => ({
  headers: { ...headers, accept: "application/json" },
});
