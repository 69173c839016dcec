// @ts-check
/** The person side of the local chat over HTTP. The cookie of this browser carries the secret. */

/** A refusal or a failed connection (`status` 0). */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} message */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * @param {string} method @param {string} path @param {any} [body] FormData, or anything that JSON can carry
 * @returns {Promise<any>}
 */
async function call(method, path, body) {
  const isForm = body instanceof FormData;
  const headers = body === undefined || isForm ? undefined : { "Content-Type": "application/json" };
  const payload = body === undefined || isForm ? body : JSON.stringify(body);
  let response;
  try {
    response = await fetch(path, { method, headers, body: payload, credentials: "same-origin", cache: "no-store" });
  } catch {
    throw new ApiError(0, "unreachable", "no connection");
  }
  const data = await response.json().catch(() => null);
  if (response.ok) return data;
  throw new ApiError(response.status, data?.error?.code ?? "error", data?.error?.message ?? response.statusText);
}

/** @param {number} person @param {number} chat */
const chatPath = (person, chat) => `/api/people/${person}/chats/${chat}`;

/** The list in an answer, bare or wrapped. @param {any} data @param {string} name @returns {any[]} */
const listOf = (data, name) => (Array.isArray(data) ? data : data?.[name] ?? []);

export const api = {
  state: () => call("GET", "/api/state"),
  /** @param {Record<string, any>} person */
  addPerson: async (person) => unwrap(await call("POST", "/api/people", person), "person"),
  /** @param {number} person @param {Record<string, any>} changes */
  changePerson: (person, changes) => call("PATCH", `/api/people/${person}`, changes),
  /** @param {number} person */
  chats: async (person) => listOf(await call("GET", `/api/people/${person}/chats`), "chats"),
  /** @param {number} person @param {number} chat */
  bot: async (person, chat) => unwrap(await call("GET", `/api/people/${person}/bot?chat_id=${chat}`), "bot"),
  /** @param {number} person @param {number} chat @param {number | null} [before] @param {number} [limit] */
  messages: async (person, chat, before = null, limit = 60) => {
    const query = new URLSearchParams({ limit: String(limit) });
    if (before !== null) query.set("before", String(before));
    return listOf(await call("GET", `${chatPath(person, chat)}/messages?${query}`), "messages");
  },
  /** @param {number} person @param {number} chat @param {{text: string, reply_to?: number | null, start?: string}} content */
  sendText: async (person, chat, content) => listOf(await call("POST", `${chatPath(person, chat)}/messages`, content), "messages"),
  /** @param {number} person @param {number} chat @param {FormData} form */
  sendFiles: async (person, chat, form) => listOf(await call("POST", `${chatPath(person, chat)}/messages`, form), "messages"),
  /** @param {number} person @param {number} chat @param {number} message @param {{text?: string, caption?: string}} content */
  edit: (person, chat, message, content) => call("PATCH", `${chatPath(person, chat)}/messages/${message}`, content),
  /** @param {number} person @param {number} chat @param {number} message */
  remove: (person, chat, message) => call("DELETE", `${chatPath(person, chat)}/messages/${message}`),
  /** @param {number} person @param {number} chat @param {{message_id: number, row: number, column: number}} button */
  press: (person, chat, button) => call("POST", `${chatPath(person, chat)}/press`, button),
  /** @param {number} person @param {number} chat @param {Record<string, any>} choice */
  shareChat: (person, chat, choice) => call("POST", `${chatPath(person, chat)}/share-chat`, choice),
  /** @param {number} person @param {number} chat @param {boolean} blocked */
  block: (person, chat, blocked) => call("POST", `${chatPath(person, chat)}/block`, { blocked }),
  /** @param {number} person @param {number} chat */
  read: (person, chat) => call("POST", `${chatPath(person, chat)}/read`, {}),
  /** @param {Record<string, any>} group */
  createGroup: async (group) => unwrap(await call("POST", "/api/groups", group), "chat"),
  /** @param {number} chat @param {Record<string, any>} change */
  setMember: (chat, change) => call("POST", `/api/groups/${chat}/members`, change),
  /** @param {number} person @param {string} file */
  fileUrl: (person, file) => `/api/people/${person}/files/${encodeURIComponent(file)}`,
  /** @param {number} person @param {number | null} after */
  eventsUrl: (person, after) => `/api/people/${person}/events${after === null ? "" : `?after=${after}`}`,
};

/** @param {any} data @param {string} name */
function unwrap(data, name) {
  return data?.[name] ?? data;
}
