// The way in: asks for a session and goes back to where one came from.
import { post } from "./api.js";
import "./chrome.js";
import { byId } from "./dom.js";

const form = byId("gate");
const failed = byId("gate-failed");

form.addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const go = byId("gate-go");
  go.disabled = true;
  failed.hidden = true;
  try {
    await post("sign-in", { login: byId("login").value, password: byId("password").value });
    location.assign(form.dataset.next + location.hash);
  } catch (error) {
    failed.textContent = /** @type {Error} */ (error).message;
    failed.hidden = false;
    byId("password").select();
  } finally {
    go.disabled = false;
  }
});

// The fragment of the address one came from stays with the browser: the detour over another page has to carry it.
const company = document.getElementById("company");
if (company instanceof HTMLAnchorElement && location.hash) {
  company.href = `/sign-in/company?next=${encodeURIComponent(form.dataset.next + location.hash)}`;
}
