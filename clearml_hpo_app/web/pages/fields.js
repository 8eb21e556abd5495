// The rules of the form, without a page: which fields are shown, what a new row holds. `form/showing.py` has the same.

export function asText(value) {
  return value === null || value === undefined ? "" : String(value);
}

/** The paths of all fields that are shown (`method`, `objectives.0.title`), in the order of the form. */
export function shownPaths(entries, values) {
  const paths = [];
  walk(entries, values, "", {}, paths);
  return paths;
}

function walk(entries, values, prefix, earlier, paths) {
  for (const entry of entries) {
    if (!holds(entry, earlier)) continue;
    if (entry.kind === "group") {
      paths.push(`group:${prefix}${entry.name}`);
      walk(entry.items, values, prefix, earlier, paths);
      continue;
    }
    const value = values[entry.name];
    paths.push(prefix + entry.name);
    if (entry.kind !== "list") {
      earlier[entry.name] = asText(value);
      continue;
    }
    (value ?? []).forEach((row, index) => walk(entry.items, row, `${prefix}${entry.name}.${index}.`, { ...earlier }, paths));
  }
}

function holds(entry, earlier) {
  return entry.conditions.every((each) => earlier[each.name] === asText(each.value));
}

/** What a field holds before anybody touches it, given the values of the fields before it. */
export function defaultOf(entry, values) {
  const { name, values: byValue } = entry.defaultOn;
  const chosen = name ? (byValue[asText(values[name])] ?? entry.default) : entry.default;
  if (entry.kind === "checkbox") return Boolean(chosen);
  return chosen ?? "";
}

/** A new row of a list, within a form that has these values. */
export function newRow(entry, outer) {
  const row = {};
  for (const item of entry.items) {
    const scope = { ...outer, ...row };
    if (item.kind === "group") Object.assign(row, newRow(item, scope));
    else row[item.name] = item.kind === "list" ? Array.from({ length: item.minItems }, () => newRow(item, scope)) : defaultOf(item, scope);
  }
  return row;
}

/** The title of a row by its template (`${name}`), empty while nothing of it is filled in. */
export function rowTitle(template, row) {
  let isFilled = false;
  const text = template.replace(/\$\{([^}]+)\}/g, (_, name) => {
    const value = asText(row[name]).trim();
    isFilled ||= Boolean(value);
    return value || "…";
  });
  return isFilled ? text : "";
}

/** Whether somebody must fill in something below an entry. */
export function asks(entry) {
  if (entry.kind === "group") return entry.items.some(asks);
  return entry.required && (entry.kind === "list" || defaultOf(entry, {}) === "");
}
