// The gateway's page. What the gateway tells comes as server-sent events; whatever devices sent is put there as text alone.
import { Chart, make, timeOf } from "./chart.js";

const KEPT = 240;
const MOST_MESSAGES = 50;
const MOST_LINES = 500;
const MOST_FIELDS = 8;
const WINDOWS_IN_TABLE = 6;
const STATES = ["online", "asleep", "offline", "not seen"];

const $ = id => document.getElementById(id);
const percent = ratio => (ratio * 100).toFixed(ratio > 0 && ratio < 0.1 ? 2 : 0) + " %";

let selected = null;
let device = null;
let events = null;
let again = 0;

// ---- what is told

function listen() {
  clearTimeout(again);
  events?.close();
  const query = new URLSearchParams({ filter: $("filter").value });
  if (selected) query.set("device", selected);
  events = new EventSource("events?" + query);
  events.onopen = () => {
    // From the beginning, also after a connection was lost.
    $("lines").replaceChildren();
    device?.remove();
    device = selected ? new DeviceView(selected) : null;
    tellHealth("");
  };
  events.onerror = () => {
    // A browser tries again by itself, but not after a refusal.
    const isRefused = events.readyState === EventSource.CLOSED;
    tellHealth(isRefused ? "The gateway has too many viewers; trying again." : "The gateway does not answer; trying again.", true);
    if (isRefused) again = setTimeout(listen, 5000);
  };
  events.onmessage = event => {
    const news = JSON.parse(event.data);
    if (news.fleet) showFleet(news.fleet);
    if (news.log) showLog(news.log);
    if (news.device) device?.show(news.device);
  };
}

function tellHealth(text, isBad = false) {
  $("health").textContent = text;
  $("health").classList.toggle("bad", isBad);
}

// ---- devices

const rows = new Map();

// What has changed: the list of names, rows, the state of all.
function showFleet(fleet) {
  if (fleet.names) showNames(fleet.names, fleet.matching);
  for (const [name, state, roundTrip, loss] of fleet.rows ?? []) {
    const row = rows.get(name);
    const [, stateCell, roundTripCell, lossCell] = row.children;
    row.dataset.state = state;
    setText(stateCell, state);
    stateCell.className = "state " + state.replace(" ", "-");
    setText(roundTripCell, roundTrip === undefined ? "" : roundTrip + " ms");
    setText(lossCell, loss === undefined ? "" : percent(loss));
  }
  if (fleet.states) {
    $("gateway").textContent = fleet.gateway;
    $("states").textContent = STATES.filter(state => fleet.states[state]).map(state => `${fleet.states[state]} ${state}`).join(", ") || "no devices yet";
    if (fleet.full) tellHealth("The disk is full, or its limit is reached: devices wait.", true);
    else if (!fleet.broker) tellHealth("The broker does not answer: messages wait on disk.", true);
    else tellHealth("The broker answers.");
  }
  if (!selected && rows.size > 0) {
    const shown = [...$("rows").children];
    select((shown.find(row => row.dataset.state === "online") ?? shown[0]).firstChild.textContent);
  }
}

// A row for each name that is listed, in that order. Those that are there already stay, and so does what has the focus.
function showNames(names, matching) {
  const body = $("rows");
  const listed = new Set(names);
  for (const [name, row] of rows) {
    if (!listed.has(name)) {
      row.remove();
      rows.delete(name);
    }
  }
  names.forEach((name, place) => {
    if (!rows.has(name)) rows.set(name, newRow(name));
    if (body.children[place] !== rows.get(name)) body.insertBefore(rows.get(name), body.children[place] ?? null);
  });
  markSelected();
  $("more").textContent = matching > names.length ? `${names.length} of ${matching} are shown: give a part of a name.` : "";
}

