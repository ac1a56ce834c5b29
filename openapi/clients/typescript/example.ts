// One order from placement to close, as apps of a resident and a volunteer would play it. Compiled
// against the generated types: when the contract changes under it, this no longer compiles.

import { Client, Problem } from "./client";
import type { components } from "./contract";

type Schemas = components["schemas"];

/** Signs in by phone; the code came by SMS. */
export async function signIn(client: Client, phone: string, code: string): Promise<Client> {
  const signedIn = await client.call("post", "/api/v1/sign-in/phone", { body: { phone, code } });
  return client.as(signedIn.accessToken);
}

/** 点单: the resident orders an item of the menu. The key is made once per order, not per attempt. */
export async function order(
  resident: Client,
  catalogItemId: string,
  place: Schemas["Position"],
  idempotencyKey: string,
) {
  const order: Schemas["NewDemand"] = {
    catalogItemId,
    content: "家中水管漏水，请帮忙检修",
    risk: "地面湿滑",
    place,
    address: "昆阳镇解放街道 1 号",
    channel: "mini_program",
    relation: "oneself",
    recipient: { name: "王秀英", phone: "13900000000" },
  };
  const placed = await resident.call("post", "/api/v1/demands", {
    body: order,
    idempotencyKey,
  });
  const path = { demandId: placed.demandId };
  return resident.call("get", "/api/v1/demands/{demandId}", { path });
}

/** 找单: the volunteer finds the demand among what is open to him, if he may take a place on it. */
export async function find(volunteer: Client, demandId: string) {
  const open = await volunteer.call("get", "/api/v1/me/dispatches", { query: {} });
  return open.items.find((one) => one.demandId === demandId && one.next.includes("take_place"));
}

/** 接单, 送单: the volunteer takes a place, checks in on the spot and out again. */
export async function serve(volunteer: Client, dispatchId: string, code: string) {
  const taken = await volunteer.call("post", "/api/v1/dispatches/{dispatchId}/take-place", {
    path: { dispatchId: dispatchId },
  });
  const path = { assignmentId: taken.assignmentId };
  const position = taken.demand.destination?.place;
  const presence = position ? { position, code } : { code };
  const arrived = await volunteer.call("post", "/api/v1/assignments/{assignmentId}/check-in", {
    path,
    body: presence,
  });
  if (!arrived.next.includes("check_out")) throw new Error(`not on site: ${arrived.state}`);
  return volunteer.call("post", "/api/v1/assignments/{assignmentId}/check-out", {
    path,
    body: presence,
  });
}

/** 评单, 销号: the resident judges; a solved demand is closed. */
export async function evaluate(resident: Client, demand: Schemas["Demand"]) {
  const judged = await resident.call("post", "/api/v1/demands/{demandId}/evaluations", {
    path: { demandId: demand.demandId },
    body: { solved: true, score: 5 },
  });
  return judged.demandState;
}

/** The whole loop; a problem is told to the person in his own language. */
export async function loop(
  resident: Client,
  volunteer: Client,
  catalogItemId: string,
  place: Schemas["Position"],
  idempotencyKey: string,
  show: (text: string) => void,
): Promise<void> {
  try {
    const demand = await order(resident, catalogItemId, place, idempotencyKey);
    const found = await find(volunteer, demand.demandId);
    if (!found) return show(`${demand.number}: ${demand.state}`);
    const shown = await resident.call("get", "/api/v1/demands/{demandId}/check-in-code", {
      path: { demandId: demand.demandId },
    });
    const done = await serve(volunteer, found.dispatchId, shown.code);
    show(`${done.volunteerName}: ${done.creditedMinutes ?? 0}`);
    show(await evaluate(resident, demand));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // Branch on the code, never on the text.
    if (error.body.code === "no_place_left") return show("名额已满");
    show(error.body.errors.map((field) => `${field.pointer}: ${field.detail}`).join("\n"));
    show(error.message);
  }
}

/** Every page of a list, by the cursor `next`. */
export async function everyDemand(resident: Client): Promise<Schemas["DemandSummary"][]> {
  const all: Schemas["DemandSummary"][] = [];
  let cursor: string | null | undefined;
  do {
    const query: { limit: number; cursor?: string } = { limit: 100 };
    if (cursor) query.cursor = cursor;
    const page = await resident.call("get", "/api/v1/me/demands", { query });
    all.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return all;
}
