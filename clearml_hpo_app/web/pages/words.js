// Numbers, times and states as people read them.

export const STATES = {
  draft: { text: "Draft", glyph: "draft" },
  queued: { text: "Queued", glyph: "clock" },
  starting: { text: "Starting", glyph: "clock" },
  running: { text: "Running", glyph: "work" },
  paused: { text: "Paused", glyph: "pause" },
  stopping: { text: "Stopping", glyph: "stop" },
  uncontrolled: { text: "No controller", glyph: "alert" },
  completed: { text: "Completed", glyph: "check" },
  stopped: { text: "Stopped", glyph: "stop" },
  failed: { text: "Failed", glyph: "cross" },
  lost: { text: "Lost", glyph: "alert" },
};

const EXPLAINED = {
  draft: "It was never started.",
  queued: "It waits until an agent takes its controller from the queue.",
  starting: "Its controller starts.",
  uncontrolled: "Its task runs, but no controller is at work on it: no trial is started, and what is below is as it was when it was last heard of. Carry it on, and it goes on from there.",
};

export const GOES_ON = new Set(["queued", "starting", "running", "paused", "stopping", "uncontrolled"]);

/** Where a run does not go on by itself, but can. */
export const STOPPED = new Set(["stopped", "failed", "uncontrolled"]);

/** When an instance was launched from here, by id: until its controller starts, its task looks like a draft. */
export const launched = new Map();
const STARTS_WITHIN = 60000;

const isLaunched = (instance) => instance.state === "draft" && Date.now() - (launched.get(instance.id) ?? -Infinity) < STARTS_WITHIN;

export const goesOn = (instance) => GOES_ON.has(instance.state) || isLaunched(instance);

const stateName = (instance) => (isLaunched(instance) ? "starting" : instance.state);

export const explained = (instance) => EXPLAINED[stateName(instance)];

export const stateOf = (instance) => STATES[stateName(instance)] ?? { text: instance.state, glyph: "info" };

/** A number with four significant digits. */
export function number(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return value.toExponential(3).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(4)));
}

/** How long it runs or ran: `42 s`, `3:07 min`, `1:04 h`, `2 d 3 h`; nothing before it starts. */
export function runTime(instance, now = Date.now()) {
  if (!instance.started) return "";
  const seconds = Math.max(Math.round(((instance.ended ?? now) - instance.started) / 1000), 0);
  const two = (part) => String(part).padStart(2, "0");
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))} h`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

export function moment(milliseconds) {
  return milliseconds ? new Date(milliseconds).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";
}

export function counted(count, one, many = `${one}s`) {
  return count === 1 ? `1 ${one}` : `${count} ${many}`;
}
