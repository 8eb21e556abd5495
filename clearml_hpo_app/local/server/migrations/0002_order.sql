-- What lists are filtered and sorted by comes first in a row, then what polls read, then what is long: a script
-- with its uncommitted changes fills many pages, and SQLite would read them all to find what stands behind.
CREATE TABLE tasks_ordered (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT AS (json_extract(doc, '$.name')) STORED,
    type TEXT AS (json_extract(doc, '$.type')) STORED,
    status TEXT AS (json_extract(doc, '$.status')) STORED,
    project TEXT AS (json_extract(doc, '$.project')) STORED,
    parent TEXT AS (json_extract(doc, '$.parent')) STORED,
    tags TEXT AS (json_extract(doc, '$.tags')) STORED,
    system_tags TEXT AS (json_extract(doc, '$.system_tags')) STORED,
    created TEXT AS (json_extract(doc, '$.created')) STORED,
    last_update TEXT AS (json_extract(doc, '$.last_update')) STORED,
    doc TEXT NOT NULL,
    runtime TEXT, last_metrics TEXT, hyperparams TEXT, execution TEXT, models TEXT, unique_metrics TEXT,
    metric_stats TEXT, configuration TEXT, script TEXT, report TEXT
);
INSERT INTO tasks_ordered
    (seq, id, doc, runtime, last_metrics, hyperparams, execution, models, unique_metrics, metric_stats,
     configuration, script, report)
    SELECT seq, id, doc, runtime, last_metrics, hyperparams, execution, models, unique_metrics, metric_stats,
           configuration, script, report FROM tasks ORDER BY seq;
DROP TABLE tasks;
ALTER TABLE tasks_ordered RENAME TO tasks;

-- An index for each filter of the SDK, the agent and the application, with the order that they ask for with it.
CREATE INDEX tasks_parent ON tasks (parent);
CREATE INDEX tasks_project ON tasks (project, last_update);
CREATE INDEX tasks_project_status ON tasks (project, status, last_update);
CREATE INDEX tasks_status ON tasks (status, last_update);
CREATE INDEX tasks_type ON tasks (type, created);
CREATE INDEX tasks_name ON tasks (name);
CREATE INDEX tasks_created ON tasks (created);
CREATE INDEX tasks_last_update ON tasks (last_update);
