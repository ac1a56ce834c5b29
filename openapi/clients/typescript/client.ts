// A typed client for a transport that looks like `wx.request`. Every type comes from the contract.

import type { components, paths } from "./contract";

/** Sends one request: `wx.request` as a promise, or anything dressed like it. */
export type Transport = (request: {
  method: "GET" | "POST" | "PUT" | "DELETE";
  url: string;
  header: Record<string, string>;
  data?: unknown;
}) => Promise<{ statusCode: number; data: unknown }>;

type Method = "get" | "post" | "put" | "delete";
type PathOf<M extends Method> = {
  [P in keyof paths]: Required<paths[P]>[M] extends { responses: unknown } ? P : never;
}[keyof paths];

/** What an operation takes: the ids in its path, its query, its body, and two headers. */
type Input<O> = (O extends { parameters: { path: infer Ids } } ? { path: Ids } : unknown) &
  (O extends { parameters: { query?: infer Query } } ? { query?: Query } : unknown) &
  (O extends { requestBody: Body<infer B> } ? { body: B } : unknown) &
  { ifMatch?: string; idempotencyKey?: string };
type Body<B> = { content: { "application/json": B } };

/** The body that it answers with when all went well. */
type Output<O> = O extends { responses: infer R } ? Json<R[keyof R & (200 | 201 | 202)]> : never;
type Json<R> = R extends Body<infer B> ? B : void;

/** Branch on `body.code`; show `title` and `remedy`, which are in the caller's language. */
export class Problem extends Error {
  constructor(readonly body: components["schemas"]["Problem"]) {
    super(`${body.title} ${body.remedy}`);
  }
}

export class Client {
  constructor(
    private readonly base: string,
    private readonly transport: Transport,
    private readonly accessToken?: string,
  ) {}

  /** The same client for somebody who has signed in. */
  as(accessToken: string): Client {
    return new Client(this.base, this.transport, accessToken);
  }

  async call<M extends Method, P extends PathOf<M>>(
    method: M,
    path: P,
    input: Input<Required<paths[P]>[M]>,
  ): Promise<Output<Required<paths[P]>[M]>> {
    const given = input as Partial<Record<"path" | "query", Record<string, unknown>>> &
      { body?: unknown; ifMatch?: string; idempotencyKey?: string };
    const id = (_: string, name: string) => encodeURIComponent(String(given.path?.[name]));
    const query = Object.entries(given.query ?? {})
      .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
    const header: Record<string, string> = { "Coordinate-System": "gcj02" };
    if (given.body !== undefined) header["Content-Type"] = "application/json";
    if (this.accessToken) header["Authorization"] = `Bearer ${this.accessToken}`;
    if (given.ifMatch) header["If-Match"] = given.ifMatch;
    if (given.idempotencyKey) header["Idempotency-Key"] = given.idempotencyKey;
    const answer = await this.transport({
      method: method.toUpperCase() as "GET",
      url: this.base + path.replace(/\{(\w+)\}/g, id) + (query.length ? `?${query.join("&")}` : ""),
      header,
      data: given.body,
    });
    if (answer.statusCode >= 400) throw new Problem(answer.data as Problem["body"]);
    return answer.data as Output<Required<paths[P]>[M]>;
  }
}