function newRow(name) {
  const row = make("tr");
  const link = make("a", name);
  link.href = "#" + name;
  const cell = make("td");
  cell.append(link);
  row.append(cell, make("td"), make("td", "", "number"), make("td", "", "number"));
  return row;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function markSelected() {
  for (const [name, row] of rows) {
    if (name === selected) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
}

function select(name) {
  if (name === selected) return;
  selected = name;
  $("device-title").textContent = name;
  $("device-hint").hidden = true;
  $("device-body").hidden = false;
  $("down-result").textContent = "";
  markSelected();
  listen();
}

function fromAddress() {
  const name = decodeURIComponent(location.hash.slice(1));
  // Names are as the gateway's rule has them; "device" is where the first link leads.
  if (/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name) && (name !== "device" || rows.has(name))) select(name);
}

// ---- one device

class DeviceView {
  constructor(name) {
    this.name = name;
    this.readings = [];
    this.path = [];
    this.windows = [];
    this.fields = new Map();
    for (const id of ["readings", "ports", "path", "windows", "messages", "facts"]) $(id).replaceChildren();
    this.ports = new Chart($("ports"), "UDP port", ["gateway", "device"], { stepped: true });
    this.roundTrip = new Chart($("path"), "Round trip", ["round trip"], { unit: "ms", atZero: true, least: 1 });
    this.loss = new Chart($("path"), "Packets sent again", ["sent again"], { unit: "%", atZero: true, least: 1 });
    this.facts = {};
  }

  get charts() {
    return [this.ports, this.roundTrip, this.loss, ...this.fields.values()];
  }

  remove() {
    this.charts.forEach(chart => chart.remove());
  }

  show(news) {
    this.showFacts(news.row);
    this.showReadings(news.readings);
    if (news.windows.length > 0) this.showWindows(news.windows);
    if (news.path.length > 0) this.showPath(news.path);
  }

  showFacts(row) {
    const known = row.address !== undefined;
    const facts = { State: row.state, Messages: String(row.messages) };
    if (known) {
      facts.Since = timeOf(row.since);
      facts.Address = row.address;
      facts["Round trip"] = row.roundTrip + " ms";
      facts["Sent again"] = percent(row.loss);
      facts.Suite = String(row.suite);
      facts["Key epoch"] = String(row.epoch);
    }
    for (const [name, value] of Object.entries(facts)) {
      if (!this.facts[name]) {
        const entry = make("div");
        this.facts[name] = make("dd");
        entry.append(make("dt", name), this.facts[name]);
        $("facts").append(entry);
      }
      setText(this.facts[name], value);
    }
  }

  showReadings(news) {
    if (news.length === 0) return;
    for (const [time, text, size] of news) {
      const item = make("li");
      const stamp = make("time", timeOf(time));
      item.append(stamp, make("span", text, "text"));
      if (size > 512) item.append(make("span", ` … ${size} bytes`, "quiet"));
      $("messages").prepend(item);
      this.readings.push([time, numbersOf(text)]);
    }
    while ($("messages").children.length > MOST_MESSAGES) $("messages").lastElementChild.remove();
    this.readings = this.readings.slice(-KEPT);
    for (const [, values] of this.readings) {
      for (const field of Object.keys(values)) {
        if (!this.fields.has(field) && this.fields.size < MOST_FIELDS) this.fields.set(field, new Chart($("readings"), field, [field]));
      }
    }
    for (const [field, chart] of this.fields) {
      const given = this.readings.filter(([, values]) => Object.hasOwn(values, field));
      chart.set(given.map(([time]) => time), [given.map(([, values]) => values[field])]);
    }
  }

  showWindows(news) {
    this.windows = [...this.windows, ...news].slice(-KEPT / 2);
    this.ports.set(this.windows.map(w => w[0]), [this.windows.map(w => w[2]), this.windows.map(w => w[3])]);
    $("windows").replaceChildren(...this.windows.slice(-WINDOWS_IN_TABLE).reverse().map(([time, window, local, peer]) => {
      const row = make("tr");
      row.append(make("td", String(window)), make("td", timeOf(time)), make("td", String(local), "number"), make("td", String(peer), "number"));
      return row;
    }));
  }

  showPath(news) {
    this.path = [...this.path, ...news].slice(-KEPT);
    const times = this.path.map(p => p[0]);
    this.roundTrip.set(times, [this.path.map(p => p[1])]);
    this.loss.set(times, [this.path.map(p => p[2] * 100)]);
  }
}

// The numbers of a reading: an object's own, or one by itself.
function numbersOf(text) {
  const numbers = Object.create(null);
  try {
    const value = JSON.parse(text);
    if (typeof value === "number") numbers.value = value;
    else if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      for (const [name, field] of Object.entries(value)) {
        if (typeof field === "number" && Number.isFinite(field)) numbers[name.slice(0, 64)] = field;
      }
    }
  } catch {
    // It is no JSON.
  }
  return numbers;
}

// ---- the log

function showLog(news) {
  const list = $("lines");
  for (const line of news) {
    const item = make("li");
    item.append(make("time", timeOf(line.time)));
    if (line.level !== "Information") item.append(make("span", line.level, "level " + line.level));
    item.append(make("span", line.text, "text"));
    list.prepend(item);
  }
  while (list.children.length > MOST_LINES) list.lastElementChild.remove();
}

// ---- what people do

$("down").addEventListener("submit", async event => {
  event.preventDefault();
  const box = $("down-text");
  const result = $("down-result");
  const button = event.target.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch("down/" + encodeURIComponent(selected), {
      method: "POST",
      headers: { "Springtail-Page": "1", "Content-Type": "text/plain; charset=utf-8" },
      body: box.value,
    });
    result.textContent = await answer.text() || `The gateway answers ${answer.status}.`;
    result.classList.toggle("bad", !answer.ok);
    if (answer.ok) box.value = "";
  } catch {
    result.textContent = "The gateway does not answer: nothing was sent.";
    result.classList.add("bad");
  }
  button.disabled = false;
});

let typing = 0;
$("filter").addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(listen, 250);
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => device?.charts.forEach(chart => chart.repaint()));
addEventListener("hashchange", fromAddress);
fromAddress();
if (!events) listen();
