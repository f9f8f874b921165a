// One's own account: another password, and the way out.
import { post, put } from "./api.js";
import "./chrome.js";
import { byId, make } from "./dom.js";
import { t } from "./texts.js";

const form = document.getElementById("another");
form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = byId("another-said");
  try {
    await put("me/password", { old: byId("old").value, new: byId("new").value });
    said.replaceChildren(make("div", { class: "notice good" }, t("account.password.done")));
    /** @type {HTMLFormElement} */ (form).reset();
  } catch (error) {
    const { message, problems } = /** @type {import("./api.js").ServiceError} */ (error);
    const why = problems.length ? problems.map((problem) => problem.why).join(" ") : message;
    said.replaceChildren(make("div", { class: "notice bad" }, why));
  }
});

/** @param {boolean} everywhere */
async function leave(everywhere) {
  try {
    await post("sign-out", { everywhere });
    location.assign("/sign-in");
  } catch (error) {
    const failed = byId("leave-failed");
    failed.textContent = /** @type {Error} */ (error).message;
    failed.hidden = false;
  }
}

byId("sign-out").addEventListener("click", () => leave(false));
byId("sign-out-everywhere").addEventListener("click", () => leave(true));
