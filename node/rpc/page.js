"use strict";
// The page is complete without this: what is added is a search, and a form under each method that asks this node.
document.documentElement.classList.add("js");

const search = document.getElementById("search");
search.addEventListener("input", () => {
  const words = search.value.toLowerCase().split(/\s+/);
  for (const section of document.querySelectorAll("section")) {
    let shown = 0;
    for (const entry of section.querySelectorAll("details")) {
      const text = entry.firstElementChild.textContent.toLowerCase();
      entry.hidden = !words.every((word) => text.includes(word));
      shown += !entry.hidden;
    }
    section.hidden = !shown;
  }
});

function addForm(entry) {
  const request = entry.querySelector("pre.request");
  if (!request) return;
  const form = document.createElement("form");
  const body = document.createElement("textarea");
  const button = document.createElement("button");
  body.value = request.textContent;
  body.rows = body.value.split("\n").length + 1;
  body.setAttribute("aria-label", "request");
  button.textContent = "Ask this node";
  form.append(body, button);
  request.replaceWith(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(body.value, entry.querySelector("pre.reply"));
  });
}

async function ask(body, reply) {
  reply.textContent = "…";
  try {
    const response = await fetch("./", { method: "POST", headers: { "content-type": "application/json" }, body });
    const answer = await response.json();
    reply.classList.toggle("failed", "error" in answer);
    reply.textContent = JSON.stringify("error" in answer ? answer.error : answer.result, null, 1);
  } catch (error) {
    reply.classList.add("failed");
    reply.textContent = String(error);
  }
}

document.addEventListener("toggle", (event) => {
  if (event.target.open && !event.target.dataset.asked) {
    event.target.dataset.asked = "yes";
    addForm(event.target);
  }
}, true);

function openNamed() {
  const entry = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (entry && entry.tagName === "DETAILS") { entry.open = true; entry.scrollIntoView(); }
}
addEventListener("hashchange", openNamed);
openNamed();
