// The only place that talks to the service.
import { t } from "./texts.js";

/**
 * @typedef {{why: string, what_to_do: string, file: string | null, row: number | null, column: string | null,
 *   value: string | null, severity: string, code: string, count: number}} Problem
 */

const SAFE = ["GET", "HEAD"];

/**
 * What tells the service that a request comes from one of its pages; nothing where nobody signs in.
 * @returns {Record<string, string>}
 */
export function ours() {
  const found = document.cookie.match(/(?:^|; )(?:__Host-)?planner_csrf=([^;]*)/);
  return found ? { "X-CSRF-Token": found[1] } : {};
}

/** Leads to the way in, and back here afterwards. */
export function signInAgain() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}${location.hash}`);
}

/** What the service answers when something is wrong. */
export class ServiceError extends Error {
  /** @param {{type?: string, detail?: string, status?: number, problems?: Problem[]}} body */
  constructor(body) {
    super(body.detail ?? t("service.noreason"));
    this.kind = (body.type ?? "").replace("urn:planner:error:", "");
    this.status = body.status ?? 0;
    this.problems = body.problems ?? [];
  }
}

/** @param {Response} response */
async function refused(response) {
  try {
    return new ServiceError(await response.json());
  } catch {
    return new ServiceError({ status: response.status, detail: `${response.status} ${response.statusText}` });
  }
}

/**
 * @param {string} path below /api
 * @param {RequestInit} [options]
 * @returns {Promise<Response>}
 */
async function ask(path, options = {}) {
  let response;
  try {
    const own = SAFE.includes(options.method ?? "GET") ? {} : ours();
    response = await fetch(`/api/${path}`, { ...options, headers: { ...own, ...options.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServiceError({ detail: t("service.silent") });
  }
  if (!response.ok) {
    const error = await refused(response);
    if (error.kind === "signed-out") signInAgain();
    throw error;
  }
  return response;
}

/**
 * @param {string} path
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export const get = async (path, options) => (await ask(path, options)).json();

/** @param {string} path */
export const getBytes = async (path) => (await ask(path)).arrayBuffer();

/**
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export const post = (path, body) => send("POST", path, body);

/**
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>}
 */
export const put = (path, body) => send("PUT", path, body);

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @returns {Promise<any>} what was answered, null for nothing
 */
async function send(method, path, body) {
  const json = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const response = await ask(path, { method, ...json });
  return response.status === 204 ? null : response.json();
}

/** @param {string} path */
export const remove = (path) => ask(path, { method: "DELETE" });

/**
 * Uploads files; unlike fetch this can tell how far it is.
 * @param {string} name
 * @param {File[]} files
 * @param {(fraction: number) => void} progress
 * @returns {Promise<any>}
 */
export function upload(name, files, progress) {
  const form = new FormData();
  form.append("name", name);
  for (const file of files) form.append("files", file, file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/folders");
    for (const [name, value] of Object.entries(ours())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      if (request.status === 201) resolve(request.response);
      else reject(new ServiceError(request.response ?? { status: request.status }));
    });
    request.addEventListener("error", () => reject(new ServiceError({ detail: t("service.broken") })));
    request.send(form);
  });
}
