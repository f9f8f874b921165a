// The only place that talks to the service.
import { t } from "./texts.js";

/**
 * @typedef {{why: string, what_to_do: string, file: string | null, row: number | null, column: string | null,
 *   value: string | null, severity: string, code: string, count: number}} Problem
 */

/** What the service answers when something is wrong. */
export class ServiceError extends Error {
  /** @param {{detail?: string, status?: number, problems?: Problem[]}} body */
  constructor(body) {
    super(body.detail ?? t("service.noreason"));
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
    response = await fetch(`/api/${path}`, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ServiceError({ detail: t("service.silent") });
  }
  if (!response.ok) throw await refused(response);
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
export async function post(path, body) {
  const json = body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  return (await ask(path, { method: "POST", ...json })).json();
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
