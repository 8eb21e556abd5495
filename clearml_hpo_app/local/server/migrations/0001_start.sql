-- Documents keep their heavy parts in columns of their own, so that a poll reads and parses little.
-- Generated columns are what lists are filtered and sorted by.
CREATE TABLE tasks (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    doc TEXT NOT NULL,
    script TEXT, configuration TEXT, hyperparams TEXT, execution TEXT, models TEXT, runtime TEXT,
    last_metrics TEXT, unique_metrics TEXT, metric_stats TEXT, report TEXT,
    name TEXT AS (json_extract(doc, '$.name')) STORED,
    type TEXT AS (json_extract(doc, '$.type')) STORED,
    status TEXT AS (json_extract(doc, '$.status')) STORED,
    project TEXT AS (json_extract(doc, '$.project')) STORED,
    parent TEXT AS (json_extract(doc, '$.parent')) STORED,
    tags TEXT AS (json_extract(doc, '$.tags')) STORED,
    system_tags TEXT AS (json_extract(doc, '$.system_tags')) STORED,
    created TEXT AS (json_extract(doc, '$.created')) STORED,
    last_update TEXT AS (json_extract(doc, '$.last_update')) STORED
);
CREATE INDEX tasks_parent ON tasks (parent);
CREATE INDEX tasks_project ON tasks (project, status);
CREATE INDEX tasks_status ON tasks (status);
CREATE INDEX tasks_type ON tasks (type);
CREATE INDEX tasks_name ON tasks (name);
CREATE INDEX tasks_last_update ON tasks (last_update);

CREATE TABLE projects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    doc TEXT NOT NULL,
    name TEXT AS (json_extract(doc, '$.name')) STORED UNIQUE,
    parent TEXT AS (json_extract(doc, '$.parent')) STORED,
    tags TEXT AS (json_extract(doc, '$.tags')) STORED,
    system_tags TEXT AS (json_extract(doc, '$.system_tags')) STORED
);
CREATE INDEX projects_parent ON projects (parent);

CREATE TABLE models (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    doc TEXT NOT NULL,
    name TEXT AS (json_extract(doc, '$.name')) STORED,
    project TEXT AS (json_extract(doc, '$.project')) STORED,
    task TEXT AS (json_extract(doc, '$.task')) STORED,
    tags TEXT AS (json_extract(doc, '$.tags')) STORED,
    system_tags TEXT AS (json_extract(doc, '$.system_tags')) STORED
);
CREATE INDEX models_project ON models (project);
CREATE INDEX models_task ON models (task);

CREATE TABLE queues (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    doc TEXT NOT NULL,
    name TEXT AS (json_extract(doc, '$.name')) STORED UNIQUE,
    tags TEXT AS (json_extract(doc, '$.tags')) STORED,
    system_tags TEXT AS (json_extract(doc, '$.system_tags')) STORED
);
CREATE TABLE queue_entries (
    place INTEGER NOT NULL,
    queue TEXT NOT NULL,
    task TEXT NOT NULL,
    added TEXT NOT NULL,
    PRIMARY KEY (queue, task)
);
CREATE INDEX queue_entries_order ON queue_entries (queue, place);
CREATE INDEX queue_entries_task ON queue_entries (task);

CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    doc TEXT NOT NULL,
    task TEXT AS (json_extract(doc, '$.task')) STORED,
    seen TEXT AS (json_extract(doc, '$.last_activity_time')) STORED
);
CREATE INDEX workers_task ON workers (task);

-- The order of the key is the order of every question: one task, its metrics, along the iterations.
CREATE TABLE scalars (
    task TEXT NOT NULL,
    metric TEXT NOT NULL,
    variant TEXT NOT NULL,
    iter INTEGER NOT NULL,
    value,
    timestamp INTEGER NOT NULL,
    received TEXT NOT NULL,
    rest TEXT,
    PRIMARY KEY (task, metric, variant, iter)
) WITHOUT ROWID;
CREATE TABLE logs (
    id INTEGER PRIMARY KEY,
    task TEXT NOT NULL,
    timestamp INTEGER NOT NULL,
    doc TEXT NOT NULL
);
CREATE INDEX logs_order ON logs (task, timestamp, id);
CREATE TABLE samples (
    task TEXT NOT NULL,
    type TEXT NOT NULL,
    metric TEXT NOT NULL,
    variant TEXT NOT NULL,
    iter INTEGER NOT NULL,
    key TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (task, type, metric, variant, iter, key)
);

CREATE TABLE credentials (
    access_key TEXT PRIMARY KEY,
    secret_hash TEXT NOT NULL,
    label TEXT,
    last_used TEXT
);
CREATE TABLE revoked (session TEXT PRIMARY KEY, expires INTEGER NOT NULL);
CREATE TABLE preferences (id INTEGER PRIMARY KEY CHECK (id = 1), doc TEXT NOT NULL);
