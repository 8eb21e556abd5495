-- The children of a task, in the order in which they are read page by page, without a look at their rows.
CREATE INDEX tasks_children ON tasks (parent, created, id);
DROP INDEX tasks_parent;
